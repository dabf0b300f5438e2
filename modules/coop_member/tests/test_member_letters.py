# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal as D

from trytond.model.exceptions import AccessError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction, without_check_access

from . import factories, printed

END = dt.date(2021, 12, 31)


def execute(name, *members, **data):
    pool = Pool()
    Action = pool.get('ir.action.report')
    Report = pool.get(name, type='report')
    with without_check_access():
        action, = Action.search([('report_name', '=', name)])
    extension, content, _, _ = Report.execute(
        [m.id for m in members],
        {'model': 'coop.member', 'action_id': action.id, **data})
    assert extension == 'pdf'
    return content


def text(name, *members, **data):
    return printed.words(execute(name, *members, **data))


class MemberLettersTestCase(factories.CoopTestCase):
    "Compare certificates, statements and letters with a hand computation"

    @with_transaction()
    def test_certificate(self):
        "A certificate tells the shares at a date, class by class"
        company = factories.cooperative()
        with set_company(company):
            (one, two, three), _ = printed.register(company)
            for line in [
                    "Coop certifies that Member 2 , member number",
                    "as of 12/31/2021 .",
                    "Ordinary 8 usd192.00 usd120.00 usd72.00",
                    "Savings 4 usd40.00 usd0.00 usd40.00",
                    "Total 12 usd232.00 usd120.00 usd112.00",
                    "up to its row number 9 .",
                    "1 / 1",
                    ]:
                self.assertIn(
                    line.replace(' ', ''),
                    text('coop.member.certificate', two, date=END)
                    .replace(' ', ''))
            # Before he got shares of Member 1
            self.assertIn("Total 9 usd160.00",
                text('coop.member.certificate', two,
                    date=dt.date(2021, 1, 31)))
            self.assertIn("for no share",
                text('coop.member.certificate', three, date=END))
            # As it was known before the mistake was reversed
            known = text(
                'coop.member.certificate', three, date=END, known_at=7)
            self.assertIn("Total 2 usd48.00 usd0.00 usd48.00", known)

    @with_transaction()
    def test_statement(self):
        "A statement tells what is owed, both ways"
        company = factories.cooperative()
        with set_company(company):
            payable = factories.payable(company)
            (one, two, three), _ = printed.register(company)
            factories.owed(two, D(30), dt.date(2021, 6, 1), payable)
            pdf = text('coop.member.statement', two, date=END,
                start_date=dt.date(2021, 1, 1))
            for line in [
                    "Ordinary 8 usd192.00 usd120.00 usd72.00 usd0.00",
                    "Savings 4 usd40.00 usd0.00 usd40.00 usd0.00",
                    "Total 12 usd232.00 usd120.00 usd112.00 usd0.00",
                    "From 01/01/2021 to 12/31/2021",
                    "02/01/2021 Transfer in A 3 usd72.00 usd72.00",
                    "05/01/2021 Payment A 0 usd0.00 usd48.00",
                    # 120 and 40 of shares; 48 that he paid and 30 owed him
                    "Total usd160.00 usd78.00",
                    "you owe usd82.00",
                    two.payment_reference,
                    ]:
                self.assertIn(line, pdf)
            self.assertNotIn("06/01/2020 Subscription", pdf)
            # Before he paid and before he was owed anything
            pdf = text('coop.member.statement', two,
                date=dt.date(2021, 4, 30))
            self.assertIn("you owe usd160.00", pdf)
            self.assertIn("06/01/2020 Subscription A 5 usd120.00 usd0.00", pdf)
            # Nothing is open on either side of Member 1
            pdf = text('coop.member.statement', one, date=END)
            self.assertIn("Ordinary 7 usd168.00 usd168.00 usd0.00", pdf)

    @with_transaction()
    def test_statement_owed(self):
        "Who is owed more than he owes is told so"
        company = factories.cooperative()
        with set_company(company):
            payable = factories.payable(company)
            (_, _, three), _ = printed.register(company)
            factories.owed(three, D(30), dt.date(2021, 6, 1), payable)
            self.assertIn("you are owed usd30.00",
                text('coop.member.statement', three, date=END))

    @with_transaction()
    def test_admission(self):
        "The letter of admission tells what was subscribed and is left to pay"
        pool = Pool()
        Address = pool.get('party.address')
        company = factories.cooperative()
        with set_company(company):
            (_, two, _), _ = printed.register(company)
            Address.create([{
                        'party': party.id, 'street_unstructured': street,
                        'postal_code': "69001", 'city': "Lyon"}
                    for party, street in [
                        (two.party, "1 rue du Port"),
                        (company.party, "2 quai des Brumes")]])
            company.footer = "Coop, capital variable"
            company.save()
            pdf = text('coop.member.admission.letter', two, date=END)
            for line in [
                    "Coop 2 quai des Brumes 69001 Lyon",
                    "Member 2 1 rue du Port 69001 Lyon",
                    "Lyon, ", "Coop, capital variable",
                    "Dear Member 2",
                    "admitted you on 01/01/2020",
                    "Ordinary 8 usd192.00 usd192.00 usd120.00",
                    "Ordinary usd72.00",
                    "Savings usd40.00",
                    two.payment_reference,
                    ]:
                self.assertIn(
                    line.replace(' ', ''), pdf.replace(' ', ''))

    @with_transaction()
    def test_languages(self):
        "Each letter is in the language of its member"
        pool = Pool()
        Lang = pool.get('ir.lang')
        company = factories.cooperative()
        with set_company(company):
            (one, two, _), _ = printed.register(company)
            two.party.lang, = Lang.search([('code', '=', 'fr')])
            two.party.save()
            pdf = text('coop.member.certificate', one, two, date=END)
            self.assertIn("12/31/2021", pdf)
            self.assertIn("31.12.2021", pdf)
            self.assertLess(
                pdf.index("12/31/2021"), pdf.index("31.12.2021"))
            pdf = text(
                'coop.member.certificate', one, two, date=END, language='fr')
            self.assertNotIn("12/31/2021", pdf)

    @with_transaction()
    def test_translated(self):
        "A template is translated, the sentences with their names too"
        pool = Pool()
        Lang = pool.get('ir.lang')
        Translation = pool.get('ir.translation')
        Lang.write(
            Lang.search([('code', '=', 'fr')]), {'translatable': True})
        company = factories.cooperative()
        with set_company(company):
            (_, two, _), _ = printed.register(company)
            Translation.create([{
                        'lang': 'fr', 'type': 'report',
                        'name': 'coop.member.certificate', 'res_id': -1,
                        'module': 'coop_member', 'src': src, 'value': value,
                        'fuzzy': False}
                    for src, value in [
                        ("Left to Pay", "Reste"),
                        ("For %(company)s", "Pour la %(company)s"),
                        ]])
            pdf = text('coop.member.certificate', two, date=END,
                language='fr')
            self.assertIn("Reste", pdf)
            self.assertIn("Pour la Coop", pdf)

    @with_transaction()
    def test_own(self):
        "A member prints his own certificate and statement, of nobody else"
        company = factories.cooperative()
        with set_company(company):
            (one, two, _), _ = printed.register(company)
            user = factories.user('member', 'member', member=two)
            for name in ['coop.member.certificate', 'coop.member.statement']:
                with factories.as_user(user):
                    self.assertIn("usd232.00", text(name, two))
                    for members in [[one], [two, one]]:
                        with self.assertRaises(AccessError):
                            execute(name, *members)
            with factories.as_user(user), self.assertRaises(AccessError):
                execute('coop.member.admission.letter', two)

    @with_transaction()
    def test_wizard(self):
        "The office asks for a document as of a date, by the wizard"
        company = factories.cooperative()
        with set_company(company):
            (_, two, _), _ = printed.register(company)
            Wizard = Pool().get('coop.member.print_letter', type='wizard')
            with Transaction().set_context(
                    active_model='coop.member', active_id=two.id,
                    active_ids=[two.id]):
                session, _, _ = Wizard.create()
                result = Wizard.execute(session, {'start': {
                            'document': 'certificate',
                            'start_date': None,
                            'date': dt.date(2021, 1, 31),
                            'known_at': None,
                            'language': None,
                            }}, 'choose')
            (action, data), = result['actions']
            self.assertEqual(
                action['report_name'], 'coop.member.certificate')
            Report = Pool().get(action['report_name'], type='report')
            _, content, _, _ = Report.execute(
                data['ids'], {**data, 'action_id': action['id']})
            self.assertIn("Total 9 usd160.00", printed.words(content))
