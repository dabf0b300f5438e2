"""The days that are gone, on which the demonstration did something.

What the buttons note is the day on which they are pressed: a year of work
is loaded as it was lived, day after day.
"""
import datetime as dt
from contextlib import ExitStack, contextmanager
from unittest.mock import MagicMock, patch

from proteus import config as proteus_config

MODULES = 'trytond.modules.'
# The files that note at what time something was done
NOTING = [
    'coop_mission.handover', 'coop_mission.mission_member',
    'coop_mission.offer', 'coop_mission.report', 'coop_settlement.bill',
    'coop_settlement.payment_run_pay']


@contextmanager
def at(date):
    "Do what follows as if it were a day, at ten o'clock"
    Date = proteus_config.get_config().pool.get('ir.date')
    then = MagicMock(wraps=dt)
    then.datetime.now.return_value = dt.datetime.combine(date, dt.time(10))
    with ExitStack() as stack:
        stack.enter_context(
            patch.object(Date, 'today', return_value=date))
        for name in NOTING:
            stack.enter_context(patch(f'{MODULES}{name}.dt', then))
        yield


@contextmanager
def silence():
    "Write to nobody: what is loaded is not news"
    with patch(f'{MODULES}coop_member.mail.send_message_transactional'):
        yield
