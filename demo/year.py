"""A year of demands, lived again week after week.

Each row of demands.csv says how many weeks ago a demand came, what those
whom it was proposed to answered, and how it ended. What has not come to its
end today is left as it is.

The column asked has a round for each comma, a member for each plus, and of
each member: accepted, own and by how much, refused, or silent.
"""
import datetime as dt
from collections import defaultdict
from decimal import Decimal

import clock
from common import members, rows, use
from dateutil.relativedelta import MO, relativedelta
from proteus import Model

WEEKS = 52
MARIE = '6'
SIGNED = "Bon pour accord (exemplaire de la démonstration)\n".encode()


def monday():
    return dt.date.today() + relativedelta(weekday=MO(-1))


class Demand:
    "A row of the file, and how far it has come"

    def __init__(self, row):
        self.row = row
        self.week = -int(row['week'])
        self.until = row['until']
        self.rounds = [
            asked.split('+') for asked in row['asked'].split(',') if asked]
        self.end, _, self.reason = row['end'].partition(':')
        self.id = self.quotation = None
        # {id of the offer: (number of the member, what is answered)}
        self.waiting = {}
        self.accepted = self.over = False

    @property
    def record(self):
        return Model.get('coop.demand')(self.id)

    @property
    def idle(self):
        "Whether nobody has it before him"
        return not self.waiting and not self.accepted and (
            self.until not in {'draft', 'qualified'})


