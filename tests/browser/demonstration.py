"The demonstration cooperative, behind a server of its own"
import sys

from proteus import config
from trytond.tests.test_tryton import DB_NAME, activate_module

from tests.support import ROOT, Server

sys.path.append(str(ROOT / 'demo'))

import load  # noqa: E402

PASSWORD = load.PASSWORD


def modules():
    "What make run activates"
    text = (ROOT / 'config' / 'demo-modules.txt').read_text()
    lines = (line.partition('#')[0].strip() for line in text.splitlines())
    ours = [p.parent.name for p in ROOT.glob('modules/*/tryton.cfg')]
    return sorted([*ours, *filter(None, lines)])


class Demonstration(Server):

    def __init__(self):
        activate_module(modules(), lang='fr')
        config.set_trytond()
        load.load()
        super().__init__(DB_NAME)
