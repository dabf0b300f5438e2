# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.coop_skill.tests import EXTRAS as _EXTRAS

# None of its own: its database is made from coop_skill's
EXTRAS = list(_EXTRAS)
