# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What clients said of a member, on the member's row of the directory"
from collections import defaultdict

from trytond.i18n import gettext
from trytond.model import fields
from trytond.pool import Pool, PoolMeta
from trytond.transaction import without_check_access


class Evaluation(metaclass=PoolMeta):
    __name__ = 'coop.evaluation'

    @classmethod
    def shown(cls, member):
        """Return what the public is shown of a member, the latest first.

        What is published, and what was refused, for its reason.

        :param member: id
        """
        return cls.shown_of([member])[member]

    @classmethod
    def shown_of(cls, members):
        "Return {member id: [evaluations that are shown]}, the latest first"
        result = defaultdict(list)
        for evaluation in cls.search([
                    ('member', 'in', members),
                    ('author', '=', 'client'),
                    ('state', 'in', ['published', 'refused']),
                    ], order=[('given_on', 'DESC'), ('id', 'DESC')]):
            result[evaluation.member.id].append(evaluation)
        return result

    @property
    def told(self):
        "It in the words of the user's language"
        lang = Pool().get('ir.lang').get()
        values = {
            'given_on': lang.strftime(self.given_on),
            'experience_date': lang.strftime(self.experience_date),
            }
        if self.state == 'refused':
            return gettext('coop_mission.msg_evaluation_told_refused',
                reason=self.reason, **values)
        text = gettext('coop_mission.msg_evaluation_told',
            score=lang.format('%.2f', self.score), text=self.text or '',
            **values)
        if self.reply and self.replied_on:
            text += '\n' + gettext('coop_mission.msg_evaluation_told_reply',
                date=lang.strftime(self.replied_on), reply=self.reply)
        return text


class Directory(metaclass=PoolMeta):
    __name__ = 'coop.member.directory'
    evaluation_mean = fields.Function(
        fields.Numeric("Evaluations, Mean", digits=(16, 2),
            help="Of 5, drawn to the mean of all while they are few."),
        'get_evaluations')
    evaluation_count = fields.Function(
        fields.Integer("Evaluations"), 'get_evaluations')
    evaluations = fields.Function(
        fields.Text("What Clients Said",
            help="By date, the latest first. Each is of a mission that the "
            "client has accepted; nobody is paid for it."),
        'get_evaluations')

    @classmethod
    def get_evaluations(cls, rows, names):
        Evaluation = Pool().get('coop.evaluation')
        result = {name: {r.id: None for r in rows} for name in names}
        means = {}
        with without_check_access():
            for company in {r.company.id for r in rows}:
                means.update(Evaluation.means(company))
            shown = {}
            if 'evaluations' in names:
                shown = Evaluation.shown_of([r.id for r in rows])
            for row in rows:
                mean = means.get(row.id)
                values = {
                    'evaluation_mean': mean.shown if mean else None,
                    'evaluation_count': mean.count if mean else 0,
                    'evaluations': '\n\n'.join(
                        e.told for e in shown.get(row.id, [])) or None,
                    }
                for name in names:
                    result[name][row.id] = values[name]
        return result
