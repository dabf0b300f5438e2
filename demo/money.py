"Money that does not go its way: seized, contested, bounced."
import datetime as dt
from decimal import Decimal

from common import again, use
from proteus import Model, Wizard

# Who has a bill each month
SEIZED = '5'
NOTICE = "Avis à tiers détenteur (exemplaire de la démonstration)\n".encode()


def stories(teller):
    yield corrected_bill(teller)
    yield contested_bill(teller)
    yield seizure(teller)
    yield bounced_debit(teller)


def contest(teller, reason):
    "Wait for a bill to contest, and return it contested by its member"
    Bill = Model.get('coop.bill')
    while True:
        use(teller.office)
        found = Bill.find([
                ('state', '=', 'proposed'), ('tacit_on', '>=', teller.date),
                ], order=[('id', 'DESC')], limit=1)
        if found:
            break
        yield
    teller.act_for(found[0].member)
    bill = again(found[0])
    bill.contest_reason = reason
    bill.click('contest')
    return bill


def corrected_bill(teller):
    "The office cancels what was contested; the next bill corrects it"
    yield from teller.until(-24)
    bill = yield from contest(
        teller, "Deux déplacements sont comptés, je n'en ai fait qu'un.")
    yield
    use(teller.office)
    again(bill).click('cancel')


def contested_bill(teller):
    "Not answered yet: nothing of it is paid"
    yield from teller.until(-3)
    yield from contest(
        teller, "Le taux de contribution n'est pas celui de mon contrat.")


def seizure(teller):
    "The tax office seizes more than the next bills: it is paid by each"
    yield from teller.until(-34)
    use(teller.office)
    treasury = Model.get('party.party')(
        name="Service des impôts des particuliers")
    treasury.save()
    use(teller.accountant)
    seized = Model.get('coop.seizure')(
        member=teller.people[SEIZED], kind='tax', creditor=treasury,
        date=teller.date, amount=Decimal(2400), reference="ATD 38-1147",
        payable_from=teller.date + dt.timedelta(days=30))
    seized.file, seized.file_name = NOTICE, 'avis.txt'
    seized.click('activate')


def bounced_debit(teller):
    "A client is debited, the bank takes it back, a second debit comes through"
    mission = yield from teller.mission('D031', 'invoiced')
    use(teller.accountant)
    invoice, = Model.get('account.invoice').find([
            ('mission', '=', mission.id), ('state', '=', 'posted')],
        order=[('id', 'DESC')], limit=1)
    mandate(teller, invoice.party)
    for ends in ['fail', None]:
        payment = debit(invoice)
        yield
        use(teller.accountant)
        payment.click('succeed')
        yield
        use(teller.accountant)
        if ends:
            payment.click(ends)


def mandate(teller, client):
    "Have a client agree to be debited"
    BankAccount = Model.get('bank.account')
    account = BankAccount()
    account.owners.append(again(client))
    account.numbers.new(type='iban', number='FR7630006000010000000000152')
    account.save()
    record = Model.get('account.payment.sepa.mandate')(
        party=client, type='recurrent', scheme='CORE',
        identification=f'RUM{client.id}', signature_date=teller.date)
    record.account_number, = account.numbers
    record.save()
    record.click('request')
    record.click('validate_mandate')


def debit(invoice):
    "Return the payment by which the bank debits what is owed"
    invoice.reload()
    wizard = Wizard('account.move.line.pay', [
            line for line in invoice.lines_to_pay
            if not line.reconciliation])
    wizard.execute('next_')
    wizard.form.journal, = Model.get('account.payment.journal').find([])
    wizard.execute('next_')
    payment, = Model.get('account.payment').find([
            ('kind', '=', 'receivable'), ('state', '=', 'draft')])
    payment.click('submit')
    payment.click('process_wizard')
    return payment
