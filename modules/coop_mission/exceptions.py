# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError
from trytond.model.exceptions import ValidationError


class DemandError(UserError):
    pass


class OfferError(UserError):
    pass


class QuotationError(UserError):
    pass


class MissionError(UserError):
    pass


class ReportError(UserError):
    pass


class HandoverError(UserError):
    pass


class RecurrenceError(UserError):
    pass


class ExpressError(UserError):
    pass


class EvaluationError(UserError):
    pass


class DisputeError(UserError):
    pass


class IndependenceError(UserError):
    pass


class FollowUpError(UserError):
    pass


class RuleError(UserError):
    pass


class PlannerError(UserError):
    pass


class MissionPaperError(UserError):
    pass


class RateError(ValidationError):
    pass
