# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"An evaluation from the request to what is shown of it"
import datetime as dt
import hashlib
import secrets

from trytond.model import ModelView, Workflow
from trytond.modules.coop_member.event import today
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction, without_check_access

from .evaluation import CRITERIA


class Mission(metaclass=PoolMeta):
    __name__ = 'coop.mission'

    @classmethod
    def accepted(cls, missions):
        super().accepted(missions)
        Pool().get('coop.evaluation').request(missions)

    @classmethod
    def was_taken_back(cls, missions):
        super().was_taken_back(missions)
        Evaluation = Pool().get('coop.evaluation')
        Evaluation.expire(Evaluation.search([
                    ('mission', 'in', [
                            m.id for m in missions if not m.accepted_on]),
                    ('state', '=', 'requested'),
                    ]))


class Evaluation(metaclass=PoolMeta):
    __name__ = 'coop.evaluation'

    @classmethod
    def request(cls, missions):
        """Ask both sides about missions that the client has just accepted.

        Each member is evaluated by the client and evaluates the client; the
        client is written a link for each member.
        """
        missions = [m for m in missions if m.kind == 'client' and m.client]
        # Of those whose acceptance was taken back in the meantime
        known = {
            (e.mission, e.member, e.author): e for e in cls.search(
                [('mission', 'in', [m.id for m in missions])])}
        records, again = [], []
        for mission in missions:
            domain = cls._domain_of(mission)
            for row in mission.members:
                if row.state not in {'confirmed', 'handed_over'}:
                    continue
                for author in ['client', 'member']:
                    before = known.get((mission, row.member, author))
                    if before:
                        again.append(before)
                        continue
                    records.append(cls(
                            company=mission.company, mission=mission,
                            author=author, member=row.member,
                            domain=domain, state='requested'))
        cls.save(records)
        again = [e for e in again if e.state == 'expired']
        cls.request_again(again)
        records += again
        cls.send_link([r for r in records if r.author == 'client'])
        return records

    @classmethod
    @Workflow.transition('requested')
    def request_again(cls, evaluations):
        "Ask for what nobody gave before the acceptance was taken back"
        cls._set_window(evaluations)

    @staticmethod
    def hash(token):
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def by_token(cls, token):
        "Return the evaluation of a link, or None"
        found = cls.search([('token_hash', '=', cls.hash(token))], limit=1)
        return found[0] if found else None

    def new_token(self):
        """Return the token of a new link; that of before works no more.

        Only its hash is kept: nobody who reads the record can use it.
        """
        token = secrets.token_urlsafe(24)
        self.token_hash = self.hash(token)
        return token

    @classmethod
    @ModelView.button
    def send_link(cls, evaluations):
        "Write to clients the links by which they evaluate, or reply"
        evaluations = cls.browse(evaluations)
        with without_check_access():
            for evaluation in evaluations:
                evaluation._mail_client(evaluation.new_token())
            cls.save(evaluations)

    @classmethod
    @ModelView.button
    def give(cls, evaluations):
        """Give it: it may not be changed any more.

        :raises EvaluationError: after the days, or without all the criteria
        """
        evaluations = cls.browse(evaluations)
        with without_check_access():
            for evaluation in evaluations:
                evaluation._check_give()
            cls._give(evaluations)

    def _check_give(self):
        if not self._may_give():
            self._raise('not_yours')
        if self.until < today(self.company.id):
            self._raise('late')
        for name in CRITERIA:
            if getattr(self, name) is None:
                self._raise('missing', **self.__names__(name))

    @classmethod
    @Workflow.transition('given')
    def _give(cls, evaluations):
        Configuration = Pool().get('coop.configuration')
        for evaluation in evaluations:
            date = today(evaluation.company.id)
            days = Configuration(1).get_multivalue(
                'reply_days', company=evaluation.company.id)
            evaluation.given_on = date
            evaluation.given_by = Transaction().user or None
            evaluation.reply_until = date + dt.timedelta(days)
            evaluation.state = 'given'
        cls.save(evaluations)
        for evaluation in evaluations:
            if evaluation.author == 'client':
                evaluation.token_hash = None
                evaluation._mail_member()
            else:
                evaluation._mail_client(evaluation.new_token())
        cls.save(evaluations)

    @classmethod
    @ModelView.button
    def answer(cls, evaluations):
        """Reply, once; what is published stays so, with the reply.

        :raises EvaluationError: for who is not evaluated, or without a text
        """
        evaluations = cls.browse(evaluations)
        with without_check_access():
            for evaluation in evaluations:
                if not evaluation._may_reply():
                    evaluation._raise('not_yours')
                if not evaluation.reply:
                    evaluation._raise(
                        'missing', **evaluation.__names__('reply'))
                evaluation.replied_on = today(evaluation.company.id)
            cls.save(evaluations)
            cls._answer([e for e in evaluations if e.state == 'given'])

    @classmethod
    @Workflow.transition('answered')
    def _answer(cls, evaluations):
        pass

    def _check_decide(self):
        if not self._may_decide():
            self._raise('master')

    @classmethod
    @ModelView.button
    def publish(cls, evaluations):
        """Show it, with the reply.

        :raises EvaluationError: for who is no master without a part in it,
            and before a reply could be given
        """
        evaluations = cls.browse(evaluations)
        with without_check_access():
            for evaluation in evaluations:
                evaluation._check_decide()
                if (evaluation.state == 'given'
                        and evaluation.reply_until
                        >= today(evaluation.company.id)):
                    evaluation._raise('reply')
            cls._decide(evaluations)
            cls._publish(evaluations)

    @classmethod
    @Workflow.transition('published')
    def _publish(cls, evaluations):
        # At once, as what is refused needs a reason
        cls.write(evaluations, {'reason': None, 'state': 'published'})

    @classmethod
    @ModelView.button
    def refuse(cls, evaluations):
        """Do not show it: the reason is shown instead.

        :raises EvaluationError: without a reason
        """
        evaluations = cls.browse(evaluations)
        with without_check_access():
            for evaluation in evaluations:
                evaluation._check_decide()
                if not evaluation.reason:
                    evaluation._raise(
                        'missing', **evaluation.__names__('reason'))
            cls._decide(evaluations)
            cls._refuse(evaluations)

    @classmethod
    @Workflow.transition('refused')
    def _refuse(cls, evaluations):
        pass

    @classmethod
    def _decide(cls, evaluations):
        for evaluation in evaluations:
            evaluation.decided_on = today(evaluation.company.id)
            evaluation.decided_by = Transaction().user or None
        cls.save(evaluations)

    @classmethod
    @Workflow.transition('expired')
    def expire(cls, evaluations):
        cls.write(evaluations, {'token_hash': None})

    @classmethod
    def expire_all(cls):
        "The cron's way: what nobody gave in time"
        Company = Pool().get('company.company')
        for company in Company.search([]):
            cls.expire(cls.search([
                        ('company', '=', company.id),
                        ('state', '=', 'requested'),
                        ('until', '<', today(company.id)),
                        ]))
