# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.modules.coop_due.tests import EXTRAS as _EXTRAS

# None of its own: its database is made from coop_due's
EXTRAS = list(_EXTRAS)
