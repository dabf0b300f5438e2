# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who may subscribe what, checked at the acceptance, and what stays after it"
from trytond.pool import Pool, PoolMeta

from .event import STATES as MEMBER_STATES
from .holder import HolderMixin
from .parameter import percent

STATES = {'admitted', 'active'}
# What is no longer changed once it was decided on
ACCEPTED = {
    'company', 'member', 'share_class', 'date', 'quantity', 'nature',
    'called_fraction', 'decision', 'appraisal_value', 'contribution_account'}
# file or its name: what says whether it is there
PROOFS = {
    'form': 'form_id', 'form_id': 'form_id', 'form_name': 'form_id',
    'appraisal': 'appraisal_id', 'appraisal_id': 'appraisal_id',
    'appraisal_name': 'appraisal_id'}


class Subscription(HolderMixin, metaclass=PoolMeta):
    __name__ = 'coop.share.subscription'

    @classmethod
    def check_acceptance(cls, subscriptions):
        """Check subscriptions of one company that are accepted together.

        Limits are looked at once all of them are counted, so that founders
        are accepted together: alone, the first would hold all the capital.

        :raises SubscriptionError: naming the subscription and the remedy
        """
        for subscription in subscriptions:
            subscription._check_member()
            subscription._check_nature()
        cls.check_limits(subscriptions)

    def _raise(self, message, **values):
        super()._raise(
            message, member=self.member.rec_name,
            share_class=self.share_class.rec_name, **values)

    def _check_member(self):
        member, share_class = self.member, self.share_class
        if member.state not in STATES:
            self._raise(
                'member_state', state=dict(MEMBER_STATES)[member.state])
        self._check_nominal()
        self.check_holder()
        if self.called_fraction < share_class.called_fraction:
            self._raise('called_fraction',
                fraction=percent(share_class.called_fraction))

    def _check_nominal(self):
        "What is recorded is what was signed, though it counts later"
        lang = Pool().get('ir.lang').get()
        date = max(self.date, self.member.admission_date)
        signed, nominal = [
            self.share_class.get_nominal_at(d) for d in [self.date, date]]
        if nominal != signed:
            self._raise('nominal', date=lang.strftime(date),
                signed=lang.currency(signed, self.currency),
                nominal=lang.currency(nominal, self.currency))

    def _check_nature(self):
        if self.nature != 'in_kind':
            return
        for name in ['appraisal', 'appraisal_value', 'contribution_account']:
            if not getattr(self, name):
                self._raise('in_kind_missing',
                    field=self.__names__(name)['field'])
        if self.appraisal_value < self.amount:
            lang = Pool().get('ir.lang').get()
            self._raise('appraisal_value',
                value=lang.currency(self.appraisal_value, self.currency),
                amount=lang.currency(self.amount, self.currency))

    def _check_write(self, values):
        "What was accepted, and its proof, stay as they are"
        if self.state in {'draft', 'submitted'}:
            return
        for name in sorted(values):
            if name in PROOFS and getattr(self, PROOFS[name]):
                message = 'proof'
            elif name in ACCEPTED:
                message = 'fixed'
            else:
                continue
            self._raise(message, **self.__names__(name))
