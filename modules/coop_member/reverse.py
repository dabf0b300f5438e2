# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The way out of a wrong row of a register: the row that takes it back"
from trytond.model import ModelView, fields
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.wizard import Button, StateTransition, StateView, Wizard

_button = {
    'invisible': (Eval('kind') == 'reversal') | Bool(Eval('reversed_by', [])),
    'icon': 'tryton-undo',
    'depends': ['kind', 'reversed_by'],
    }


class Movement(metaclass=PoolMeta):
    __name__ = 'coop.share.movement'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons['take_back'] = dict(_button)

    @classmethod
    @ModelView.button_action('coop_member.wizard_movement_reverse')
    def take_back(cls, movements):
        pass


class ReverseMovementStart(ModelView):
    __name__ = 'coop.share.movement.reverse.start'
    note = fields.Char("Reason", required=True)
    movements = fields.Many2Many(
        'coop.share.movement', None, None, "Movements", readonly=True,
        help="All that is taken back.")


class ReverseMovement(Wizard):
    __name__ = 'coop.share.movement.reverse'
    start = StateView(
        'coop.share.movement.reverse.start',
        'coop_member.movement_reverse_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Reverse", 'reverse', 'tryton-ok', default=True),
            ])
    reverse = StateTransition()

    def default_start(self, fields):
        Movement = Pool().get('coop.share.movement')
        movements = Movement.to_reverse(self.records)
        return {'movements': [m.id for m in movements]}

    def transition_reverse(self):
        Movement = Pool().get('coop.share.movement')
        Movement.reverse(self.records, self.start.note)
        return 'end'


class Event(metaclass=PoolMeta):
    __name__ = 'coop.member.event'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons['take_back'] = dict(_button)

    @classmethod
    @ModelView.button_action('coop_member.wizard_event_reverse')
    def take_back(cls, events):
        pass


class ReverseEventStart(ModelView):
    __name__ = 'coop.member.event.reverse.start'
    reason = fields.Text("Reason", required=True)


class ReverseEvent(Wizard):
    __name__ = 'coop.member.event.reverse'
    start = StateView(
        'coop.member.event.reverse.start',
        'coop_member.event_reverse_start_view_form', [
            Button("Cancel", 'end', 'tryton-cancel'),
            Button("Reverse", 'reverse', 'tryton-ok', default=True),
            ])
    reverse = StateTransition()

    def transition_reverse(self):
        Event = Pool().get('coop.member.event')
        for event in self.records:
            Event.reverse(event, self.start.reason)
        return 'end'
