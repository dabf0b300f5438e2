"""The missions of the year: done, accepted, invoiced, paid, paid out.

What clients pay, and when, is said in clients.csv: so many days after the
invoice, or never.
"""
import datetime as dt
from decimal import Decimal

from common import ref, rows, use
from proteus import Model, Wizard
from stdnum.fr import siren

SIGNED = "Mandat signé (exemplaire de la démonstration)\n".encode()
# professional status: VAT status
VAT = {'micro': 'franchise', 'sole_trader': 'receipts', 'company': 'receipts'}
KILOMETRE = Decimal('.60')
OPERATIONS = "Prestations des missions de la coopérative"
# field of the configuration: (method, type of journal, account)
PAID_ON_THE_SPOT = {
    'cash_method': ("Espèces", 'cash', '5311'),
    'card_method': ("Carte bancaire", 'cash', '5121'),
    'cheque_method': ("Chèque", 'cash', '5112'),
    }
# Days that clients take of whom clients.csv says nothing
DELAY = 12


def prepare(office, accountant, start):
    "The accounts, the VAT of the members, their mandates and the fund"
    use(accountant)
    set_cash_basis()
    create_payment_journal()
    configuration = Model.get('coop.configuration')(1)
    miscellaneous, = Model.get('account.journal').find([
            ('type', '=', 'general')], limit=1)
    for name in [
            'bad_debt_journal', 'vat_journal', 'payout_journal',
            'year_end_journal']:
        setattr(configuration, name, miscellaneous)
    for name, (method, kind, account) in PAID_ON_THE_SPOT.items():
        setattr(configuration, name, payment_method(method, kind, account))
    configuration.kilometre_price = KILOMETRE
    # Bills are due after a month: the fund pays those of late clients sooner
    configuration.guarantee_days = 10
    configuration.payment_ceiling = Decimal(2000)
    configuration.save()
    rate, = Model.get('coop.mission.rate').find([])
    rate.tax = sale_tax()
    rate.save()
    members = Model.get('coop.member').find([
            ('professional_status', 'in', list(VAT)),
            ('state', '=', 'active')])
    use(office)
    give_numbers([
            m for m in members if VAT[m.professional_status] != 'franchise'])
    use(accountant)
    VatStatus = Model.get('coop.vat.status')
    VatStatus.save([
            VatStatus(
                member=m, date=m.admission_date or start,
                status=VAT[m.professional_status])
            for m in members])
    use(office)
    sign_mandates(members, start)
    set_aside(start)


def give_numbers(members):
    "Give those who bill VAT the number that follows from their SIREN"
    parties = []
    for member in members:
        for number in list(member.party.identifiers):
            if number.type == 'fr_siren':
                member.party.identifiers.new(
                    type='eu_vat', code=f'FR{siren.to_tva(number.code)}')
                parties.append(member.party)
    Model.get('party.party').save(parties)


def set_cash_basis():
    "VAT on services is due when they are paid"
    group = ref(
        'account.tax.group', 'account_fr', 'group_tva_vente_services')
    for year in Model.get('account.fiscalyear').find([]):
        year.tax_group_on_cash_basis.append(group.__class__(group.id))
        year.save()


def create_payment_journal():
    Bank = Model.get('bank')
    Journal = Model.get('account.payment.journal')
    Party = Model.get('party.party')
    company, = Model.get('company.company').find([])
    bank_party = Party(name="Banque des Alpes")
    bank_party.save()
    bank = Bank(party=bank_party, bic='CMCIFR2A')
    bank.save()
    account = Model.get('bank.account')(bank=bank)
    account.owners.append(Party(company.party.id))
    account.numbers.new(type='iban', number='FR7610278027000000000000111')
    account.save()
    party = Party(company.party.id)
    party.identifiers.new(type='eu_at_02', code='FR72ZZZ123456')
    party.save()
    journal = Journal(name="Virements", process_method='sepa')
    journal.sepa_bank_account_number, = account.numbers
    journal.sepa_payable_flavor = 'pain.001.001.03'
    journal.sepa_receivable_flavor = 'pain.008.001.02'
    journal.clearing_journal, = Model.get('account.journal').find([
            ('code', '=', 'STA')])
    journal.clearing_account = transit_account()
    journal.save()


