#!/usr/bin/env python3
"""Load the small demonstration cooperative into an empty database.

    python demo/load.py -c CONFIG -d DATABASE

Everything enters as a person would enter it: through the client's own
methods, by proteus. The last words printed are one login per role.
"""
import argparse
import datetime as dt
from decimal import Decimal

import connections
import missions
import skills
from common import DATA, create_user, member, ref, rows, use
from dateutil.relativedelta import relativedelta
from proteus import Model, Wizard
from proteus import config as proteus_config

FIRST_YEAR = 2025
PASSWORD = 'coop-demo'
# login: (name, what for, groups)
USERS = {
    'agnes': ("Agnès Morel", "administration", [
            ('coop_member', 'group_administration')]),
    'karim': ("Karim Haddad", "comptabilité", [
            ('coop_member', 'group_accountant'),
            ('account', 'group_account_admin')]),
    'bruno': ("Bruno Lefèvre", "conseil d'administration", [
            ('coop_member', 'group_board')]),
    'odile': ("Odile Perrin", "révision, lecture seule", [
            ('coop_member', 'group_auditor')]),
    'marie': ("Marie Durand", "sociétaire", [
            ('coop_member', 'group_member')]),
    'antoine': ("Antoine Guillot", "sociétaire, maître d'un domaine", [
            ('coop_member', 'group_member')]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('-c', '--config', required=True)
    parser.add_argument('-d', '--database', required=True)
    args = parser.parse_args()
    proteus_config.set_trytond(args.database, config_file=args.config)
    with connections.kept():
        load()


def load():
    skip_module_wizards()
    company = create_company()
    users = create_users(company)
    create_chart(company)
    for year in range(FIRST_YEAR, dt.date.today().year + 1):
        create_fiscalyear(company, year)
    configure()
    create_statement_journal()
    create_categories()
    create_statutes()
    create_share_classes()
    import_register()
    dues = create_dues()
    give_login(users['marie'], '6')
    # The term of a master gives the login what masters see
    give_login(users['antoine'], '16')
    skills.load(company, users['agnes'])
    live()
    missions.load(users, dues)
    print_logins()


def skip_module_wizards():
    "The administrator is not asked what the demonstration has answered"
    Item = Model.get('ir.module.config_wizard.item')
    items = Item.find([('state', '=', 'open')])
    for item in items:
        item.state = 'done'
    Item.save(items)


def create_company():
    Country = Model.get('country.country')
    Currency = Model.get('currency.currency')
    Company = Model.get('company.company')
    Lang = Model.get('ir.lang')
    Party = Model.get('party.party')
    User = Model.get('res.user')
    country = Country(
        name="France", code='FR', code3='FRA', code_numeric='250')
    country.save()
    euro = Currency(
        name="Euro", symbol="€", code='EUR', numeric_code='978',
        rounding=Decimal('0.01'), digits=2)
    euro.save()
    french, = Lang.find([('code', '=', 'fr')])
    party = Party(name="Les Ateliers du Libre", lang=french)
    party.addresses[0].street = "12 rue des Coopérateurs"
    party.addresses[0].postal_code = '38000'
    party.addresses[0].city = "Grenoble"
    party.addresses[0].country = country
    party.identifiers.new(type='fr_siren', code='552100554')
    party.save()
    company = Company(party=party, currency=euro, timezone='Europe/Paris')
    company.save()
    admin = User(proteus_config.get_config().user)
    admin.companies.append(company)
    admin.company = company
    admin.language = french
    admin.save()
    use(admin)
    return company


def create_users(company):
    return {
        login: create_user(
            company, login, name, groups, password=PASSWORD,
            email=f'{login}@coop.example')
        for login, (name, _, groups) in USERS.items()}


def create_chart(company):
    Account = Model.get('account.account')
    wizard = Wizard('account.create_chart')
    wizard.execute('account')
    wizard.form.account_template = ref(
        'account.account.template', 'account_fr', 'root')
    wizard.form.company = company
    wizard.execute('create_account')
    wizard.form.account_receivable, = Account.find([('code', '=', '4111')])
    wizard.form.account_payable, = Account.find([('code', '=', '4011')])
    wizard.execute('create_properties')


def create_fiscalyear(company, year):
    FiscalYear = Model.get('account.fiscalyear')
    fiscalyear = FiscalYear(
        name=str(year), company=company,
        start_date=dt.date(year, 1, 1), end_date=dt.date(year, 12, 31))
    fiscalyear.move_sequence = strict_sequence(
        f"Écritures {year}", company,
        ref('ir.sequence.type', 'account', 'sequence_type_account_move'))
    line, = fiscalyear.invoice_sequences or [
        fiscalyear.invoice_sequences.new()]
    for kind, title in [('out', "Factures"), ('in', "Factures reçues")]:
        sequence = strict_sequence(
            f"{title} {year}", company,
            ref('ir.sequence.type', 'account_invoice',
                'sequence_type_account_invoice'))
        for name in ['invoice', 'credit_note']:
            setattr(line, f'{kind}_{name}_sequence', sequence)
    fiscalyear.save()
    fiscalyear.click('create_period')


def strict_sequence(name, company, type_):
    sequence = Model.get('ir.sequence.strict')(
        name=name, company=company, sequence_type=type_)
    sequence.save()
    return sequence


def configure():
    configuration = Model.get('coop.configuration')(1)
    configuration.statutory_minimum = Decimal(2000)
    configuration.cash_journal, = Model.get('account.journal').find([
            ('type', '=', 'cash')], limit=1)
    configuration.cash_account = bank_account()
    configuration.applications_open = True
    configuration.directory_open = True
    # Nobody of the demonstration has a mailbox
    configuration.create_logins = False
    configuration.save()


def create_statement_journal():
    journal, = Model.get('account.journal').find([('code', '=', 'STA')])
    Model.get('account.statement.journal')(
        name="Banque", journal=journal, account=bank_account(),
        validation='number_of_lines').save()


def create_categories():
    Category = Model.get('coop.member.category')
    Kind = Model.get('coop.document.kind')
    for row in rows('categories'):
        category = Category(
            code=row['code'], name=row['name'],
            minimum_shares=int(row['minimum_shares']),
            vote_weight=Decimal(row['vote_weight']),
            activation=row['activation'],
            open_to_applications=row['open'] == 'oui')
        category.documents.extend(
            Kind.find([('code', 'in', row['papers'].split(','))]))
        category.save()


def create_statutes():
    "What applicants accept"
    Model.get('coop.consent.document')(
        kind='statutes', title="Statuts", version="1",
        date=dt.date(2025, 1, 15),
        text="Chaque sociétaire a une voix. Les parts sont nominatives, leur "
        "remboursement suit les règles du capital variable.").save()


def create_share_classes():
    ShareClass = Model.get('coop.share.class')
    for row in rows('share_classes'):
        share_class = ShareClass(
            code=row['code'], name=row['name'],
            voting=row['voting'] == 'oui',
            bears_interest=row['bears_interest'] == 'oui',
            called_fraction=Decimal(row['called_fraction']))
        share_class.nominals.new(
            date=dt.date(2020, 1, 1), value=Decimal(row['nominal']))
        share_class.save()


def bank_account():
    account, = Model.get('account.account').find([('code', '=', '5121')])
    return account


def import_register():
    "The register of the past two years, as a cooperative would bring it"
    import_ = Model.get('coop.import')()
    for kind in ['members', 'movements']:
        setattr(import_, f'{kind}_file_name', f'{kind}.csv')
        setattr(import_, f'{kind}_file',
            (DATA / f'{kind}.csv').read_bytes())
    import_.money_account = bank_account()
    import_.click('check_files')
    if import_.state != 'validated':
        raise SystemExit(import_.problems)
    while import_.state == 'validated':
        import_.click('process_slice')


def create_dues():
    "Dues of 15 euros a month without tax, for the last three months"
    Account = Model.get('account.account')
    Category = Model.get('product.category')
    MemberCategory = Model.get('coop.member.category')
    Plan = Model.get('coop.due.plan')
    Tax = Model.get('account.tax')
    Template = Model.get('product.template')
    Unit = Model.get('product.uom')
    start = dt.date.today().replace(day=1) - relativedelta(months=2)
    category = Category(name="Cotisations", accounting=True)
    category.account_revenue, = Account.find([('code', '=', '706')])
    category.customer_taxes.append(Tax.find([
                ('template', '=', ref(
                        'account.tax.template', 'account_fr',
                        'tva_vente_services_taux_normal').id),
                ])[0])
    category.save()
    template = Template(
        name="Cotisation", type='service', list_price=Decimal(15))
    template.default_uom, = Unit.find([('symbol', '=', 'u')])
    template.account_category = category
    template.save()
    service = Model.get('sale.subscription.service')(
        product=template.products[0])
    service.save()
    for code in ['FON', 'TRA']:
        plan = Plan(name="Cotisation", service=service, start_date=start)
        plan.category, = MemberCategory.find([('code', '=', code)])
        plan.rates.new(date=start, amount=Decimal(15))
        plan.save()
        plan.click('begin')
    return start


def give_login(user, number):
    record = member(number)
    record.users.append(Model.get('res.user')(user.id))
    record.save()


def live():
    "What is under way today, so that every list has something to do"
    category, = Model.get('coop.member.category').find([('code', '=', 'TRA')])
    for name, birth in [
            ("Léa Fontaine", dt.date(1993, 5, 4)),
            ("Hugo Petit", dt.date(1987, 10, 30))]:
        party = Model.get('party.party')(name=name)
        first_name = name.split()[-1].lower().replace('é', 'e')
        party.contact_mechanisms.new(
            type='email', value=f'{first_name}@example.org')
        party.save()
        Model.get('coop.member')(
            party=party, category=category, birth_date=birth).save()
    # Called by a quarter, and not yet paid
    subscription = subscribe('9', 'B', 2)
    subscription.click('submit')
    subscription.click('accept')
    subscribe('6', 'A', 4).click('submit')


def subscribe(number, code, quantity):
    share_class, = Model.get('coop.share.class').find([('code', '=', code)])
    subscription = Model.get('coop.share.subscription')(
        member=member(number), share_class=share_class, quantity=quantity)
    subscription.save()
    return subscription


def print_logins():
    print()
    print(f"Logins, each with the password {PASSWORD}:")
    for login, (name, role, _) in USERS.items():
        print(f"  {login:<8}{name}, {role}")
    print("and for the installation admin, password admin")


if __name__ == '__main__':
    main()
