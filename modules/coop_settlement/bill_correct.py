# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The wizard by which the office corrects an accepted bill"
from decimal import Decimal

from trytond.model import ModelView, fields
from trytond.modules.coop_member.event import today
from trytond.modules.currency.fields import Monetary
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.wizard import Button, StateAction, StateView, Wizard

_own = {
    'invisible': Eval('kind') != 'own',
    'required': Eval('kind') == 'own',
    }


class BillCorrectStart(ModelView):
    __name__ = 'coop.bill.correct.start'
    bill = fields.Many2One('coop.bill', "Bill", readonly=True)
    kind = fields.Selection([
            ('self', "The Cooperative"),
            ('own', "The Member"),
            ], "Issued by", readonly=True, sort=False,
        help="As the billing mandate says who issues corrections.")
    date = fields.Date("Date", required=True,
        help="Of the credit note.")
    reason = fields.Char("Why Corrected", required=True,
        help="The credit note tells it.")
    number = fields.Char("Number", states=_own,
        help="Of the member's own credit note.")
    file = fields.Binary("File", filename='file_name', states=_own)
    file_name = fields.Char("File Name")
    lines = fields.One2Many(
        'coop.bill.correct.line', None, "Work",
        help="All that is chosen is taken back; what is rightly owed of it "
        "is billed again.")

    @fields.depends('bill', 'date')
    def on_change_with_kind(self):
        if self.bill and self.date:
            return self.bill.correcting(self.date)[0]


class BillCorrectLine(ModelView):
    __name__ = 'coop.bill.correct.line'
    chosen = fields.Boolean("Correct")
    line = fields.Many2One(
        'coop.settlement.line', "Work", required=True, readonly=True)
    date = fields.Date("Date of Service", readonly=True)
    description = fields.Char("Description", readonly=True)
    currency = fields.Many2One('currency.currency', "Currency", readonly=True)
    amount = Monetary(
        "Billed", currency='currency', digits='currency', readonly=True,
        help="Without tax.")
    lessened = Monetary(
        "Given Back", currency='currency', digits='currency', readonly=True,
        help="What was given back of it already, as after a dispute.")
    owed = Monetary(
        "Rightly Owed", currency='currency', digits='currency',
        states={
            'readonly': ~Eval('chosen', False),
            'required': Eval('chosen', False),
            },
        help="Without tax, less what was given back: 0 when nothing is owed; "
        "as it is when only the tax or the date of the bill is wrong.")


class BillCorrect(Wizard):
    __name__ = 'coop.bill.correct'
    start = StateView(
        'coop.bill.correct.start',
        'coop_settlement.bill_correct_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Issue the Credit Note", 'correct', 'tryton-ok',
                default=True),
            ])
    correct = StateAction('coop_settlement.act_bill_form')

    def default_start(self, fields):
        bill = self.record
        date = today(bill.company.id)
        return {
            'bill': bill.id,
            'date': date,
            'kind': bill.correcting(date)[0],
            'lines': [{
                    'chosen': True, 'line': l.id, 'date': l.date,
                    'description': l.description or l.kind_string,
                    'currency': bill.currency.id,
                    'amount': l.amount, 'lessened': lessened,
                    'owed': l.amount + lessened}
                for l in bill.lines if not l.credited_by
                for lessened in [l.lessened]],
            }

    def do_correct(self, action):
        """Issue the credit note, and bill anew what is rightly owed.

        :raises BillError: when the bill can not be corrected so
        """
        pool = Pool()
        Bill = pool.get('coop.bill')
        Line = pool.get('coop.settlement.line')
        Bill.lock()
        bill = Bill(self.record.id)
        pool.get('res.user').check_company(bill.company)
        start = self.start
        credit = Bill.take_back(
            bill, {
                l.line: l.owed or Decimal(0)
                for l in start.lines if l.chosen},
            start.date, start.reason, number=start.number, file=start.file,
            file_name=start.file_name)
        # Those who are billed once a month, or bill themselves, come later
        again = Bill.make(
            bill.company,
            Line.to_bill(bill.company, start.date, [bill.member]),
            start.date)
        return action, {'res_id': [credit.id] + [b.id for b in again]}


del _own
