# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError
from trytond.model.exceptions import ValidationError


class SettlementError(UserError):
    pass


class VatStatusError(ValidationError):
    pass


class ReferralError(UserError):
    pass


class ContributionError(ValidationError):
    pass


class BadDebtError(UserError):
    pass
