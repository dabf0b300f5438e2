# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Letters and certificates: each to a member, in the member's language.

A letter is a report that says what its template is told, and of whom a record
is about when it is not about the member himself. The template starts with
``${frame}``: the letterhead, the address for a window envelope, the footer.
"""
import base64
from collections import defaultdict
from contextlib import contextmanager

from genshi.template import MarkupTemplate

from trytond.pool import Pool
from trytond.report import Report
from trytond.tools import file_open
from trytond.transaction import Transaction

from . import mail, pdf
from .event import as_of_context, today

_frames = {}


class LetterReport(Report):
    "One PDF file of letters, of which each has its own pages"

    @classmethod
    def letter_member(cls, record):
        "Return the member to whom the letter about a record goes"
        return record

    @classmethod
    def letters(cls, company, records, data):
        """Return {record id: what the template is told of it}.

        It is called once for all the records of a company and a language,
        which is that of the context, as the date and the time are.

        :param data: has the ``date``, and may have a ``start_date`` and the
            time or row number ``known_at``
        """
        return {record.id: {} for record in records}

    @classmethod
    def _execute(cls, records, header, data, action):
        Model = Pool().get(action.model or data['model'])
        return 'pdf', cls.make(
            Model.browse([r.id for r in records]), data, action)

    @classmethod
    def make(cls, records, data, action):
        """Return the bytes of the letters about records, in their order.

        The caller checked that the user may read them.
        """
        date, known_at = as_of_context()
        data = {
            **data,
            'date': data.get('date') or date,
            'known_at': data.get('known_at') or known_at,
            }
        # What a letter tells of the cooperative a member may not read
        with Transaction().set_user(0):
            return pdf.letters(cls.pages(records, data, action))

    @classmethod
    def pages(cls, records, data, action):
        "Yield the HTML of the letters"
        records = records[0].__class__.browse(records) if records else []
        groups = defaultdict(list)
        keys = {}
        for record in records:
            member = cls.letter_member(record)
            lang = data.get('language') or mail.language(
                member.party, member.company).code
            keys[record.id] = key = member.company, lang
            groups[key].append(record.id)
        told = {}
        for (company, lang), ids in groups.items():
            with _telling(company, lang, data) as data_:
                told.update(cls.letters(
                        company, records[0].__class__.browse(ids), data_))
        for record in records:
            company, lang = keys[record.id]
            with _telling(company, lang, data) as data_:
                yield cls._page(
                    record.__class__(record.id), told[record.id], data_,
                    action)

    @classmethod
    def _page(cls, record, values, data, action):
        lang = Pool().get('ir.lang').get()
        member = cls.letter_member(record)
        company = member.company
        context = cls.get_context([record], {}, data)
        context.update(
            record=record, member=member, company=company,
            party=member.party, language=lang.code, data=data,
            today=lang.strftime(today(company.id)),
            place=_city(company.party),
            date=lambda value: lang.strftime(value) if value else '',
            money=lambda value: lang.currency(
                value or 0, company.currency, grouping=True),
            number=lambda value: lang.format('%d', value, grouping=True),
            frame=frame(company, member.party))
        context.update(values)
        return cls.render(action, context)


@contextmanager
def _telling(company, lang, data):
    "The context of the letters of a company in a language; yield their data"
    data = {**data, 'date': data.get('date') or today(company.id)}
    with Transaction().set_context(
            company=company.id, language=lang, date=data['date'],
            known_at=data['known_at']):
        yield data


def _city(party):
    return next((a.city for a in party.addresses if a.city), '')


def frame(company, party):
    """Return the letterhead, to a party, as a stream of markup.

    Not as its text, which the translator of templates would escape.
    """
    if 'letter' not in _frames:
        with file_open('coop_member/letter_frame.html', mode='rb') as file:
            _frames['letter'] = MarkupTemplate(file.read().decode('utf-8'))
    sender = company.header_used or '\n'.join(filter(None, [
                _address(company.party), company.party.phone,
                company.party.email]))
    return _frames['letter'].generate(
        company=company, sender=sender.strip(),
        recipient=f"{party.full_name}\n{_address(party)}",
        footer=company.footer_used or company.party.name,
        logo=_logo(company))


def _address(party):
    "Return the first address that has something, without the name"
    with Transaction().set_context(address_with_party=False):
        addresses = party.__class__(party.id).addresses
        return next(
            (a.full_address for a in addresses if a.full_address), '')


def _logo(company):
    if not company.logo:
        return None
    image, mimetype, _, _ = company.get_logo(800, 300)
    return f'data:{mimetype};base64,{base64.b64encode(image).decode()}'
