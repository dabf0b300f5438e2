# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who may act: the office, or who acts for a member"
from trytond.pool import Pool


def is_office():
    "Return whether the user is of the administration"
    pool = Pool()
    group = pool.get('ir.model.data').get_id(
        'coop_member', 'group_administration')
    return group in pool.get('res.user').get_groups()


def acts_for(member):
    "Return whether the user acts for a member"
    members, _ = Pool().get('res.user').get_coop_members()
    return member.id in members
