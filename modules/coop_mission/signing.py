# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The signature of a client: who is promised to whom, and with which papers"
from decimal import Decimal

from trytond.model import ModelView, Workflow, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Eval
from trytond.transaction import Transaction

from .ownership import notes_own
from .quotation import PROMISED
from .tools import year_before


class Quotation(metaclass=PoolMeta):
    __name__ = 'coop.mission.quotation'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'sign': {
                    'invisible': Eval('state') != 'sent',
                    'readonly': ~Eval('signed_on') | ~Eval('accepts_members'),
                    'icon': 'tryton-ok',
                    'depends': ['state', 'signed_on', 'accepts_members'],
                    },
                'cancel': {
                    'invisible': Eval('state') != 'signed',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    @ModelView.button
    @Workflow.transition('signed')
    def sign(cls, quotations):
        """Record that the client has signed: the demand is won.

        :raises QuotationError: when the signature is not complete, a member
            has signed elsewhere for the same days, or a paper is out of date
        """
        # Two who sign for one member wait for each other
        cls.lock()
        Demand = Pool().get('coop.demand')
        quotations = cls.browse(quotations)
        for quotation in quotations:
            if quotation.state != 'sent':
                continue
            quotation._check_sign()
            quotation._check_free()
            quotation._check_papers()
            quotation.state = 'signed'
            quotation.signed_by = Transaction().user or None
            quotation.save()
        demands = list({
                q.demand for q in quotations if q.demand.state == 'quoted'})
        Demand.win(demands)
        Demand.retain(demands, [
                line.offer for q in quotations for line in q.lines])

    def _check_sign(self):
        for name in ['signed_on', 'signed_file']:
            if not getattr(self, name):
                self._raise('unsigned', **self.__names__(name))
        if notes_own([line.offer.member for line in self.lines]):
            self._raise('own')
        if not self.accepts_members:
            self._raise('unsigned', **self.__names__('accepts_members'))
        if self.signed_on > self.valid_until:
            self._raise('outdated')

    def _check_free(self):
        "Check that the members are free for the whole span"
        Line = Pool().get('coop.mission.quotation.line')
        lang = Pool().get('ir.lang').get()
        for line in self.lines:
            offer = line.offer
            others = Line.search([
                    ('offer.member', '=', offer.member.id),
                    ('offer.start_date', '<=', offer.end_date),
                    ('offer.end_date', '>=', offer.start_date),
                    ('quotation.state', '=', 'signed'),
                    ('quotation.demand', '!=', self.demand.id),
                    ], limit=1)
            if others:
                other, = others
                self._raise('taken',
                    member=offer.member.rec_name,
                    other=other.quotation.rec_name,
                    start=lang.strftime(other.offer.start_date),
                    end=lang.strftime(other.offer.end_date))

    def _check_papers(self):
        "Check the papers of those whose contracts reach the threshold"
        pool = Pool()
        Document = pool.get('coop.member.document')
        Parameter = pool.get('coop.parameter')
        threshold = Parameter.get('vigilance_threshold', self.signed_on)
        lang = pool.get('ir.lang').get()
        for member, amount in self._cumulated().items():
            if amount < threshold:
                continue
            lacking = Document.mission_lacking([member], self.signed_on)
            if lacking:
                self._raise('papers', member=member.rec_name,
                    amount=lang.currency(amount, self.currency, grouping=True),
                    threshold=lang.currency(
                        threshold, self.currency, grouping=True),
                    papers=', '.join(k.name for k in lacking[member.id]))

    def _cumulated(self):
        """Return {member: price of his contracts for this client}.

        This one and those signed over twelve months: an operation that is
        cut is one (C. trav. R8222-1).
        """
        Line = Pool().get('coop.mission.quotation.line')
        result = {}
        for line in self.lines:
            member = line.offer.member
            if member not in result:
                result[member] = sum((
                        other.amount for other in Line.search([
                                ('offer.member', '=', member.id),
                                ('quotation.state', '=', 'signed'),
                                ('quotation.demand.client', '=',
                                    self.demand.client.id),
                                ('quotation.signed_on', '>', year_before(
                                        self.company, self.signed_on)),
                                ])), Decimal(0))
            result[member] += line.amount
        return result

    @classmethod
    @ModelView.button
    @Workflow.transition('cancelled')
    def cancel(cls, quotations):
        """Take a signature back that was recorded by mistake.

        :raises QuotationError: while amendments stand on it
        """
        cls.lock()
        Demand = Pool().get('coop.demand')
        for quotation in quotations:
            if cls.search([
                        ('amends', '=', quotation.id),
                        ('state', '=', 'signed')], limit=1):
                quotation._raise('amended')
        lost = [
            d for d in {q.demand for q in quotations}
            if d.state == 'won' and not cls.search([
                    ('demand', '=', d.id), ('state', '=', 'signed'),
                    ('id', 'not in', [q.id for q in quotations]),
                    ], limit=1)]
        Demand.unwin(lost)


class Demand(metaclass=PoolMeta):
    __name__ = 'coop.demand'
    quotations = fields.One2Many(
        'coop.mission.quotation', 'demand', "Quotations", readonly=True)

    @classmethod
    def retain(cls, demands, offers):
        "Withdraw the offers of demands that are won, but those retained"
        cls._end_offers(demands, kept=offers)

    @classmethod
    @Workflow.transition('quoted')
    def unwin(cls, demands):
        "The signature was a mistake"

    @classmethod
    def _closed(cls, demands):
        for demand in demands:
            for quotation in demand.quotations:
                if quotation.state == 'sent':
                    demand._raise('quoted', quotation=quotation.rec_name)
        super()._closed(demands)


class Offer(metaclass=PoolMeta):
    __name__ = 'coop.mission.offer'

    def _check_withdraw(self):
        Line = Pool().get('coop.mission.quotation.line')
        super()._check_withdraw()
        lines = Line.search([
                ('offer', '=', self.id),
                ('quotation.state', 'in', PROMISED),
                ], limit=1)
        if lines:
            self._raise('quoted', quotation=lines[0].quotation.rec_name)
