# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who may hold shares of a class, and how many"
from collections import defaultdict

from trytond.i18n import gettext
from trytond.pool import Pool

from .parameter import percent


class HolderMixin:
    """Checks of records that give shares to a member.

    A record has company, currency, share_class, quantity and amount; it names
    in ``_holder`` the field of the member and in ``_error`` its error.
    It need not be saved.
    """
    __slots__ = ()
    _holder = 'member'
    # Whether the shares are new ones
    _adds_capital = True
    # How many other shares the holder gives up for them
    replaced = 0

    @property
    def holder(self):
        return getattr(self, self._holder)

    def _raise_holder(self, message, **values):
        raise self._error(gettext(
                f'coop_member.msg_holder_{message}',
                record=self.get_rec_name('rec_name'),
                member=self.holder.rec_name,
                share_class=self.share_class.rec_name, **self.__names__(),
                **values))

    def check_holder(self):
        "Check that the member is one of those who may hold the class"
        member, share_class = self.holder, self.share_class
        if share_class.holder == 'natural' and member.legal_person:
            self._raise_holder('natural')
        if share_class.holder == 'legal' and not member.legal_person:
            self._raise_holder('legal')
        categories = share_class.categories
        if categories and member.category not in categories:
            self._raise_holder(
                'category', category=member.category.rec_name)

    @classmethod
    def check_limits(cls, records):
        """Check the limits of the classes and of the members' categories.

        :param records: of one company, which take effect together
        """
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Capital = pool.get('coop.share.capital')
        company = records[0].company
        members = list({r.holder for r in records})
        held, amounts = defaultdict(int), defaultdict(int)
        total = defaultdict(int)
        for (member, share_class), position in Movement.positions(
                company, members=members).items():
            held[member, share_class] += position.quantity
            amounts[member, share_class] += position.subscribed
            total[member] += position.quantity
        capital = Capital.subscribed_at(company)
        for record in records:
            key = (record.holder.id, record.share_class.id)
            held[key] += record.quantity
            amounts[key] += record.amount
            total[record.holder.id] += record.quantity - record.replaced
            if record._adds_capital:
                capital += record.amount
        for record in records:
            key = (record.holder.id, record.share_class.id)
            category = record.holder.category
            record._check_limit(
                record.share_class.rec_name, held[key],
                record.share_class.minimum, record.share_class.maximum)
            record._check_limit(
                category.rec_name, total[record.holder.id],
                category.minimum_shares, category.maximum_shares)
            fraction = record.share_class.maximum_capital
            if fraction and amounts[key] > fraction * capital:
                lang = Pool().get('ir.lang').get()
                record._raise_holder('maximum_capital',
                    fraction=percent(fraction),
                    amount=lang.currency(amounts[key], company.currency),
                    capital=lang.currency(capital, company.currency))

    def _check_limit(self, name, quantity, minimum, maximum):
        if quantity < minimum:
            self._raise_holder('minimum',
                name=name, minimum=minimum, quantity=quantity)
        if maximum is not None and quantity > maximum:
            self._raise_holder('maximum',
                name=name, maximum=maximum, quantity=quantity)