class Year:
    def __init__(self, admin, office, marie, templates, clients):
        self.admin, self.office, self.marie = admin, office, marie
        self.templates, self.clients = templates, clients
        self.people = members()
        # {number of the member: [(first, last day)]}
        self.taken = defaultdict(list)
        self.demands = [Demand(row) for row in rows('demands')]

    def live(self, *others):
        "Live it with others, who do something each week, too"
        for week in range(-WEEKS, 1):
            date = min(
                monday() + dt.timedelta(weeks=week, days=1),
                dt.date.today())
            with clock.at(date):
                self.live_week(week, date)
                for other in others:
                    other.live_week(date)
                use(self.office)

    def live_week(self, week, date):
        "What the office is told in a week, and what it does"
        known = [d for d in self.demands if d.id and not d.over]
        self.close([d for d in known if d.quotation and d.end], date)
        self.hear([d for d in known if d.waiting])
        self.give_up([
                d for d in known if d.end and d.idle and not d.rounds])
        self.quote([
                d for d in known if d.accepted and not d.quotation
                and d.until != 'accepted'])
        new = [d for d in self.demands if d.week == week]
        self.receive(new, date)
        self.ask([d for d in known + new if d.rounds and d.idle])

    def receive(self, demands, date):
        Record = Model.get('coop.demand')
        records = [self.make(d.row, date) for d in demands]
        Record.save(records)
        for demand, record in zip(demands, records):
            demand.id = record.id
        Record.click([
                d.record for d in demands if d.until != 'draft'], 'qualify')
        Record.click([
                d.record for d in demands
                if d.until not in {'draft', 'qualified'}], 'match')

    def make(self, row, date):
        "Return the demand of a row, as the office enters it"
        record = Model.get('coop.demand')(title=row['title'])
        record.template = self.templates[row['kind']]
        record.client = self.clients[row['client']]
        if row['referrer']:
            record.referrer = self.people[row['referrer']]
        record.channel, record.date = row['channel'], date
        record.place = row['place'] or None
        days = int(row['days'])
        record.start_date = (date + relativedelta(weekday=MO(-1))
            + dt.timedelta(weeks=int(row['in_weeks'])))
        # Weeks of five days
        record.end_date = record.start_date + dt.timedelta(
            days=days - 1 + 2 * ((days - 1) // 5))
        record.expires_on = record.start_date
        if row['budget']:
            record.budget = Decimal(row['budget'])
        record.lines[0].quantity = Decimal(row['quantity'])
        for check in record.checks:
            check.done = row['until'] != 'draft'
        return record

    def ask(self, demands):
        "Propose it to those whom the rule puts next, or to who was chosen"
        answers = {d.id: d.rounds.pop(0) for d in demands}
        offers = self.chosen([d for d in demands if d.row['to']])
        for demand in demands:
            # The first round of what somebody was chosen for is theirs
            demand.row['to'] = ''
        offers += self.next_ones(
            [d for d in demands if d.id not in {o.demand.id for o in offers}],
            answers)
        by_id = {d.id: d for d in demands}
        for offer in offers:
            offer.price = Decimal(by_id[offer.demand.id].row['price'])
        Model.get('coop.mission.offer').click(offers, 'propose')
        for offer in offers:
            demand = by_id[offer.demand.id]
            demand.waiting[offer.id] = (
                offer.member.number, answers[demand.id].pop(0))

    def chosen(self, demands):
        Offer = Model.get('coop.mission.offer')
        offers = []
        for demand in demands:
            offer = Offer(
                demand=demand.record, member=self.people[demand.row['to']])
            offer.reply_by = offer.demand.date + dt.timedelta(days=7)
            offers.append(offer)
        return offers

    def next_ones(self, demands, answers):
        "Return the offers prepared to the next members of the rule"
        Record = Model.get('coop.demand')
        for rank in range(max((len(a) for a in answers.values()), default=0)):
            Record.click([
                    record for record in (
                        d.record for d in demands
                        if len(answers[d.id]) > rank)
                    if record.next_member], 'next')
        return Model.get('coop.mission.offer').find([
                ('state', '=', 'draft'),
                ('demand', 'in', [d.id for d in demands]),
                ], order=[('id', 'ASC')]) if demands else []

    def hear(self, demands):
        "Note what the members have answered; Marie does it herself"
        for user in [self.office, self.marie]:
            use(user)
            for demand in demands:
                for id_, (number, answer) in list(demand.waiting.items()):
                    if (number == MARIE) == (user == self.marie):
                        self.answer(demand, id_, number, answer)
        use(self.office)
        if any(d.waiting for d in demands):
            self.expire(demands)

    def answer(self, demand, id_, number, answer):
        answer, _, factor = answer.partition(':')
        if answer == 'silent':
            return
        offer = Model.get('coop.mission.offer')(id_)
        days = offer.start_date, offer.end_date
        if answer != 'refused' and self.busy(number, *days):
            # Somebody else is asked
            answer, offer.reason = 'refused', "Déjà pris ces jours-là"
            demand.rounds.append(['accepted'])
        elif answer != 'refused':
            self.taken[number].append(days)
        if answer == 'own':
            offer.own_price = (
                offer.price * Decimal(factor)).quantize(Decimal(1))
        offer.click('refuse' if answer == 'refused' else 'accept')
        demand.accepted |= answer != 'refused'
        del demand.waiting[id_]

    def busy(self, number, start, end):
        "Whether a member has accepted something for these days"
        return any(
            first <= end and last >= start
            for first, last in self.taken[number])

    def expire(self, demands):
        "What the server does every night"
        Cron = Model.get('ir.cron')
        use(self.admin)
        Cron.click(Cron.find([
                    ('method', '=', 'coop.mission.offer|expire_all')]),
            'run_once')
        use(self.office)
        for demand in demands:
            for id_ in list(demand.waiting):
                offer = Model.get('coop.mission.offer')(id_)
                if offer.state == 'expired':
                    del demand.waiting[id_]

    def quote(self, demands):
        Quotation = Model.get('coop.mission.quotation')
        quotations = [Quotation(demand=d.record) for d in demands]
        Quotation.save(quotations)
        Quotation.click(quotations, 'send')
        for demand, quotation in zip(demands, quotations):
            demand.quotation = quotation

    def close(self, demands, date):
        "The clients sign, or not"
        Quotation = Model.get('coop.mission.quotation')
        signed = [d.quotation for d in demands if d.end == 'won']
        for quotation in signed:
            quotation.accepts_members = True
            quotation.signed_on = date
            quotation.signed_file = SIGNED
            quotation.signed_file_name = 'bon-pour-accord.txt'
        Quotation.click(signed, 'sign')
        others = [d for d in demands if d.end != 'won']
        Quotation.click([d.quotation for d in others], 'refuse')
        self.give_up(others)
        for demand in demands:
            demand.over = True

    def give_up(self, demands):
        Record = Model.get('coop.demand')
        lost = []
        for demand in demands:
            demand.over = True
            if demand.end != 'expired':
                record = demand.record
                # Who was asked for what is not won refused all
                record.lost_reason = demand.reason or 'nobody'
                record.lost_note = demand.row['note'] or None
                lost.append(record)
        Record.click(lost, 'lose')
        Record.click([
                d.record for d in demands if d.end == 'expired'], 'expire')
