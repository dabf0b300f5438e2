# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Who may subscribe what, checked at the acceptance, and what stays after it"
from collections import defaultdict

from trytond.i18n import gettext
from trytond.pool import Pool, PoolMeta

from .event import STATES as MEMBER_STATES
from .exceptions import SubscriptionError
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


class Subscription(metaclass=PoolMeta):
    __name__ = 'coop.share.subscription'

    @classmethod
    def check_acceptance(cls, subscriptions):
        """Check subscriptions of one company that are accepted together.

        Limits are looked at once all of them are counted, so that founders
        are accepted together: alone, the first would hold all the capital.

        :raises SubscriptionError: naming the subscription and the remedy
        """
        for subscription in subscriptions:
            subscription._check_holder()
            subscription._check_nature()
        cls._check_limits(subscriptions)

    def _raise(self, message, **values):
        raise SubscriptionError(gettext(
                f'coop_member.msg_subscription_{message}',
                subscription=self.rec_name, member=self.member.rec_name,
                share_class=self.share_class.rec_name, **values))

    def _check_holder(self):
        member, share_class = self.member, self.share_class
        share_class.get_nominal_at(self.date)
        if member.state not in STATES:
            self._raise(
                'member_state', state=dict(MEMBER_STATES)[member.state])
        if share_class.holder == 'natural' and member.legal_person:
            self._raise('holder_natural')
        if share_class.holder == 'legal' and not member.legal_person:
            self._raise('holder_legal')
        categories = share_class.categories
        if categories and member.category not in categories:
            self._raise('category', category=member.category.rec_name)
        if self.called_fraction < share_class.called_fraction:
            self._raise('called_fraction',
                fraction=percent(share_class.called_fraction))

    def _check_nature(self):
        if self.nature != 'in_kind':
            return
        for name in ['appraisal', 'appraisal_value', 'contribution_account']:
            if not getattr(self, name):
                self._raise('in_kind_missing',
                    field=self.__names__(name)['field'])
        if self.appraisal_value < self.amount:
            self._raise('appraisal_value', value=self.appraisal_value,
                amount=self.amount)

    @classmethod
    def _check_limits(cls, subscriptions):
        "Check the limits of the classes and of the members' categories"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Capital = pool.get('coop.share.capital')
        company = subscriptions[0].company
        members = list({s.member for s in subscriptions})
        held, amounts = defaultdict(int), defaultdict(int)
        total = defaultdict(int)
        for (member, share_class), position in Movement.positions(
                company, members=members).items():
            held[member, share_class] += position.quantity
            amounts[member, share_class] += position.subscribed
            total[member] += position.quantity
        capital = Capital.subscribed_at(company)
        for subscription in subscriptions:
            holder = (subscription.member.id, subscription.share_class.id)
            held[holder] += subscription.quantity
            amounts[holder] += subscription.amount
            total[subscription.member.id] += subscription.quantity
            capital += subscription.amount
        for subscription in subscriptions:
            holder = (subscription.member.id, subscription.share_class.id)
            subscription._check_limit(
                subscription.share_class.rec_name, held[holder],
                subscription.share_class.minimum,
                subscription.share_class.maximum)
            category = subscription.member.category
            subscription._check_limit(
                category.rec_name, total[subscription.member.id],
                category.minimum_shares, category.maximum_shares)
            fraction = subscription.share_class.maximum_capital
            if fraction and amounts[holder] > fraction * capital:
                lang = Pool().get('ir.lang').get()
                currency = subscription.currency
                subscription._raise('maximum_capital',
                    fraction=percent(fraction),
                    amount=lang.currency(amounts[holder], currency),
                    capital=lang.currency(capital, currency))

    def _check_limit(self, name, quantity, minimum, maximum):
        if quantity < minimum:
            self._raise('minimum',
                name=name, minimum=minimum, quantity=quantity)
        if maximum is not None and quantity > maximum:
            self._raise('maximum',
                name=name, maximum=maximum, quantity=quantity)

    @classmethod
    def check_modification(
            cls, mode, subscriptions, values=None, external=False):
        super().check_modification(
            mode, subscriptions, values=values, external=external)
        if mode == 'create' and external:
            for subscription in subscriptions:
                if subscription.state != 'draft':
                    subscription._raise('state')
        elif mode == 'write' and external:
            for subscription in subscriptions:
                subscription._check_write(values)

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
