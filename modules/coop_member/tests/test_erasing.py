# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from trytond import backend
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase, with_transaction
from trytond.transaction import Transaction, inactive_records

from ..erasing import _vouchers_from
from ..event import today
from . import EXTRAS, factories
from .test_import_server import create_import, run

D = Decimal
# Vouchers of before are kept no more, those of after are
DAY = dt.date(dt.date.today().year - 11, 3, 1)
YOUNG = dt.date(dt.date.today().year - 9, 3, 1)
# The entry of Bob's payment tells who made it
PAID_BY = {
    ('account_move', 'description'),
    ('account_move_line', 'description'),
    }
NAME, EMAIL = "Ines Leroux", 'ines@ex-leroux.fr'
SIREN, IBAN, OTHER = '732829320', 'FR7630006000011234567890189', (
    'DE89370400440532013000')
MEMBERS = f'''\
number;name;category;admission;email;siren;iban
90;{NAME};W;2012-01-01;{EMAIL};{SIREN};{IBAN}
91;Bob;W;2012-01-01;;;
'''
# What a search for her must not find any more. The files from and to the bank
# (of a statement, of SEPA messages) are not made here: vouchers of many
# people, they stay for ten years (Code de commerce, art. L123-22).
TRACES = ['leroux', SIREN, IBAN.lower(), OTHER.lower()]


def find(traces):
    """Return {(table, column)} of all values of the database with a trace.

    Case and spaces do not count; bytes are read too.
    """
    cursor = Transaction().connection.cursor()
    if backend.name == 'sqlite':
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    else:
        cursor.execute("SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = current_schema() "
            "AND table_type = 'BASE TABLE'")
    found = set()
    for table, in cursor.fetchall():
        cursor.execute(f'SELECT * FROM "{table}"')
        columns = [d[0] for d in cursor.description]
        for row in cursor:
            for column, value in zip(columns, row):
                if isinstance(value, (bytes, memoryview)):
                    value = bytes(value).decode('latin-1')
                text = ''.join(str(value).lower().split())
                if any(trace in text for trace in traces):
                    found.add((table, column))
    return found


