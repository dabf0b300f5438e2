# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the law wants the cooperative's invoices to say.

C. com. L441-9, L441-10 and D441-5; CGI ann. II 242 nonies A. The texts which
a country or a cooperative decides (the cost of paying late, the discount, why
there is no tax) are in the configuration; the rest follows from the invoice.
They are written on the invoice when it is posted, in the language of whom it
is for, thus they are in its PDF, its copy and what is sent of it.
"""
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import fields
from trytond.modules.coop_member import mail
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import identity
from .exceptions import SettlementError

# name: (label, help)
TEXTS = {
    'late_terms': ("Late Payment",
        "On invoices: the rate of what a late payment costs."),
    'recovery_terms': ("Recovery of Late Payments",
        "On invoices to professionals: the fixed indemnity."),
    'discount_terms': ("Discount",
        "On invoices: the discount for an early payment, or that there is "
        "none."),
    'untaxed_terms': ("Without Tax",
        "On invoices without tax: the text by which there is none."),
    'franchise_terms': ("Franchise of Members",
        "On bills of members in the franchise: the text by which there is no "
        "VAT. Empty: article 293 B of the French tax code."),
    }


def _text(name):
    label, help_ = TEXTS[name]
    return fields.Text(label, help=help_)


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'

    @classmethod
    def multivalue_model(cls, field):
        if field in TEXTS:
            return Pool().get('coop.configuration.settlement')
        return super().multivalue_model(field)


class ConfigurationSettlement(metaclass=PoolMeta):
    __name__ = 'coop.configuration.settlement'


for _name in TEXTS:
    setattr(Configuration, _name, fields.MultiValue(_text(_name)))
    setattr(ConfigurationSettlement, _name, _text(_name))
del _name


class Invoice(metaclass=PoolMeta):
    __name__ = 'account.invoice'

    @classmethod
    def _post(cls, invoices):
        cls.mention([
                i for i in invoices
                if i.state not in {'posted', 'paid'} and i.is_of_settlements])
        super()._post(invoices)

    @property
    def is_of_settlements(self):
        "Whether the cooperative asks for a mission or a contribution by it"
        Settlement = Pool().get('coop.settlement')
        return self.type == 'out' and (bool(self.mission) or any(
                isinstance(line.origin, Settlement) for line in self.lines))

    @classmethod
    def mention(cls, invoices):
        """Add to the comments what the law wants the invoices to say.

        What is written already is not written twice.

        :raises SettlementError: when there is no tax and nothing says why
        """
        Configuration = Pool().get('coop.configuration')
        private = cls._private_clients(invoices)
        groups = defaultdict(list)
        for invoice in invoices:
            company = invoice.company
            language = mail.language(invoice.party, company).code
            groups[company, language].append(invoice)
        for (company, language), grouped in groups.items():
            terms = {
                name: Configuration(1).get_multivalue(
                    name, company=company.id) for name in TEXTS}
            with Transaction().set_context(
                    company=company.id, language=language):
                # All at once, in the language of the clients
                for invoice, told in zip(
                        grouped, cls.browse([i.id for i in grouped])):
                    key = company.id, told.party.id
                    said = invoice.comment or ''
                    texts = told.mentions(terms, key in private)
                    invoice.comment = '\n'.join(filter(None, [
                                said, *(t for t in texts if t not in said)]))

    def mentions(self, terms, private=False):
        """Return the texts that the invoice has to say, in order.

        :param terms: {name of TEXTS: the text of the configuration or None}
        :param private: whether the client does not buy for a trade
        """
        texts = [gettext(f'coop_settlement.msg_mention_{self.operations}')]
        for name, party in [
                ('seller', self.company.party), ('buyer', self.party)]:
            if known := identity.told(party):
                texts.append(gettext(
                        f'coop_settlement.msg_mention_{name}',
                        party=party.full_name, numbers=known))
        if self.lacks_tax:
            if not terms['untaxed_terms']:
                Configuration = Pool().get('coop.configuration')
                raise SettlementError(gettext(
                        'coop_settlement.msg_mention_untaxed',
                        invoice=self.rec_name,
                        **Configuration.__names__('untaxed_terms')))
            texts.append(terms['untaxed_terms'])
        if self.on_debits:
            texts.append(gettext('coop_settlement.msg_vat_mention_debits'))
        names = ['discount_terms', 'late_terms']
        if not private:
            names.append('recovery_terms')
        return texts + [terms[name] for name in names if terms[name]]

    @classmethod
    def _private_clients(cls, invoices):
        """Return {(company id, party id)} of private clients of invoices.

        Those whose last express job says that they do not buy for a trade.
        """
        Express = Pool().get('coop.mission.express')
        last = {}
        parties = {i.party.id for i in invoices}
        for sub in grouped_slice(sorted(parties)):
            for job in Express.search([
                        ('mission.client', 'in', list(sub))
                        ], order=[('date', 'ASC'), ('id', 'ASC')]):
                last[job.company.id, job.mission.client.id] = job.private
        return {key for key, private in last.items() if private}

    @property
    def operations(self):
        "What is sold: 'services', 'goods' or 'both' (242 nonies A, 8° bis)"
        kinds = {
            'goods' if line.product and line.product.type == 'goods'
            else 'services' for line in self.lines if line.type == 'line'}
        return 'both' if len(kinds) > 1 else next(iter(kinds), 'services')

    @property
    def lacks_tax(self):
        "Whether something is sold without tax, and no tax says why"
        return any(
            line.amount and not self._taxed(line) for line in self.lines
            if line.type == 'line')

    def _taxed(self, line):
        "Whether a line has a tax, or a tax that tells why it is none"
        Tax = Pool().get('account.tax')
        return any(
            tax['amount'] or tax['tax'].legal_notice
            for tax in Tax.compute(
                line.taxes, line.amount, 1, self.invoice_date))

    @property
    def on_debits(self):
        "Whether VAT on services is due before the payment, by an option"
        Period = Pool().get('account.period')
        taxes = {
            t for l in self.lines if l.type == 'line' for t in l.taxes}
        if self.operations != 'services' or not taxes or self.lacks_tax:
            return False
        period = Period.find(
            self.company, date=self.accounting_date or self.invoice_date,
            test_state=False)
        return not any(period.is_on_cash_basis(t) for t in taxes)


class VatStatus(metaclass=PoolMeta):
    __name__ = 'coop.vat.status'

    @property
    def mention(self):
        if self.status == 'franchise':
            Configuration = Pool().get('coop.configuration')
            text = Configuration(1).get_multivalue(
                'franchise_terms', company=self.company.id)
            if text:
                return text
        return super().mention
