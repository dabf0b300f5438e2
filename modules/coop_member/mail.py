# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""E-mails to members, in the party's language, sent when the work is saved."""
import logging
import mimetypes
from email.message import EmailMessage

from trytond import config
from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.sendmail import send_message_transactional
from trytond.tools.email_ import format_address, set_from_header
from trytond.transaction import Transaction

logger = logging.getLogger(__name__)


def language(party, company):
    "Return the ir.lang in which a party is written to"
    pool = Pool()
    Configuration = pool.get('ir.configuration')
    Lang = pool.get('ir.lang')
    return (party.lang or company.party.lang
        or Lang.get(Configuration(1).get_language()))


def send(
        company, party, message, emails=None, attachments=(),
        module='coop_member', **values):
    """Queue the e-mail of a message; return the addresses it goes to.

    An address that can not be written to is logged and blocks no other.

    :param message: name of the message: its subject and its body are
        msg_<message>_subject and msg_<message>_body
    :param emails: addresses, the first one of the party by default
    :param attachments: (file name, bytes)
    :param module: that of the messages
    :param values: what the texts name; a callable is called in the language
    """
    if emails is None:
        emails = [party.email] if party.email else []
    lang = language(party, company)
    with Transaction().set_context(language=lang.code, company=company.id):
        values = {
            k: v() if callable(v) else v for k, v in values.items()}
        values.setdefault('party', party.name or party.rec_name)
        values.setdefault('company', company.party.name)
        subject = gettext(f'{module}.msg_{message}_subject', **values)
        body = gettext(f'{module}.msg_{message}_body', **values)
    sent = []
    for email in emails:
        try:
            msg = message_to(
                company, email, party.name, subject, body, attachments)
        except ValueError:
            logger.warning("can not write to an address of %s", party)
            continue
        send_message_transactional(msg)
        sent.append(email)
    return sent


def message_to(company, email, name, subject, body, attachments=()):
    """Return the message of a company to an address.

    :param attachments: (file name, bytes)
    :raises ValueError: when the address can not be written to
    """
    msg = EmailMessage()
    sender = config.get('email', 'from')
    set_from_header(msg, sender, company.party.email or sender)
    msg['To'] = format_address(email, name)
    msg['Subject'] = ' '.join(subject.split())
    msg.set_content(body)
    for file_name, content in attachments:
        _attach(msg, file_name, content)
    return msg


def _attach(msg, file_name, content):
    type_, _ = mimetypes.guess_type(file_name)
    maintype, subtype = (type_ or 'application/octet-stream').split('/')
    msg.add_attachment(
        content, maintype=maintype, subtype=subtype, filename=file_name)