class ErasingTestCase(RouteTestCase):
    "Test what is left of a person who is erased"
    module = 'coop_member'
    extras = EXTRAS
    day = DAY

    def members(self, company):
        "Return Ines and Bob, whom an import brought"
        pool = Pool()
        Import = pool.get('coop.import')
        Member = pool.get('coop.member')
        factories.category(company)
        import_ = create_import(company, MEMBERS)
        Import.check_files([import_])
        run(import_)
        self.assertEqual(import_.state, 'done')
        return import_, Member.search(
            [('company', '=', company.id)], order=[('number', 'ASC')])

    def wizard(self, name, state, record, start):
        "Run a wizard from its first form"
        Wizard = Pool().get(name, type='wizard')
        with Transaction().set_context(
                active_model=record.__name__, active_id=record.id):
            session_id, start_state, _ = Wizard.create()
            Wizard.execute(session_id, {}, start_state)
            Wizard.execute(session_id, {'start': start}, state)
            Wizard.delete(session_id)

    def live(self, company, ines, bob):
        "Leave traces of Ines wherever a member leaves some"
        pool = Pool()
        Address = pool.get('party.address')
        Change = pool.get('coop.iban.change')
        Contribution = pool.get('coop.contribution')
        Device = pool.get('res.user.device')
        Document = pool.get('coop.member.document')
        Email = pool.get('ir.email')
        Kind = pool.get('coop.document.kind')
        Mailing = pool.get('coop.mailing')
        Mechanism = pool.get('party.contact_mechanism')
        Address.create([{
                    'party': ines.party.id, 'party_name': NAME,
                    'street_unstructured': "1 rue Leroux"}])
        Mechanism.create([{
                    'party': ines.party.id, 'type': 'website',
                    'value': 'https://ex-leroux.fr'}])
        user = factories.user(EMAIL, 'member', member=ines)
        user.name, user.email, user.signature = NAME, EMAIL, NAME
        user.save()
        Device.create([{'login': EMAIL, 'cookie': 'x'}])
        both = factories.user('both', 'member', member=ines)
        bob.users = [both]
        kind, = Kind.search([], limit=1)
        Document.create([{
                    'member': ines.id, 'kind': kind.id, 'file': b'id',
                    'file_name': "leroux.pdf"}])
        Change.create([{
                    'member': ines.id, 'iban': OTHER, 'proof': b'rib',
                    'proof_name': "leroux.pdf", 'reason': NAME}])
        Contribution.create([{
                    'company': company.id, 'member': ines.id, 'date': self.day,
                    'description': f"Logo by {NAME}", 'value': D(10)}])
        Email.create([{
                    'resource': str(ines), 'recipients': EMAIL,
                    'subject': NAME, 'body': f"Hello {NAME}"}])
        Email.create([{
                    'resource': str(ines.events[0]), 'recipients': EMAIL,
                    'subject': NAME, 'body': f"Hello {NAME}"}])
        Mailing.create([{
                    'company': company.id, 'subject': "Letter",
                    'body': "Hello {name}", 'state': 'sent',
                    'letters': [('create', [{
                                    'company': company.id,
                                    'member': ines.id, 'state': 'done',
                                    'medium': 'email', 'email': EMAIL,
                                    'subject': "Letter", 'file': b'letter',
                                    'file_name': "leroux.pdf",
                                    'body': f"Hello {NAME}"}])]}])
        bob.application_note = (
            f"Same e-mail as: {ines.rec_name}, SIREN {SIREN}")
        bob.save()
        return user, both

    def pay(self, company, ines, bob):
        "Shares of both, paid by Ines in each way that names her"
        pool = Pool()
        Account = pool.get('account.account')
        Journal = pool.get('account.journal')
        Retention = pool.get('coop.share.retention')
        Subscription = pool.get('coop.share.subscription')
        share_class = factories.share_class(company, nominal=D(50))
        payable = factories.payable(company)
        of_ines, of_bob = factories.subscriptions(
            [ines, bob], share_class, 4, self.day)
        Subscription.write([of_ines], {
                'description': NAME, 'form': b'form',
                'form_name': "leroux.pdf"})
        cash, = Account.search([
                ('code', '=', 'cash'), ('company', '=', company.id)])
        journal, = Journal.search([('type', '=', 'cash')], limit=1)
        for subscription, payer in [(of_ines, None), (of_bob, ines.party)]:
            self.wizard('coop.share.subscription.receive', 'receive',
                subscription, {
                    'company': company.id, 'currency': company.currency.id,
                    'date': self.day, 'amount': D(20), 'journal': journal.id,
                    'account': cash.id,
                    'payer': payer.id if payer else None})
        retention, = Retention.create([{
                    'company': company.id, 'member': ines.id,
                    'start_date': self.day, 'method': 'rate', 'rate': D('.5'),
                    'cap': D(120), 'agreement': b'signed',
                    'agreement_name': "leroux.pdf"}])
        Retention.activate([retention])
        line = factories.owed(ines, D(100), self.day, payable)
        Retention.withhold(ines.party, company, D(100), self.day, line)
        Retention.end([retention])
        self.bank(company, ines, cash)
        return of_ines

    def bank(self, company, ines, cash):
        "A bank statement that names Ines"
        pool = Pool()
        Journal = pool.get('account.statement.journal')
        Move = pool.get('account.journal')
        Origin = pool.get('account.statement.origin')
        Statement = pool.get('account.statement')
        Allocation = pool.get('coop.share.allocation')
        journal, = Move.search([('type', '=', 'statement')], limit=1)
        journal, = Journal.create([{
                    'name': "Bank", 'company': company.id,
                    'journal': journal.id, 'account': cash.id,
                    'currency': company.currency.id,
                    'validation': 'number_of_lines'}])
        statement, = Statement.create([{
                    'name': "1", 'company': company.id, 'date': self.day,
                    'journal': journal.id, 'number_of_lines': 1}])
        origin, = Origin.create([{
                    'statement': statement.id, 'number': "1", 'date': self.day,
                    'amount': D(100), 'description': "VIR LEROUX INES",
                    'information': {}}])
        Statement.write([statement], {'lines': [('create', [{
                                'origin': origin.id, 'date': self.day,
                                'number': "1", 'amount': D(100),
                                'party': ines.party.id,
                                'account': Allocation.account(company).id,
                                'description': "VIR LEROUX INES"}])]})
        Statement.validate_statement([statement])
        Statement.post([statement])

    def leave(self, ines, bob, subscription, date):
        "Her money goes to Bob and back to her, and she leaves"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Subscription = pool.get('coop.share.subscription')
        ToAllocate = pool.get('coop.share.to_allocate')
        company = ines.company
        Subscription.cancel([subscription])
        waiting, = ToAllocate.search([('amount', '=', D(100))])
        self.wizard('coop.share.move_money', 'move', waiting, {
                'company': company.id, 'currency': company.currency.id,
                'date': self.day, 'member': bob.id, 'amount': D(40)})
        factories.receive(ines, D(-130), self.day)
        factories.receive(ines, D(-50), self.day, 'payable')
        Event.record([Event(
                    company=company, member=ines, kind='departure',
                    date=date, cause='resignation',
                    reason=f"{NAME} is ill")])

    def erase(self, party):
        Wizard = Pool().get('party.erase', type='wizard')
        party.active = False
        party.save()
        session_id, _, _ = Wizard.create()
        wizard = Wizard(session_id)
        wizard.ask.party = party
        wizard.transition_erase()
        Wizard.delete(session_id)
        Transaction().cache.clear()

    @with_transaction()
    def test_nothing_left(self):
        "After the retention no column of the database tells who it was"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Member = pool.get('coop.member')
        Movement = pool.get('coop.share.movement')
        User = pool.get('res.user')
        company = factories.cooperative(years=(DAY.year, YOUNG.year))
        with set_company(company):
            import_, (ines, bob) = self.members(company)
            hash_ = import_.hash
            user, both = self.live(company, ines, bob)
            subscription = self.pay(company, ines, bob)
            self.leave(ines, bob, subscription, today(company.id)
                - relativedelta(years=5, days=1))
            # The search itself finds what is there
            self.assertLessEqual({
                    ('account_move', 'description'),
                    ('account_move_line', 'description'),
                    ('account_statement_line', 'description'),
                    ('account_statement_origin', 'description'),
                    ('bank_account_number', 'number'),
                    ('coop_import_slice', 'data'),
                    ('coop_member', 'application_note'),
                    ('coop_share_retention', 'agreement_name'),
                    ('ir_email', 'body'),
                    ('party_contact_mechanism', 'value_compact'),
                    ('party_identifier', 'code_compact'),
                    ('res_user', 'login'),
                    }, find(TRACES))
            self.erase(ines.party)
            self.assertEqual(find(TRACES), PAID_BY)
            self.assertEqual(Member(ines.id).number, '90')
            self.assertEqual(Member(bob.id).party.name, "Bob")
            with inactive_records():
                self.assertFalse(User(user.id).active)
                self.assertEqual(
                    (User(both.id).active, User(both.id).login),
                    (True, 'both'))
            self.assertEqual(
                (import_.hash, import_.member_count, import_.forgotten),
                (hash_, 2, True))
            self.assertIsNone(import_.members_file)
            self.assertIsNone(Event.verify_chain(company))
            self.assertEqual(Movement.verify_register(company), [])

    @with_transaction()
    def test_name_left(self):
        """Until then only the name is left, where it proves something.

        In the entries and bank lines (a FEC made again must not change), in
        the subscription and the agreement signed, and for what the user did.
        Then it is erased again.
        """
        Configuration = Pool().get('coop.configuration')
        company = factories.cooperative(years=(DAY.year, YOUNG.year))
        with set_company(company):
            _, (ines, bob) = self.members(company)
            self.live(company, ines, bob)
            subscription = self.pay(company, ines, bob)
            self.leave(ines, bob, subscription, today(company.id)
                - relativedelta(years=5))
            self.erase(ines.party)
            self.assertEqual(
                find([EMAIL, SIREN, IBAN.lower(), OTHER.lower()]), set())
            self.assertEqual(find(['leroux']), {
                    ('account_move', 'description'),
                    ('account_move_line', 'description'),
                    ('account_statement_line', 'description'),
                    ('account_statement_origin', 'description'),
                    ('coop_contribution', 'description'),
                    ('coop_member', 'application_note'),
                    ('coop_member_event', 'reason'),
                    ('coop_share_retention', 'agreement_name'),
                    ('coop_share_subscription', 'description'),
                    ('coop_share_subscription', 'form_name'),
                    ('party_party', 'name'),
                    ('res_user', 'name'),
                    })
            Configuration(1).set_multivalue(
                'retention_years', 4, company=company.id)
            self.erase(ines.party)
            self.assertEqual(find(TRACES), PAID_BY)

    @with_transaction()
    def test_vouchers_left(self):
        "What proves the books is kept for ten years, whoever is erased"
        self.day = YOUNG
        company = factories.cooperative(years=(DAY.year, YOUNG.year))
        with set_company(company):
            _, (ines, bob) = self.members(company)
            subscription = self.pay(company, ines, bob)
            self.leave(ines, bob, subscription, today(company.id)
                - relativedelta(years=5, days=1))
            self.erase(ines.party)
            self.assertEqual(find(TRACES), {
                    ('account_move', 'description'),
                    ('account_move_line', 'description'),
                    ('account_statement_line', 'description'),
                    ('account_statement_origin', 'description'),
                    ('coop_share_retention', 'agreement_name'),
                    ('coop_share_subscription', 'description'),
                    ('coop_share_subscription', 'form_name'),
                    })

    @with_transaction()
    def test_vouchers_from(self):
        "The ten years count from the closing of the year, whenever that is"
        FiscalYear = Pool().get('account.fiscalyear')
        company = factories.cooperative(years=(2020, 2020))
        with set_company(company):
            closed = today(company.id) - relativedelta(years=10)
            # No such year in the books: it may have ended a year later
            self.assertEqual(
                _vouchers_from(), closed - relativedelta(years=1))
            year = factories.fiscalyear(company, closed.year)
            self.assertEqual(_vouchers_from(), dt.date(closed.year, 1, 1))
            sequence = year.move_sequence.id
            FiscalYear.delete([year])
            start = closed - relativedelta(months=11)
            FiscalYear.create([{
                        'name': "Offset", 'company': company.id,
                        'start_date': start, 'end_date': closed,
                        'move_sequence': sequence}])
            self.assertEqual(_vouchers_from(), start)

    @with_transaction()
    def test_forget_files(self):
        "The files of an import that is done may go; it is known again"
        pool = Pool()
        Import = pool.get('coop.import')
        company = factories.cooperative(years=(DAY.year, YOUNG.year))
        with set_company(company):
            factories.category(company)
            import_ = create_import(company, MEMBERS)
            Import.check_files([import_])
            Import.forget([import_])
            self.assertTrue(import_.members_file)
            run(import_)
            hash_ = import_.hash
            Import.forget([import_])
            self.assertEqual(
                (import_.members_file, import_.member_count, import_.hash,
                    {s.data for s in import_.slices}),
                (None, 2, hash_, {'[]'}))
            again = create_import(company, MEMBERS)
            self.assertEqual(again.hash, hash_)
            Import.check_files([again])
            self.assertEqual(again.member_count, 0)


del RouteTestCase
