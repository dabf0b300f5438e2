"""The stories of the year: what goes wrong, and what no demand brings.

Each is a generator, which does what is done in a week as the persons who do
it, and yields until the next one.
"""
import money
import trust
import visits
from common import create_user, members, use
from proteus import Model
from year import monday

TOLD = object()


class Stories:
    def __init__(self, teller):
        self.teller = teller
        self.going_on = [
            story for part in [visits, trust, money]
            for story in part.stories(teller)]

    def live_week(self, date):
        self.teller.date = date
        self.going_on = [
            s for s in self.going_on if next(s, TOLD) is not TOLD]


class Teller:
    """What the stories know of the others, and of the day.

    :param users: {login: user}
    :param demands: the demands of the year, as in year.py
    """
    date = None

    def __init__(self, admin, users, demands):
        self.admin = admin
        self.office, self.board = users['agnes'], users['bruno']
        self.accountant = users['karim']
        self.people = members()
        self.demands = {d.row['number']: d for d in demands}
        self.company, = Model.get('company.company').find([])

    @property
    def week(self):
        "How many weeks from this one, as in demands.csv"
        return (self.date - monday()).days // 7

    def until(self, week):
        while self.week < week:
            yield

    def mission(self, number, *states):
        """Wait for a mission; return it as the office sees it.

        :param number: of its demand
        :param states: one of which it has to be in
        """
        Mission = Model.get('coop.mission')
        while True:
            use(self.office)
            found = self.demands[number].id and Mission.find([
                    ('demand', '=', self.demands[number].id),
                    ('state', 'in', states),
                    ])
            if found:
                return found[0]
            yield

    def act_for(self, member):
        """Do what follows as a member.

        Who has no login yet is given one without a password: nobody can log
        in by it.
        """
        use(self.admin)
        member = Model.get('coop.member')(member.id)
        if not member.users:
            user = create_user(
                self.company, f'societaire{member.number}',
                member.party.name)
            member.users.append(user.__class__(user.id))
            member.save()
        use(member.users[0])

    def night(self, method):
        "What the server does at night, run at once"
        Cron = Model.get('ir.cron')
        use(self.admin)
        Cron.click(Cron.find([('method', '=', method)]), 'run_once')
        use(self.office)
