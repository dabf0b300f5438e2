"The rule, the rates, the kinds of work, the clients and a year of demands."
import datetime as dt
from decimal import Decimal

import clock
import papers
import stories
import works
from common import levels, rows, skill, use
from proteus import Model
from year import WEEKS, Year, monday

RULE = (
    "On propose d'abord à qui a le moins de points : un par kilomètre depuis "
    "chez soi, et quarante pour qui s'est déjà vu proposer, à disponibilité "
    "égale, autant que la moyenne. Refuser ne coûte rien.")
TERMS = (
    "Le prix est ferme jusqu'à la date de validité. Chaque sociétaire "
    "répond de ce qu'il fait ; la coopérative répond de l'ensemble. Les "
    "droits sur ce qui est livré passent au client au paiement du solde.")


def load(users, dues):
    """Load it as the office; Marie answers what she is asked.

    :param dues: the day from which dues are called, too
    """
    office = users['agnes']
    admin, = Model.get('res.user').find([('login', '=', 'admin')])
    use(office)
    start = monday() - dt.timedelta(weeks=WEEKS + 1)
    adopt_rule(start)
    Model.get('coop.mission.rate')(
        date=start, contribution=Decimal('.10'), referral=Decimal('.03'),
        deposit=Decimal('.30')).save()
    configuration = Model.get('coop.configuration')(1)
    configuration.demands_open = True
    configuration.mission_terms = TERMS
    configuration.save()
    papers.load()
    templates, clients = create_templates(), create_clients()
    works.prepare(office, users['karim'], start)
    done = works.Works(
        admin, office, users['karim'], users['bruno'], clients, dues)
    year = Year(admin, office, users['marie'], templates, clients)
    told = stories.Stories(stories.Teller(admin, users, year.demands))
    with clock.silence():
        year.live(done, told)
        done.tell_month()


def adopt_rule(start):
    decision = Model.get('coop.decision')(
        number=f"AG {start.year}-7", date=start, body='general_meeting',
        title="Règle de proposition des missions")
    decision.save()
    rule = Model.get('coop.mission.rule')(
        version="1", start_date=start, description=RULE, decision=decision)
    rule.distance, rule.equity = Decimal(1), Decimal(40)
    rule.click('adopt')
    # Before the meeting that votes it, to be simulated
    Model.get('coop.mission.rule')(
        version="2", start_date=monday() + dt.timedelta(weeks=8),
        description="Comme la première, mais l'égalité compte double.",
        distance=Decimal(1), equity=Decimal(80)).save()


def create_templates():
    "Return {code: kind of work}"
    Template = Model.get('coop.demand.template')
    numbers = levels()
    result = {}
    for row in rows('templates'):
        result[row['code']] = template = Template(
            name=row['name'], priority=row['priority'],
            remote=row['remote'] == 'oui', description=row['description'])
        template.lines.new(
            skill=skill(row['skill']), level=numbers[row['level']],
            quantity=Decimal(row['quantity']), unit=row['unit'])
        for name in row['checks'].split('|'):
            template.checks.new(name=name)
    Template.save(list(result.values()))
    return result


def create_clients():
    "Return {code: client}, among whom the cooperative itself"
    Party = Model.get('party.party')
    country, = Model.get('country.country').find([('code', '=', 'FR')])
    result = {}
    for row in rows('clients'):
        result[row['code']] = party = Party(name=row['name'])
        address, = party.addresses
        for name in ['street', 'postal_code', 'city']:
            setattr(address, name, row[name])
        address.country = country
    Party.save(list(result.values()))
    company, = Model.get('company.company').find([])
    return result | {'COOP': company.party}
