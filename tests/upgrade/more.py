"""Add one of everything that the demonstration has none of.

    python -m tests.upgrade.more DATABASE

What a table never held an update cannot be seen to keep.
"""
import datetime as dt
import sys
from decimal import Decimal

from proteus import Model, Wizard, config

TODAY = dt.date.today()


def main(database):
    config.set_trytond(database)
    member, = Model.get('coop.member').find([('number', '=', '9')])
    share_class, = Model.get('coop.share.class').find([('code', '=', 'B')])
    papers(member)
    money(member, share_class)


def create(model, **values):
    record = Model.get(model)(**values)
    record.save()
    return record


def papers(member):
    kind = Model.get('coop.document.kind').find([])[0]
    text = Model.get('coop.consent.document').find([])[0]
    create('coop.decision', number='1', date=TODAY, title="Decision")
    create('coop.member.document', member=member, kind=kind,
        file=b'Paper', file_name='paper.txt')
    create('coop.member.consent', member=member, document=text)
    create('coop.iban.change', member=member,
        iban='DE89370400440532013000')
    create('coop.welcome.document', name="Welcome", file=b'Welcome',
        file_name='welcome.txt')
    email, *_ = [
        m for m in member.party.contact_mechanisms if m.type == 'email']
    email.value = 'other@example.org'
    email.save()


def money(member, share_class):
    journal, = Model.get('account.journal').find(
        [('type', '=', 'cash')], limit=1)
    account, = Model.get('account.account').find([('code', '=', '5311')])
    subscription, = Model.get('coop.share.subscription').find(
        [('member', '=', member.id), ('state', '=', 'accepted')])
    receive = Wizard('coop.share.subscription.receive', [subscription])
    receive.form.amount = Decimal(1)
    receive.form.journal = journal
    receive.form.account = account
    receive.execute('receive')
    share_class.categories.append(member.category)
    share_class.save()
    create('coop.share.call', share_class=share_class, date=TODAY,
        due_date=TODAY, fraction=Decimal('.5'))
    create('coop.share.retention', member=member, start_date=TODAY,
        method='rate', rate=Decimal('.1'), cap=Decimal(100),
        agreement=b'Signed', agreement_name='agreement.txt')
    create('coop.contribution', member=member, date=TODAY,
        value=Decimal(100), description="The roof")


if __name__ == '__main__':
    main(sys.argv[1])
