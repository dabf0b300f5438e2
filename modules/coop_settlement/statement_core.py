# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The monthly statement of a member, as a pay slip reads. No Tryton.

Model: of the price of the clients the contribution and the referral of
others are taken, and the member's part is left; with the own referrals and
the VAT it is what the bills of the month ask for, and what the fund gives back
is owed with it. What pays it without a transfer (shares, creditors, what was
paid before) is told, and the net is what is left to transfer.

Of an employee the same work is told up to what is left to the activity, with
the costs that clients are billed; no bill, tax or transfer comes of it.
"""
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Statement:
    """All Decimal; what lessens is above zero too.

    :param price: of the clients, ex VAT, for the member's work
    :param contribution: of it, to the cooperative
    :param referred: of it, to who brought the clients
    :param referral: that the member gets for clients brought
    :param tax: VAT of the bills
    :param capital: that paid shares
    :param seized: that pays creditors of the member
    :param set_off: against credit notes, or bills, of another month
    :param paid: transferred
    :param refund: that the fund gives back
    """
    price: Decimal = ZERO
    contribution: Decimal = ZERO
    referred: Decimal = ZERO
    referral: Decimal = ZERO
    tax: Decimal = ZERO
    capital: Decimal = ZERO
    seized: Decimal = ZERO
    set_off: Decimal = ZERO
    paid: Decimal = ZERO
    refund: Decimal = ZERO

    @property
    def work(self):
        "Return what the member's work is paid, ex VAT"
        return self.price - self.contribution - self.referred

    @property
    def untaxed(self):
        return self.work + self.referral

    @property
    def billed(self):
        return self.untaxed + self.tax

    @property
    def net(self):
        "Return what is still to be transferred"
        return (
            self.billed + self.refund - self.capital - self.seized
            - self.set_off - self.paid)


@dataclass(frozen=True)
class Activity:
    """What is left to the activity of an employee; all Decimal.

    :param price: of the clients, ex VAT, for the employee's work
    :param contribution: of it, to the cooperative
    :param referred: of it, to who brought the clients
    :param referral: that the activity gets for clients brought
    :param costs: that clients are billed
    """
    price: Decimal = ZERO
    contribution: Decimal = ZERO
    referred: Decimal = ZERO
    referral: Decimal = ZERO
    costs: Decimal = ZERO

    @property
    def work(self):
        return self.price - self.contribution - self.referred

    @property
    def left(self):
        return self.work + self.referral + self.costs
