# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from trytond import config
from trytond.i18n import gettext

from .exceptions import FileSizeError

MEGA = 1024 * 1024


def max_size():
    "Return the most bytes of a file: [coop] max_file_size, 10 MB by default"
    return config.getint('coop', 'max_file_size', default=10 * MEGA)


class FileMixin:
    "Refuse a file that is too large; _file_fields maps a file to its name"
    __slots__ = ()
    _file_fields = {'file': 'file_name'}

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        for name, file_name in cls._file_fields.items():
            content = values.get(name)
            if content and len(content) > max_size():
                raise FileSizeError(gettext(
                        'coop_member.msg_file_size',
                        file=values.get(file_name) or '',
                        size=round(len(content) / MEGA, 1),
                        limit=round(max_size() / MEGA, 1),
                        **cls.__names__(name)))
        return values
