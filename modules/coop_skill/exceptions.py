# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond.exceptions import UserError, UserWarning
from trytond.model.exceptions import AccessError, ValidationError


class ProofError(AccessError):
    pass


class PublicationError(AccessError):
    pass


class ZoneError(ValidationError):
    pass


class PlaceError(UserError):
    pass


class DirectoryError(UserError):
    pass


class ProfileWarning(UserWarning):
    pass
