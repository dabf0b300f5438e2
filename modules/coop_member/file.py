# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import re

from trytond import config
from trytond.i18n import gettext
from trytond.model.exceptions import AccessError

from .exceptions import FileSizeError

MEGA = 1024 * 1024
# That of a UUID, which nobody guesses
FILE_ID = re.compile('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def max_size():
    "Return the most bytes of a file: [coop] max_file_size, 10 MB by default"
    return config.getint('coop', 'max_file_size', default=10 * MEGA)


class FileMixin:
    """Refuse files that are too large or not the record's own.

    _file_fields maps a file to its name.
    """
    __slots__ = ()
    _file_fields = {'file': 'file_name'}

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        for name, file_name in cls._file_fields.items():
            cls._check_file_id(values.get(cls._fields[name].file_id))
            content = values.get(name)
            if content and len(content) > max_size():
                raise FileSizeError(gettext(
                        'coop_member.msg_file_size',
                        file=values.get(file_name) or '',
                        size=round(len(content) / MEGA, 1),
                        limit=round(max_size() / MEGA, 1),
                        **cls.__names__(name)))
        return values

    @classmethod
    def _check_file_id(cls, file_id):
        "It is a path: only what the file store gives may be written"
        if file_id and not FILE_ID.fullmatch(file_id):
            raise AccessError(gettext(
                    'coop_member.msg_file_id', file_id=file_id,
                    **cls.__names__()))