def transit_account():
    "The account of what is sent to the bank and not on its statement yet"
    Account = Model.get('account.account')
    parent, = Account.find([('code', '=', '511')])
    account = Account(
        name="Virements émis", code='5118', parent=parent, type=parent.type,
        reconcile=True)
    account.save()
    return account


def sale_tax():
    tax, = Model.get('account.tax').find([
            ('template', '=', ref('account.tax.template', 'account_fr',
                    'tva_vente_services_taux_normal').id)])
    return tax


def sign_mandates(members, start):
    """Half are billed at once, half once a month; three write their own bills

    Who has no SIREN can be billed for by nobody.
    """
    Mandate = Model.get('coop.billing.mandate')
    mandates = []
    for index, member in enumerate(members):
        if index % 20 == 19 or not any(
                i.type == 'fr_siren' for i in member.party.identifiers):
            continue
        day = max(start, member.admission_date or start)
        mandate = Mandate(
            member=member, start_date=day, operations=OPERATIONS,
            rhythm='report' if index % 2 else 'monthly', signed_on=day,
            agreement=SIGNED, agreement_name='mandat.txt')
        mandates.append(mandate)
    Mandate.save(mandates)
    Mandate.click(mandates, 'activate')


def set_aside(start):
    decision = Model.get('coop.decision')(
        number=f"AG {start.year}-8", date=start, body='general_meeting',
        title="Marge mise de côté pour le fonds mutuel")
    decision.save()
    movement = Model.get('coop.fund.movement')(
        kind='set_aside', date=start, amount=Decimal(6000),
        decision=decision)
    movement.save()
    movement.click('do')


