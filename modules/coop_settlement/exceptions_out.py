# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"Errors of what members are paid"
from trytond.exceptions import UserError
from trytond.model.exceptions import ValidationError


class MandateError(ValidationError):
    pass


class BillError(UserError):
    pass


class FundError(ValidationError):
    pass


class SeizureError(ValidationError):
    pass


class BlockError(ValidationError):
    pass


class PaymentRunError(UserError):
    pass


class YearEndError(UserError):
    pass


class StatementError(UserError):
    pass
