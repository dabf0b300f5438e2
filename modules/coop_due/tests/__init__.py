# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

# All that the module works with: one database serves the tests and scenarios
EXTRAS = [
    'account_dunning', 'account_payment', 'account_payment_clearing',
    'account_payment_sepa']
