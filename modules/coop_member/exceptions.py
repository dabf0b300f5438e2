# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError, UserWarning
from trytond.model.exceptions import AccessError, ValidationError


class LedgerAccessError(AccessError):
    pass


class MovementError(ValidationError):
    pass


class EventError(ValidationError):
    pass


class MemberValidationError(ValidationError):
    pass


class DuplicateMemberWarning(UserWarning):
    pass


class BirthDateWarning(UserWarning):
    pass


class PostingError(UserError):
    pass


class ParameterError(UserError):
    pass


class FileSizeError(UserError):
    pass


class MailError(UserError):
    pass


class IBANChangeError(ValidationError):
    pass


class SharedIBANWarning(UserWarning):
    pass


class NewIBANWarning(UserWarning):
    pass


class NoticeWarning(UserWarning):
    pass


class ImportFileError(UserError):
    pass


class OpeningError(UserError):
    pass


class SubscriptionError(ValidationError):
    pass


class CallError(ValidationError):
    pass


class CallWarning(UserWarning):
    pass


class RetentionError(ValidationError):
    pass


class TransferError(ValidationError):
    pass


class ConversionError(ValidationError):
    pass


class ReductionError(ValidationError):
    pass


class ValuationError(ValidationError):
    pass


class WithdrawalError(ValidationError):
    pass


class RepaymentError(ValidationError):
    pass


class ExclusionError(ValidationError):
    pass


class MandateError(UserError):
    pass


class PresentAgainError(UserError):
    pass


class MailingError(ValidationError):
    pass
