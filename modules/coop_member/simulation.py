# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"What would be if a member left, or took more shares"
from decimal import Decimal

from trytond.i18n import gettext
from trytond.model import ModelView, fields
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import without_check_access
from trytond.wizard import Button, StateTransition, StateView, Wizard

from . import capital, leaving
from .event import today


def _amount(string, **kwargs):
    return Monetary(
        string, currency='currency', digits='currency', readonly=True,
        **kwargs)


class SimulationStart(ModelView):
    __name__ = 'coop.member.simulate.start'
    company = fields.Many2One('company.company', "Company")
    leaving_date = fields.Date("If I Leave on", required=True)
    share_class = fields.Many2One('coop.share.class', "Share Class",
        domain=[('company', '=', Eval('company', -1))])
    quantity = fields.Integer("If I Add Shares",
        domain=['OR', ('quantity', '=', None), ('quantity', '>', 0)])


class SimulationResult(ModelView):
    __name__ = 'coop.member.simulate.result'
    currency = fields.Many2One('currency.currency', "Currency")
    shares = fields.Integer("Shares", readonly=True)
    paid_up = _amount("Paid")
    value = _amount("Value when Leaving",
        help="What was paid, less the part of the losses of the last "
        "approved accounts.")
    cancelled_on = fields.Date("Cancelled on", readonly=True)
    payable_on = fields.Date("Payable from", readonly=True)
    interest = _amount("Interest until then",
        help="At the rates known today, before what is withheld.")
    waits_for = fields.Text("At the Floor", readonly=True,
        states={'invisible': ~Eval('waits_for')})
    computation = fields.Text("Computation", readonly=True)
    added = fields.Integer("Shares Added", readonly=True,
        states={'invisible': ~Eval('added')})
    price = _amount("To Pay in All", states={'invisible': ~Eval('added')})
    called = _amount("Of it at Once", states={'invisible': ~Eval('added')})
    after = fields.Integer("Shares after", readonly=True,
        states={'invisible': ~Eval('added')})


class Simulate(Wizard):
    __name__ = 'coop.member.simulate'
    start = StateView(
        'coop.member.simulate.start',
        'coop_member.simulate_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Simulate", 'simulate', 'tryton-ok', default=True),
            ])
    simulate = StateTransition()
    result = StateView(
        'coop.member.simulate.result',
        'coop_member.simulate_result_view_form', [
            Button("Again", 'start', 'tryton-back'),
            Button("Close", 'end', 'tryton-close', default=True),
            ])

    def default_start(self, fields):
        pool = Pool()
        ShareClass = pool.get('coop.share.class')
        company = self.record.company
        classes = ShareClass.search([('company', '=', company.id)], limit=1)
        day = today(company.id)
        return {
            'company': company.id,
            'leaving_date': day.replace(month=12, day=31),
            'share_class': classes[0].id if classes else None,
            }

    def transition_simulate(self):
        # Read with the rights of the user: a member asks for oneself only
        self.record.__class__.read([self.record.id], ['number'])
        return 'result'

    @without_check_access
    def default_result(self, fields):
        member = self.record
        result = {'currency': member.company.currency.id}
        result.update(self._leave(member))
        if self.start.quantity and self.start.share_class:
            result.update(self._add(member, result['shares']))
        return result

    def _leave(self, member):
        pool = Pool()
        Capital = pool.get('coop.share.capital')
        Movement = pool.get('coop.share.movement')
        Repayment = pool.get('coop.share.repayment')
        Withdrawal = pool.get('coop.share.withdrawal')
        lang = pool.get('ir.lang').get()
        company, date = member.company, self.start.leaving_date
        total, value, words = capital.NOTHING, Decimal(0), []
        for (_, share_class), position in sorted(
                Movement.positions(company, members=[member]).items()):
            if not position.quantity:
                continue
            withdrawal = Withdrawal(
                company=company, member=member, share_class=share_class,
                valuation=Withdrawal.default_valuation())
            _, worth = withdrawal.worth(position, position.quantity)
            total += position
            value += worth
            words.append(gettext('coop_member.msg_simulation_value',
                    share_class=withdrawal.share_class.rec_name,
                    quantity=position.quantity,
                    paid=lang.currency(position.paid_up, company.currency),
                    value=lang.currency(worth, company.currency)))
        payable = Withdrawal.due_date(date)
        interest = sum(p.amount for p in leaving.interest(
                value, date, payable, Repayment.rate_at))
        queue = Withdrawal.queue(company)
        before = sum(Withdrawal.capitals(queue).values())
        room = leaving.room(Capital.days(company), date) - before
        waits_for = None
        if room < total.subscribed:
            waits_for = gettext('coop_member.msg_withdrawal_waits_floor',
                needed=lang.currency(total.subscribed, company.currency),
                room=lang.currency(max(room, 0), company.currency),
                count=len(queue))
        return {
            'shares': total.quantity, 'paid_up': total.paid_up,
            'value': value, 'cancelled_on': date, 'payable_on': payable,
            'interest': company.currency.round(Decimal(interest)),
            'waits_for': waits_for, 'computation': '\n'.join(words),
            }

    def _add(self, member, shares):
        share_class, quantity = self.start.share_class, self.start.quantity
        price = quantity * share_class.get_nominal_at(
            today(member.company.id))
        return {
            'added': quantity, 'price': price,
            'called': member.company.currency.round(
                price * share_class.called_fraction),
            'after': shares + quantity,
            }
