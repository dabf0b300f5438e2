# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What a member may do with what is about them"
from trytond.pool import Pool


def may_act(records, groups=('administration', 'accountant')):
    """Return {record id: whether the user may act for its member}.

    Whose member the user acts for; the office notes what it is told.

    :param records: with a ``member``
    :param groups: those of coop_member that note it
    """
    pool = Pool()
    ModelData = pool.get('ir.model.data')
    User = pool.get('res.user')
    office = not {
        ModelData.get_id('coop_member', f'group_{name}')
        for name in groups}.isdisjoint(User.get_groups())
    members, _ = User.get_coop_members()
    return {
        r.id: bool(office or (r.member and r.member.id in members))
        for r in records}