class Works:
    def __init__(self, admin, office, accountant, board, clients, dues):
        self.admin, self.office = admin, office
        self.accountant, self.board = accountant, board
        self.dues = dues
        # {id of the client: days after the invoice, None for never}
        self.delays = {}
        for row in rows('clients'):
            client = clients[row['code']]
            self.delays[client.id] = (
                None if row['pays'] == 'jamais' else int(row['pays']))
        self.month = None
        # The missions whose deposits were asked for
        self.asked = set()

    def live_week(self, date):
        "What is done in a week, and what the office and the clients do"
        new_month = self.month != date.month
        if new_month and date >= self.dues:
            self.call_dues(date.replace(day=1))
        self.report(date)
        self.begin(date)
        use(self.accountant)
        self.invoice()
        self.be_paid(date)
        use(self.office)
        if self.month and new_month:
            self.end_month(date)
        self.month = date.month
        self.pay(date)

    def tell_month(self):
        "The statements of the month before this one"
        statements = Wizard('coop.settlement.statement.make')
        statements.execute('make')

    def call_dues(self, month):
        "Before what is invoiced later: numbers follow the dates"
        use(self.admin)
        call = Wizard('coop.due.call')
        call.form.date = call.form.invoice_date = month
        call.execute('call')
        use(self.office)

    def begin(self, date):
        Mission = Model.get('coop.mission')
        Row = Model.get('coop.mission.member')
        Row.click(Row.find([
                    ('state', '=', 'waiting'),
                    ('mission.state', '=', 'planned')]), 'confirm')
        Mission.click(Mission.find([
                    ('state', '=', 'confirmed'),
                    ('start_date', '<=', date)]), 'start')

    def report(self, date):
        "The members report what they finished, clients accept a week later"
        Mission = Model.get('coop.mission')
        Mission.click(
            Mission.find([('state', '=', 'reported')]), 'accept')
        Report = Model.get('coop.mission.report')
        reports = []
        for mission in Mission.find([
                    ('state', '=', 'in_progress'),
                    ('end_date', '<', date)]):
            done = {r.member.id for r in mission.reports}
            for row in mission.members:
                if row.member.id in done or not (
                        row.state == 'confirmed'
                        or row.state == 'handed_over' and row.amount):
                    continue
                report = Report(
                    mission=mission, member=row.member,
                    date=mission.end_date, final=True,
                    description=f"{mission.title} : fait et montré au client")
                if mission.pricing == 'time':
                    report.lines.new(
                        description=mission.title,
                        duration=dt.timedelta(hours=float(row.hours)))
                for check in report.checks:
                    check.done = True
                if mission.place and len(reports) % 3 == 0:
                    report.costs.new(
                        kind='kilometre', date=mission.end_date,
                        description="Déplacement", quantity=Decimal(24),
                        unit_price=KILOMETRE)
                reports.append(report)
        Report.save(reports)
        Report.click(reports, 'submit')

    def invoice(self):
        "The deposits of what is about to begin, and what was accepted"
        Mission = Model.get('coop.mission')
        asked = [
            m for m in Mission.find([
                    ('state', '=', 'confirmed'),
                    ('kind', '=', 'client'),
                    ('quotation', '!=', None)])
            if m.quotation.deposit and m.id not in self.asked]
        Mission.click(asked, 'ask_deposit')
        self.asked |= {m.id for m in asked}
        Settlement = Model.get('coop.settlement')
        Settlement.click(
            Settlement.find([('state', '=', 'confirmed'),
                    ('mission.kind', '=', 'client')]), 'invoice')

    def be_paid(self, date):
        "The clients pay, each after the days that he takes"
        Invoice = Model.get('account.invoice')
        method = payment_method("Virement", 'cash', '5121')
        for invoice in Invoice.find([
                    ('type', '=', 'out'), ('state', '=', 'posted'),
                    ('mission', '!=', None)]):
            delay = self.delays.get(invoice.party.id, DELAY)
            if delay is None or (
                    invoice.invoice_date + dt.timedelta(delay) > date):
                continue
            pay = Wizard('account.invoice.pay', [invoice])
            pay.form.payment_method = method
            pay.form.date = date
            pay.execute('choice')

    def end_month(self, date):
        "The bills of the month that has ended"
        month = Wizard('coop.bill.month')
        month.form.date = date.replace(day=1) - dt.timedelta(1)
        month.execute('bill')

    def pay(self, date):
        """Twice a month: what is due, prepared and approved by two persons

        What nobody contested was accepted in a night before.
        """
        Cron, Run = Model.get('ir.cron'), Model.get('coop.payment.run')
        if not (8 <= date.day <= 14 or 22 <= date.day <= 28):
            return
        use(self.admin)
        Cron.click(Cron.find([
                    ('method', '=', 'coop.bill|accept_tacit')]), 'run_once')
        use(self.accountant)
        run = Run(date=date)
        run.journal, = Model.get('account.payment.journal').find([])
        run.save()
        run.click('prepare')
        if not run.total:
            run.click('cancel')
            return
        use(self.board)
        run.click('approve')
        use(self.accountant)
        run.click('send')
        Payment = Model.get('account.payment')
        Payment.click(run.payments, 'succeed')
        use(self.office)


def payment_method(name, kind, code):
    """Return a way in which clients pay.

    :param kind: of the journal
    :param code: of the account
    """
    Method = Model.get('account.invoice.payment.method')
    found = Method.find([('name', '=', name)])
    if found:
        return found[0]
    method = Method(name=name)
    method.journal, = Model.get('account.journal').find([
            ('type', '=', kind)], limit=1)
    account, = Model.get('account.account').find([('code', '=', code)])
    method.credit_account = method.debit_account = account
    method.save()
    return method
