# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from .. import mandate_lapse
from ..exceptions import ImportFileError, OpeningError, PostingError
from . import factories

HISTORY_MEMBERS = '''\
number;name;category;admission;departure
1;Ann;W;2015-01-01;
2;Bob;W;2015-01-01;
3;Cid;W;2015-01-01;2020-12-31
'''
HISTORY = '''\
date;member;kind;quantity;called;amount
2015-02-01;1;subscription;10;;
2015-02-02;1;payment;;;240
2016-02-01;2;subscription;20;300;
2016-02-02;2;payment;;;240
2016-02-03;3;opening;10;;
2020-12-31;3;cancellation;10;;
'''
BALANCE = '''\
compte;libellé;débit;crédit
cash;Banque;720,00;
paid_up;Capital;;480,00
called_unpaid;;;60,00
receivable;;60,00;
claim;;;240,00
uncalled;;;180,00
uncalled_receivable;;180,00;
'''


def create_import(company, members=None, movements=None, **values):
    "Return an import of texts or bytes"
    Import = Pool().get('coop.import')
    for name, text in [('members', members), ('movements', movements)]:
        if text is not None:
            if isinstance(text, str):
                text = text.encode()
            values[f'{name}_file'] = text
            values[f'{name}_file_name'] = f'{name}.csv'
    return Import.create([{'company': company.id, **values}])[0]


def run(import_):
    "Write all slices of an import that is validated"
    Import = Pool().get('coop.import')
    count = 0
    while import_.state == 'validated':
        Import.process_slice([import_])
        count += 1
    return count


def balances(company, date=None):
    "Return {account code: debit - credit} of the posted moves"
    Line = Pool().get('account.move.line')
    domain = [
        ('move.company', '=', company.id), ('move_state', '=', 'posted')]
    if date:
        domain.append(('date', '<=', date))
    result = {}
    for line in Line.search(domain):
        code = line.account.code
        result[code] = result.get(code, 0) + line.debit - line.credit
    return {code: amount for code, amount in result.items() if amount}


