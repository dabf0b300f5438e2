# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.cache import Cache
from trytond.pool import Pool, PoolMeta
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, without_check_access

from .tools import SLICE, context_date


class User(metaclass=PoolMeta):
    __name__ = 'res.user'
    _coop_mastered_cache = Cache('res_user.get_coop_mastered', context=False)

    @classmethod
    def _get_preferences(cls, user, context_only=False):
        result = super()._get_preferences(user, context_only=context_only)
        # How clients show the hours of a month: 70:00, and not days of 24
        result['coop_hours'] = {'s': 1, 'm': 60, 'h': 60 * 60}
        return result

    @classmethod
    def coop_masteries(cls):
        """Return {domain id: ids of the members who master it today}.

        Those for whom the current user acts.
        """
        pool = Pool()
        Master = pool.get('coop.skill.master')
        members, _ = cls.get_coop_members()
        result = {}
        if not members:
            return result
        with Transaction().set_context(date=None, known_at=None), \
                without_check_access():
            date = context_date()
            for sub in grouped_slice(members, SLICE):
                for master in Master.search([
                            ('member', 'in', list(sub)),
                            ('start_date', '<=', date),
                            ['OR',
                                ('end_date', '=', None),
                                ('end_date', '>=', date),
                                ],
                            ]):
                    result.setdefault(master.domain.id, set()).add(
                        master.member.id)
        return result

    @classmethod
    def get_coop_mastered(cls):
        "Return the ids of the skills that the user's members sign today"
        pool = Pool()
        user = Transaction().user
        group = pool.get('ir.model.data').get_id('coop_skill', 'group_master')
        if not user or group not in cls.get_groups():
            return ()
        members, _ = cls.get_coop_members()
        key = user, members, _today()
        result = cls._coop_mastered_cache.get(key)
        if result is None:
            with without_check_access():
                result = tuple(sorted(pool.get('coop.skill').within(
                            cls.coop_masteries())))
            cls._coop_mastered_cache.set(key, result)
        return result


def _today():
    with Transaction().set_context(date=None, known_at=None):
        return context_date()
