# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a stranger fills in to apply for membership, read and checked.

Nothing is written here. A value is kept as it was typed, to be shown again
beside its error.
"""
import datetime as dt
import os
import re
import unicodedata

from dateutil.relativedelta import relativedelta
from stdnum.fr import siren

from trytond.i18n import gettext

from .event import today
from .file import MEGA, max_size

# field: most characters
TEXTS = {
    'person': 10,
    'organisation': 120,
    'first_name': 60,
    'last_name': 60,
    'birth_date': 10,
    'email': 254,
    'phone': 30,
    'street': 200,
    'postal_code': 12,
    'city': 80,
    'professional_status': 20,
    'siren': 20,
    'category': 20,
    'wished_shares': 6,
    'referrer': 30,
    }
STATUSES = ['micro', 'sole_trader', 'company', 'employee', 'private']
# a field that people do not see and robots fill in
HONEYPOT = 'website'
EXTENSIONS = {'.pdf', '.png', '.jpg', '.jpeg'}
_PHONE = re.compile(r'\+?[0-9 ().-]{6,}')
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}")


class Form:
    """A form for a company: values, errors by field, consents and papers.

    :param fields: the texts sent, by name
    :param files: the files sent, by name
    :param categories: the categories open to applications
    :param documents: the documents to accept
    """

    def __init__(self, company, categories, documents, fields=(), files=()):
        self.company = company
        self.categories = categories
        self.documents = documents
        fields = fields or {}
        self.raw = {
            name: clean(fields.get(name, '')) for name in TEXTS}
        self.errors = {}
        self.robot = bool(fields.get(HONEYPOT))
        self.accepted = [
            d for d in documents if fields.get(f'document-{d.id}')]
        self.values = {name: None for name in TEXTS}
        self.papers = []
        self.files = files or {}

    @property
    def kinds(self):
        "The papers that categories ask for: [(kind, [categories])]"
        kinds = {}
        for category in self.categories:
            for kind in category.documents:
                kinds.setdefault(kind, []).append(category)
        return sorted(
            kinds.items(), key=lambda i: (i[0].sequence or 0, i[0].id))

    @property
    def legal(self):
        return self.raw['person'] == 'legal'

    def check(self):
        "Fill in values and errors; return whether it can be recorded"
        for name, value in self.raw.items():
            if len(value) > TEXTS[name]:
                self.error(name, 'too_long', limit=TEXTS[name])
        required = ['person', 'first_name', 'last_name', 'email', 'category']
        required.append('organisation' if self.legal else 'birth_date')
        for name in required:
            if not self.raw[name]:
                self.error(name, 'required')
        for name in TEXTS:
            if self.raw[name] and name not in self.errors:
                read = getattr(self, f'_read_{name}', lambda value: value)
                self.values[name] = read(self.raw[name])
        self._check_category()
        for document in self.documents:
            if document.required and document not in self.accepted:
                self.error(f'document-{document.id}', 'consent')
        self._read_papers()
        return not self.errors

    def error(self, name, message, **values):
        self.errors.setdefault(name, gettext(
                f'coop_member.msg_application_{message}', **values))

    def _read_person(self, value):
        if value not in {'natural', 'legal'}:
            self.error('person', 'choice')
        return value

    def _read_professional_status(self, value):
        if value not in STATUSES:
            self.error('professional_status', 'choice')
        return value

    def _read_category(self, value):
        for category in self.categories:
            if str(category.id) == value:
                return category
        self.error('category', 'choice')

    def _read_email(self, value):
        if not _EMAIL.fullmatch(value):
            self.error('email', 'email')
        return value

    def _read_phone(self, value):
        if not _PHONE.fullmatch(value):
            self.error('phone', 'phone')
        return value

    def _read_siren(self, value):
        if not siren.is_valid(value):
            self.error('siren', 'siren')
            return None
        return siren.compact(value)

    def _read_birth_date(self, value):
        for format_ in ['%Y-%m-%d', '%d/%m/%Y']:
            try:
                date = dt.datetime.strptime(value, format_).date()
            except ValueError:
                continue
            if dt.date(1900, 1, 1) <= date <= today(self.company.id):
                return date
        self.error('birth_date', 'date')

    def _read_wished_shares(self, value):
        try:
            shares = int(value)
        except ValueError:
            shares = 0
        if shares <= 0:
            self.error('wished_shares', 'number')
            return None
        return shares

    def _check_category(self):
        "Check what depends on the category chosen"
        category = self.values['category']
        if not category:
            return
        date = self.values['birth_date']
        if date and not self.legal:
            limit = today(self.company.id) - relativedelta(
                years=category.minimum_age)
            if date > limit:
                self.error('birth_date', 'age', age=category.minimum_age)
        shares = self.values['wished_shares']
        if shares and shares < category.minimum_shares:
            self.error(
                'wished_shares', 'minimum', minimum=category.minimum_shares)
        elif (shares and category.maximum_shares is not None
                and shares > category.maximum_shares):
            self.error(
                'wished_shares', 'maximum', maximum=category.maximum_shares)

    def _read_papers(self):
        for kind, _ in self.kinds:
            name = f'paper-{kind.id}'
            file = self.files.get(name)
            if not file or not file.filename:
                continue
            # from the start, as a lock restarts the transaction
            file.stream.seek(0)
            content = file.stream.read(max_size() + 1)
            base, extension = os.path.splitext(
                clean(os.path.basename(file.filename)))
            if len(content) > max_size():
                self.error(name, 'size', limit=round(max_size() / MEGA, 1))
            elif extension.lower() not in EXTENSIONS or not content:
                self.error(name, 'file', extensions=', '.join(
                        sorted(e[1:] for e in EXTENSIONS)))
            else:
                self.papers.append(
                    (kind, base[:100] + extension.lower(), content))


def clean(value):
    "Return a text on one line without control characters"
    value = ''.join(
        ' ' if unicodedata.category(c) in {'Cc', 'Zl', 'Zp'} else c
        for c in unicodedata.normalize('NFC', value)
        if unicodedata.category(c) not in {'Cf', 'Cs', 'Co'})
    return ' '.join(value.split())