class ImportTestCase(factories.CoopTestCase):
    "Test the import in the database"

    @with_transaction()
    def test_everything_of_a_member(self):
        "Party, addresses, identifiers, account, mandate, life and referrer"
        pool = Pool()
        Country = pool.get('country.country')
        Import = pool.get('coop.import')
        Member = pool.get('coop.member')
        Mandate = pool.get('account.payment.sepa.mandate')
        Sequence = pool.get('ir.sequence')
        # A mandate lapses after 36 months without a direct debit
        today = dt.date.today()
        signed = today - dt.timedelta(days=4 * 365)
        presented = today - dt.timedelta(days=30)
        company = factories.cooperative()
        with set_company(company):
            Country.create([{'name': "France", 'code': 'FR'}])
            category = factories.category(company)
            import_ = create_import(company, (
                    'number;name;first_name;category;application;admission;'
                    'activation;departure;cause;legal_person;representative;'
                    'birth_date;status;referrer;street;zip;city;country;email;'
                    'phone;mobile;language;siren;siret;vat;iban;mandate;'
                    'mandate_date;mandate_presented\n'
                    '41;Martin;Zoé;W;2020-01-01;2020-02-01;2020-03-01;;;;;'
                    '1980-05-06;micro;42;1 rue X;75011;Paris;FR;'
                    'zoe@example.com;+33 1 23 45 67 89;;en;;;;'
                    'FR1420041010050500013M02606;RUM1;'
                    f'{signed};{presented}\n'
                    '42;Port SARL;;W;;2020-01-15;;2021-12-31;resignation;yes;'
                    'Ann Boss;;company;;;13002;Marseille;FR;;;;;732829320;'
                    '73282932000074;FR44732829320;'
                    'FR1420041010050500013M02606;;;\n'))
            Import.check_files([import_])
            self.assertEqual(import_.problems, None)
            run(import_)
            zoe, port = Member.search([], order=[('number', 'ASC')])
            self.assertEqual(
                (zoe.party.name, zoe.number, zoe.state, zoe.category,
                    zoe.birth_date, zoe.professional_status, zoe.referrer),
                ("Zoé Martin", '41', 'active', category,
                    dt.date(1980, 5, 6), 'micro', port))
            self.assertEqual(
                [(e.kind, e.date) for e in reversed(zoe.events)], [
                    ('application', dt.date(2020, 1, 1)),
                    ('admission', dt.date(2020, 2, 1)),
                    ('activation', dt.date(2020, 3, 1))])
            address, = zoe.party.addresses
            self.assertEqual(
                (address.street, address.postal_code, address.city,
                    address.country.code),
                ("1 rue X", '75011', "Paris", 'FR'))
            self.assertEqual(
                (zoe.party.email, zoe.party.phone.replace(' ', ''),
                    zoe.party.lang.code),
                ('zoe@example.com', '+33123456789', 'en'))
            self.assertEqual(zoe.users, ())
            self.assertEqual(
                (port.state, port.legal_person, port.representative.name,
                    port.leaving_date, port.events[0].cause),
                ('left', True, "Ann Boss", dt.date(2021, 12, 31),
                    'resignation'))
            self.assertEqual(
                {(i.type, i.code_compact) for i in port.party.identifiers}, {
                    ('fr_siren', '732829320'),
                    ('fr_siret', '73282932000074'),
                    ('eu_vat', 'FR44732829320')})
            account, = zoe.party.bank_accounts
            self.assertEqual(
                (account.iban_compact, set(account.owners)),
                ('FR1420041010050500013M02606', {zoe.party, port.party}))
            mandate, = Mandate.search([])
            self.assertEqual(
                (mandate.party, mandate.identification, mandate.state,
                    mandate.is_valid, mandate.account_number.account),
                (zoe.party, 'RUM1', 'validated', True, account))
            # signed too long ago, if it were not for its last presentation
            self.assertEqual(
                (mandate.signature_date, mandate.presented_before),
                (signed, presented))
            self.assertEqual(
                mandate.lapses_on, mandate_lapse.last_day(presented))
            # the next member gets the next number
            sequence, = Sequence.search([('name', '=', "Coop Member")])
            self.assertEqual(sequence.get(), '43')

    @with_transaction()
    def test_history_posts_nothing(self):
        "Before the accounting start nothing is posted; the opening ties out"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Import = pool.get('coop.import')
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company)
            factories.category(company)
            self.set_start(dt.date(2022, 1, 1))
            import_ = create_import(company, HISTORY_MEMBERS, HISTORY)
            Import.check_files([import_])
            self.assertEqual(import_.problems, None)
            run(import_)
            self.assertEqual(Move.search([]), [])
            wizard = self.opening(
                dt.date(2022, 1, 1), BALANCE.replace('480', '481'))
            self.assertIn('481', wizard.default_preview([])['problems'])
            with self.assertRaises(OpeningError):
                wizard.do_open_({})
            self.assertEqual(Move.search([]), [])

            # A class that is issued no more counts too
            share_class.active = False
            share_class.save()
            wizard = self.opening(dt.date(2022, 1, 1), BALANCE)
            self.assertEqual(wizard.default_preview([]), {
                    'problems': None, 'line_count': 7, 'trial': False})
            wizard.do_open_({})
            move, = Move.search([])
            self.assertEqual(move.date, dt.date(2022, 1, 1))
            self.assertEqual(move.state, 'posted')
            self.assertEqual(
                Configuration(1).get_multivalue(
                    'opening_move', company=company.id), move)
            self.assertEqual(sorted(
                    (l.account.code, l.party.name if l.party else None,
                        l.debit - l.credit) for l in move.lines), [
                    ('called_unpaid', None, Decimal(-60)),
                    ('cash', None, Decimal(720)),
                    ('claim', "Cid", Decimal(-240)),
                    ('paid_up', None, Decimal(-480)),
                    ('receivable', "Bob", Decimal(60)),
                    ('uncalled', None, Decimal(-180)),
                    ('uncalled_receivable', None, Decimal(180))])
            self.assertEqual(Movement.verify_register(company), [])
            self.assertEqual(
                Movement.tie_out(company, dt.date(2022, 1, 1)), [])

            share_class.active = True
            share_class.save()
            # opened once; later rows are posted, whatever their date
            problems = self.opening(
                dt.date(2022, 1, 1), BALANCE).default_preview([])['problems']
            self.assertIn("open already", problems)
            cash, = pool.get('account.account').search(
                [('code', '=', 'cash')])
            late = create_import(company, movements=(
                    'date;member;kind;amount\n'
                    '2021-06-01;2;payment;60\n'), money_account=cash.id)
            Import.check_files([late])
            self.assertEqual(late.problems, None)
            run(late)
            self.assertNotIn('receivable', balances(company))
            self.assertEqual(Movement.verify_register(company), [])

            # What the opening move carries is corrected, not taken back
            carried = Movement.search([('kind', '=', 'opening')])
            with self.assertRaisesRegex(PostingError, "carries it"):
                Movement.reverse(carried)

    def set_start(self, date):
        Configuration = Pool().get('coop.configuration')
        configuration = Configuration(1)
        configuration.accounting_start = date
        configuration.save()

    def opening(self, date, text):
        Opening = Pool().get('coop.opening', type='wizard')
        session_id, _, _ = Opening.create()
        wizard = Opening(session_id)
        wizard.start.company = Transaction().context['company']
        wizard.start.date = date
        wizard.start.file = text.encode()
        wizard.start.file_name = 'balance.csv'
        return wizard

    @with_transaction()
    def test_alike(self):
        "Who may be a member already is told, imported and marked"
        Import = Pool().get('coop.import')
        Member = Pool().get('coop.member')
        company = factories.cooperative()
        with set_company(company):
            factories.category(company)
            header = 'number;name;category;admission;birth_date;email\n'
            for text, warnings in [
                    ('1;Zoé Martin;W;2020-01-01;1980-05-06;\n'
                        '2;Bob;W;2020-01-01;1980-05-06;bob@example.com\n',
                        None),
                    ('3;ZOE MARTIN;W;2020-01-01;1980-05-06;\n'
                        '4;Cid;W;2020-01-01;1980-05-06;\n'
                        '5;Dan;W;2020-01-01;1981-05-06;bob@example.com\n',
                        'members.csv, line 2, column "birth_date": The member '
                        '"Zoé Martin (1)" has the same name and birth date: '
                        'check that these are two persons.\n'
                        'members.csv, line 4, column "email": The party "Bob" '
                        'has the same e-mail address: '
                        'check that these are two members.'),
                    ]:
                import_ = create_import(company, header + text)
                Import.check_files([import_])
                self.assertEqual(import_.warnings, warnings)
                run(import_)
            self.assertEqual({
                    m.number: m.possible_duplicate
                    for m in Member.search([])}, {
                    '1': False, '2': False, '3': True, '4': False, '5': True})

    @with_transaction()
    def test_money_account_asked(self):
        "Payments in the books need an account; closed years are named"
        Import = Pool().get('coop.import')
        company = factories.cooperative()
        with set_company(company):
            factories.share_class(company)
            category = factories.category(company)
            for date, text in [
                    ('2021-03-01', "account of the money"),
                    ('2024-03-01', "No period")]:
                import_ = create_import(company, movements=(
                        'date;member;kind;quantity;fully_paid\n'
                        f'{date};1;subscription;10;yes\n'),
                    default_category=category.id)
                Import.check_files([import_])
                self.assertEqual(import_.state, 'draft')
                self.assertIn(text, import_.problems)

    @with_transaction()
    def test_second_exit(self):
        "Who came back leaves again by the file that told the first exit"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Import = pool.get('coop.import')
        Member = pool.get('coop.member')
        company = factories.cooperative()
        first = (
            'date;member;kind;quantity\n'
            '2020-02-01;1;subscription;10\n2020-12-31;1;exit;\n')
        second = '2022-02-01;1;subscription;5\n2022-12-31;1;exit;\n'
        with set_company(company):
            factories.share_class(company)
            category = factories.category(company)
            for text, leaving in [
                    (first, dt.date(2020, 12, 31)),
                    (first, None),
                    (first + second, dt.date(2022, 12, 31))]:
                import_ = create_import(
                    company, movements=text, default_category=category.id)
                Import.check_files([import_])
                self.assertEqual(import_.problems, None)
                run(import_)
                member, = Member.search([])
                self.assertEqual(member.leaving_date, leaving)
                if text == first and leaving:
                    Event.record([Event(
                                company=company, member=member, kind=kind,
                                date=dt.date(2022, 1, 1), category=category)
                            for kind in ['application', 'admission']])
            self.assertEqual(
                [e.kind for e in member.events].count('departure'), 2)

    @with_transaction()
    def test_unreadable(self):
        "A file that can not be read is named"
        Import = Pool().get('coop.import')
        company = factories.cooperative()
        with set_company(company):
            for values, text in [
                    ({}, "no file"),
                    ({'members': '"a'}, "members.csv, line 1: A quote"),
                    ({'members': b'\x01'}, "can not be read")]:
                with self.assertRaisesRegex(ImportFileError, text):
                    Import.check_files([create_import(company, **values)])

    @with_transaction()
    def test_kept(self):
        "An import that wrote is not deleted, one that did not is"
        Import = Pool().get('coop.import')
        company = factories.cooperative()
        with set_company(company):
            factories.category(company)
            import_ = create_import(company, HISTORY_MEMBERS)
            Import.check_files([import_])
            Import.draft([import_])
            self.assertEqual(import_.slices, ())
            Import.check_files([import_])
            run(import_)
            with self.assertRaises(AccessError):
                Import.delete([import_])
            again, = Import.copy([import_])
            self.assertEqual((again.state, again.slices), ('draft', ()))
            Import.check_files([again])
            self.assertEqual((again.member_count, again.slices), (0, ()))
            Import.delete([again])
