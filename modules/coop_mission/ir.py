# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access

# Whose rules ask what members see of their colleagues
COLLEAGUES = {
    'coop.mission', 'coop.mission.member', 'coop.mission.report'}


class Cron(metaclass=PoolMeta):
    __name__ = 'ir.cron'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.method.selection.extend([
                ('coop.demand|expire_all', "Expire Demands of Clients"),
                ('coop.mission.offer|expire_all', "Expire Offers"),
                ('coop.mission|accept_all',
                    "Accept Missions that no Client Contests"),
                ('coop.mission.recurrence|make_all',
                    "Make Recurring Missions"),
                ('coop.member.document|remind_papers',
                    "Remind of Papers for Missions"),
                ])


class Rule(metaclass=PoolMeta):
    __name__ = 'ir.rule'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls.domain.help += (
            '\n- "coop_see_mission" as list of ids of the companies whose '
            'members see the missions that they do together'
            '\n- "coop_see_all" as list of those whose members see all')

    @classmethod
    def _get_context(cls, model_name):
        context = super()._get_context(model_name)
        if model_name in COLLEAGUES:
            context.update(
                coop_see_mission=cls._companies_seeing('mission'),
                coop_see_all=cls._companies_seeing('all'))
        return context

    @classmethod
    def _companies_seeing(cls, what):
        pool = Pool()
        Company = pool.get('company.company')
        Configuration = pool.get('coop.configuration')
        configuration = Configuration(1)
        with without_check_access():
            return [
                company.id for company in Company.search([])
                if configuration.get_multivalue(
                    'colleagues_see', company=company.id) == what]
