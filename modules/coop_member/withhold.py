# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the cooperative withholds on the interest that it pays.

Imports no Tryton. Amounts are Decimal in the company's currency; rates are
fractions.

Model: of a gross amount the payer withholds an advance on the income tax and
the social levies, declares them and pays the rest (in France CGI art. 117
quater and 125 A, CSS art. L136-7). Invariant: gross = taxes + net.
"""
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Payee:
    """What decides about the withholding on a person

    ``professional``: the shares belong to the assets of a trade, whose profit
    takes the interest (CGI art. 117 quater I-2-a). ``exempt``: sworn to be
    below the income of reference for the year of payment, which spares the
    advance on the income tax and not the social levies (art. 242 quater).
    """
    legal_person: bool = False
    professional: bool = False
    exempt: bool = False


@dataclass(frozen=True)
class Withheld:
    gross: Decimal
    income_tax: Decimal
    social: Decimal

    @property
    def net(self):
        return self.gross - self.income_tax - self.social


def withhold(gross, payee, income_tax_rate, social_rate, round_):
    """Return what is withheld on an amount paid to a person.

    :param gross: Decimal, not negative
    :param income_tax_rate: of the advance on the income tax, at the payment
    :param social_rate: of all social levies together, at the payment
    :param round_: function rounding a Decimal to the currency
    :raises ValueError: for a negative amount
    """
    if gross < 0:
        raise ValueError("interest is not negative")
    if payee.legal_person or payee.professional:
        return Withheld(gross, ZERO, ZERO)
    income_tax = ZERO if payee.exempt else round_(gross * income_tax_rate)
    return Withheld(gross, income_tax, round_(gross * social_rate))
