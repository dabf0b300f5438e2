# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the erasing of a party forgets beyond the party and the member.

At once: what finds a person, as compact values, logins, e-mails and the files
of imports. With the name, when it is kept no more: the texts and files that
tell it in what stays (subscriptions, retentions, entries, bank lines).
"""
from sql import Null
from sql.conditionals import Case
from sql.functions import Function

from trytond.pool import Pool, PoolMeta
from trytond.transaction import inactive_records

from .party import kept

ERASED = '****'


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def transition_erase(self):
        party = self.ask.party
        self.check_erase(party)
        name_kept = bool(kept(party.id))
        self._forget_imports(party)
        self._erase_users(party, name_kept)
        self._erase_messages(party)
        self._erase_notes(party, name_kept)
        if not name_kept:
            self._erase_proofs(party)
        result = super().transition_erase()
        # Made inactive, an e-mail was kept as a former one
        self._erase_former_emails(party)
        return result

    def _forget_imports(self, party):
        pool = Pool()
        Import = pool.get('coop.import')
        Member = pool.get('coop.member')
        for member in Member.search([('party', '=', party.id)]):
            Import.forget_member(member)

    def _erase_users(self, party, name_kept):
        "Make the logins unknown that acted for the members of the party only"
        pool = Pool()
        Attempt = pool.get('res.user.login.attempt')
        Device = pool.get('res.user.device')
        Link = pool.get('coop.member-res.user')
        User = pool.get('res.user')
        with inactive_records():
            links = Link.search([('member.party', '=', party.id)])
            others = {l.user for l in Link.search([
                        ('user', 'in', [l.user.id for l in links]),
                        ('member.party', '!=', party.id)])}
        for user in {l.user for l in links} - others:
            if not user.only_coop_member:
                continue
            for Model in [Attempt, Device]:
                Model.delete(Model.search([('login', '=', user.login)]))
            User.write([user], {
                    'active': False,
                    'name': user.name if name_kept else ERASED,
                    'login': f'{ERASED}{user.id}',
                    'email': None,
                    'signature': None,
                    'password': None,
                    })

    def _erase_messages(self, party):
        "Delete the e-mails and chats of the party and of its members"
        pool = Pool()
        Member = pool.get('coop.member')
        records = [party, *Member.search([('party', '=', party.id)])]
        for name in ['ir.email', 'ir.chat.channel']:
            Model = pool.get(name)
            Model.delete(Model.search([
                        ('resource', 'in', [str(r) for r in records])]))

    def _erase_proofs(self, party):
        "Drop the signed files of members, by the ORM for the file store"
        pool = Pool()
        Retention = pool.get('coop.share.retention')
        Subscription = pool.get('coop.share.subscription')
        domain = [('member.party', '=', party.id)]
        for Model in [Retention, Subscription]:
            names = [
                *Model._file_fields.keys(), *Model._file_fields.values()]
            Model.write(Model.search(domain), dict.fromkeys(names))

    def _erase_notes(self, party, name_kept):
        "Take the name and SIREN of members out of other applications"
        Member = Pool().get('coop.member')
        members = Member.search([('party', '=', party.id)])
        texts = [i.code_compact for i in party.identifiers if members]
        if not name_kept:
            texts += [m.rec_name for m in members]
        for text in texts:
            applicants = Member.search([
                    ('application_note', 'like', f'%{text}%')])
            for applicant in applicants:
                applicant.application_note = (
                    applicant.application_note.replace(text, ERASED))
            Member.save(applicants)

    def _erase_former_emails(self, party):
        Former = Pool().get('coop.member.former_email')
        Former.delete(Former.search([('member.party', '=', party.id)]))

    def to_erase(self, party_id):
        pool = Pool()
        Identifier = pool.get('party.identifier')
        Mechanism = pool.get('party.contact_mechanism')
        of_party = [('party', '=', party_id)]
        to_erase = super().to_erase(party_id) + [
            (Mechanism, of_party, True, ['value_compact'], [None]),
            (Identifier, of_party, True, ['code_compact'], [ERASED]),
            ]
        if not kept(party_id):
            to_erase += self._texts_to_erase(party_id)
        return to_erase

    def _texts_to_erase(self, party_id):
        pool = Pool()
        Contribution = pool.get('coop.contribution')
        Line = pool.get('account.move.line')
        Move = pool.get('account.move')
        Retention = pool.get('coop.share.retention')
        Subscription = pool.get('coop.share.subscription')
        of_member = [('member.party', '=', party_id)]
        of_party = [('party', '=', party_id)]
        # Money moved to another member keeps the text of the bank
        of_register = ['OR',
            ('origin', 'in', self._origins(party_id)),
            [
                ('origin', 'like', 'coop.member,%'),
                ('lines', 'where', of_party),
                ],
            ]
        name = pool.get('party.party')(party_id).name
        to_erase = [
            (Subscription, of_member, True, ['description'], [None]),
            (Retention, of_member, True, [], []),
            (Contribution, of_member, True, ['description'], [ERASED]),
            (Move, of_register, True, ['description'], [_erased]),
            (Line, [('move', 'where', of_register)], True,
                ['description'], [_erased]),
            ]
        if name:
            # Who paid for another one is named at the end
            paid = [
                ('origin', 'like', 'coop.share.subscription,%'),
                ('description', 'like', f'%{name}')]
            without = ['description'], [_without(name)]
            to_erase += [
                (Line, [('move', 'where', paid)], False, *without),
                (Move, paid, False, *without),
                (Line, of_party, False, *without),
                (Move, [('lines', 'where', of_party)], False, *without),
                ]
        return to_erase

    def _origins(self, party_id):
        "Return what the moves come from that the register made for members"
        pool = Pool()
        origins = []
        for name in ['coop.share.movement', 'coop.share.retention',
                'coop.share.subscription']:
            origins += pool.get(name).search(
                [('member.party', '=', party_id)])
        origins += pool.get('coop.member').search([('party', '=', party_id)])
        return [str(o) for o in origins]


class EraseStatement(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def _texts_to_erase(self, party_id):
        pool = Pool()
        Line = pool.get('account.statement.line')
        Origin = pool.get('account.statement.origin')
        of_party = [('party', '=', party_id)]
        return super()._texts_to_erase(party_id) + [
            (Line, of_party, True, ['description'], [None]),
            (Origin, ['OR', of_party, ('lines', 'where', of_party)], True,
                ['description', 'information'], [None, None]),
            ]


class _Replace(Function):
    __slots__ = ()
    _function = 'REPLACE'


def _erased(column):
    return Case((column != Null, ERASED), else_=Null)


def _without(text):
    return lambda column: _Replace(column, text, ERASED)
