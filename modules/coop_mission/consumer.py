# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What clients who do not buy for a trade must be told in writing.

The texts are those of the configuration, which start with what the law wants
of all: withdrawal, guarantees and mediation (C. conso. L221-5, L616-1).
"""
from trytond.i18n import gettext
from trytond.modules.coop_member import mail
from trytond.pool import Pool
from trytond.transaction import Transaction


def _configured(name, company):
    Configuration = Pool().get('coop.configuration')
    return Configuration(1).get_multivalue(name, company=company)


def mediator(company):
    "Return the name and address of the mediator of a company, or None"
    return _configured('consumer_mediator', company.id)


def mentions(company):
    """Return what a private client is told before signing, or None.

    :param company: id of it
    """
    texts = [_configured('express_mentions', company)]
    name = _configured('consumer_mediator', company)
    if name:
        texts.append(gettext(
                'coop_mission.msg_consumer_mediator', mediator=name))
    return '\n\n'.join(filter(None, texts)) or None


def job_mentions(job):
    """Return what the invoice of a private client's express job says.

    What the client was told, when and where the work was done (arrêté 83-50/A
    of 3 October 1983, art. 3), and what there is of withdrawal.

    :param job: coop.mission.express, finished
    """
    lang = mail.language(job.mission.client, job.company)
    with Transaction().set_context(language=lang.code):
        texts = [gettext('coop_mission.msg_consumer_done',
                date=lang.strftime(job.date), place=', '.join(filter(None, [
                        ' '.join((job.street or '').split()),
                        ' '.join(filter(None, [
                                    job.postal_code, job.city]))])))]
        if job.urgent:
            texts.append(gettext('coop_mission.msg_consumer_urgent'))
        elif job.at_once:
            texts.append(gettext('coop_mission.msg_consumer_at_once'))
    return '\n\n'.join([*texts, job.mentions])


def is_address_of(email, members):
    """Return whether an e-mail address is known to be of one of members.

    Of the member, or of who acts for the member.
    """
    email = (email or '').strip().casefold()
    if not email:
        return False
    known = set()
    for member in members:
        known |= {
            m.value for m in member.party.contact_mechanisms
            if m.type == 'email'}
        known |= {u.email for u in member.users}
    return email in {k.strip().casefold() for k in known if k}
