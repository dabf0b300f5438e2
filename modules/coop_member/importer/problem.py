# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What is known of the database, and what is wrong with a file."""
import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """One thing wrong: where, and the key of the message with its arguments.

    ``line`` is None for what concerns the whole file. A warning hinders
    nothing.
    """
    key: str
    table: str = ''
    line: int = None
    column: str = None
    args: dict = field(default_factory=dict)
    warning: bool = False


@dataclass(frozen=True)
class ShareClass:
    "A class of shares: ``nominals`` are (date from, value)"
    code: str
    nominals: tuple
    called_fraction: object = 1
    holder: str = 'any'

    def nominal_at(self, date):
        "Return the nominal value in force at the date, None before any"
        past = [n for n in self.nominals if n[0] <= date]
        return max(past)[1] if past else None


@dataclass(frozen=True)
class Category:
    code: str
    minimum_age: int = 18
    activation: str = 'payment'


@dataclass(frozen=True)
class Holder:
    "A member of the database"
    number: str
    name: str
    legal_person: bool = False
    memberships: tuple = ()  # (admission, departure), in order


@dataclass
class Known:
    """What the database holds that a file may name or clash with.

    ``references`` maps a reference to the values of its movement,
    ``histories`` a (member number, class code) to its [(date, Deltas)],
    ``owners`` an (identifier type, code) to the (code, name) of the party
    that has it, ``ibans`` an IBAN to its owners' names, ``people`` a
    (normalized name, birth date) to the name of the member, ``numbers`` are
    those of members whose payment reference one of the file would have,
    ``opening_before`` is the accounting start when openings may be recorded.
    """
    today: dt.date
    classes: dict = field(default_factory=dict)
    categories: dict = field(default_factory=dict)
    members: dict = field(default_factory=dict)
    parties: set = field(default_factory=set)
    owners: dict = field(default_factory=dict)
    ibans: dict = field(default_factory=dict)
    mandates: set = field(default_factory=set)
    emails: dict = field(default_factory=dict)
    people: dict = field(default_factory=dict)
    numbers: set = field(default_factory=set)
    countries: set = field(default_factory=set)
    languages: set = field(default_factory=set)
    references: dict = field(default_factory=dict)
    histories: dict = field(default_factory=dict)
    opening_before: dt.date = None
    sepa: bool = False
    digits: int = 2
    valid_email: object = lambda email: True
    valid_phone: object = lambda phone, country: True
