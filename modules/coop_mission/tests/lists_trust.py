# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Rows of the lists of trust, for the count of their queries"
import datetime as dt
from decimal import Decimal

from trytond.modules.coop_member.event import today
from trytond.modules.coop_member.tests import lists as coop
from trytond.pool import Pool

from . import lists, trust


@coop.shared
def trusted(count):
    """Missions that were accepted, each in a month of its own.

    Each was evaluated by both sides and is disputed before a peer; its client
    said something and was spoken to, and its member has a file.
    """
    pool = Pool()
    Mission = pool.get('coop.mission')
    lists.everything(count)
    company = coop.company()
    date = today(company.id)
    members = coop.members(count)
    missions = Mission.search([
            ('quotation', '!=', None)], order=[('id', 'ASC')])
    for i, (member, mission) in enumerate(zip(members, missions)):
        trust.done(mission)
        mission = Mission(mission.id)
        trust.evaluation(mission, state='published')
        trust.evaluation(mission, 'member', 'given')
        month = date.replace(day=1) - dt.timedelta(days=31 * i)
        _panel(trust.dispute(mission), members[i - 1])
        _client(company, mission, month)
        pool.get('coop.independence').create([{
                    'company': company.id, 'member': member.id,
                    'year': date.year, 'turnover': Decimal(9000)}])
        pool.get('coop.demand').write([mission.demand], {'date': month})
        Mission.write([Mission(mission.id)], {'start_date': month})
    Offer = pool.get('coop.mission.offer')
    Offer.write(
        Offer.search([]), {'proposed_on': date - dt.timedelta(days=200)})


def _panel(dispute, member):
    pool = Pool()
    pool.get('coop.dispute.panelist').create([{
                'dispute': dispute.id, 'member': member.id}])


def _client(company, mission, month):
    pool = Pool()
    Contact = pool.get('coop.client.contact')
    pool.get('coop.client.consent').create([{
                'company': company.id, 'client': mission.client.id,
                'date': month, 'agrees': 'yes', 'source': "On the phone"}])
    contact, = Contact.create([{
                'company': company.id, 'client': mission.client.id,
                'referrer': mission.referrer.id,
                'date': month, 'done_on': month}])
    Contact.do([contact])


LISTS = dict.fromkeys([
        'coop.client.activity', 'coop.client.consent', 'coop.client.contact',
        'coop.client.reactivation', 'coop.dispute', 'coop.dispute.panelist',
        'coop.evaluation', 'coop.independence', 'coop.member.directory',
        'coop.member.unproposed', 'coop.mission.delay',
        'coop.mission.month'], trusted)
