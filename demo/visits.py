"Work that no demand brings: repairs on the spot, series, hand-overs."
import datetime as dt
from decimal import Decimal

from common import DATA, again, rows, use
from dateutil.relativedelta import relativedelta
from proteus import Model

MENTIONS = (
    "Prix convenu avant l'intervention. Vous avez quatorze jours pour vous "
    "rétracter ; si vous demandez l'intervention tout de suite, ce qui est "
    "fait reste dû. Médiateur : centre de médiation de la consommation de "
    "l'Isère.")
PAID = {
    'espèces': 'cash', 'carte': 'card', 'chèque': 'cheque',
    'virement': 'transfer'}
# Those who could take a web site over
WEB = ['12', '27', '37']


def stories(teller):
    yield repairs(teller)
    yield spare_computers(teller)
    yield monthly_maintenance(teller)
    yield handed_over(teller)
    yield offered_to_a_colleague(teller)


def repairs(teller):
    "Small jobs at private clients, signed and mostly paid on the spot"
    Service = Model.get('coop.service')
    use(teller.office)
    create_price_list()
    signature = (DATA / 'signature.png').read_bytes()
    for row in rows('repairs'):
        yield from teller.until(int(row['week']))
        teller.act_for(teller.people[row['member']])
        # With the fields that a member may read
        Express = Model.get('coop.mission.express')
        job = Express(phone=row['phone'], name=row['name'])
        for name in ['street', 'postal_code', 'city', 'description']:
            setattr(job, name, row[name])
        job.private = job.at_once = row['private'] == 'oui'
        for name in row['services'].split('+'):
            # As the member reads it
            service, = Service.find([('name', '=', name)])
            job.lines.new(service=service)
        job.payment_method = PAID[row['paid']]
        job.signature, job.signature_name = signature, 'signature.png'
        job.signed_by = row['name']
        job.click('finish')


def create_price_list():
    Service = Model.get('coop.service')
    Service.save([
            Service(
                name=row['name'], unit=row['unit'],
                price=Decimal(row['price']))
            for row in rows('services')])
    configuration = Model.get('coop.configuration')(1)
    configuration.express_mentions = MENTIONS
    configuration.save()


def mission(teller, title, weeks, days, people, price, **values):
    """Return a mission that the office plans.

    :param weeks: from now to its first day
    :param people: the numbers of its members, the first of whom leads
    :param price: of each of them, for the hours if it is by the hour
    """
    use(teller.office)
    record = Model.get('coop.mission')(title=title, **values)
    record.start_date = teller.date + dt.timedelta(weeks=weeks)
    record.end_date = record.start_date + dt.timedelta(days=days - 1)
    for number in people:
        row = record.members.new(member=teller.people[number])
        row.hours = Decimal(7 * days)
        name = 'amount' if record.pricing == 'fixed' else 'unit_price'
        setattr(row, name, Decimal(price))
    record.save()
    return record


def spare_computers(teller):
    "The cooperative is the client, within a budget"
    yield from teller.until(-27)
    mission(
        teller, "Préparation de vingt ordinateurs de prêt", 2, 3,
        ['11', '14'], 30, kind='internal', pricing='time',
        budget=Decimal(1500), place="Grenoble (38)")


def monthly_maintenance(teller):
    "Planned once, and made again each month by the server"
    yield from teller.until(-40)
    use(teller.office)
    client, = Model.get('party.party').find([
            ('name', '=', "Maison médicale des Gratte-Ciel")])
    rate, = Model.get('coop.mission.rate').find([])
    first = mission(
        teller, "Maintenance du réseau", 2, 1, ['5'], 280, client=client,
        contribution_rate=rate.contribution, tax=rate.tax)
    series = Model.get('coop.mission.recurrence')(mission=first)
    series.first_date = first.start_date + relativedelta(months=1)
    series.click('start')
    while True:
        teller.night('coop.mission.recurrence|make_all')
        for _ in range(4):
            yield


def handed_over(teller):
    "Who began a site falls ill; a colleague takes what is left"
    begun = yield from teller.mission('D067', 'in_progress')
    handover = offer(teller, begun, "La vente en ligne et la formation.")
    yield
    teller.act_for(handover.taker)
    handover = again(handover)
    handover.click('accept')
    use(teller.office)
    handover = again(handover)
    handover.client_accepts = True
    handover.click('execute')


def offered_to_a_colleague(teller):
    "Not answered yet"
    begun = yield from teller.mission('D101', 'in_progress')
    offer(teller, begun, "L'export vers la paie, avec ses essais.")


def offer(teller, begun, description):
    "Have the first member of a mission offer half of it to a colleague"
    row = begun.members[0]
    giver = row.member
    taker = next(n for n in WEB if n != giver.number)
    teller.act_for(giver)
    row = again(row)
    handover, = row.click('give')
    handover.amount = (row.amount / 2).quantize(Decimal(1))
    handover.hours = row.hours and (row.hours / 2).quantize(Decimal(1))
    handover.taker_number = taker
    handover.description = description
    handover.click('offer')
    use(teller.office)
    return again(handover)
