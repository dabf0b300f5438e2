# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What the erasing of a party forgets beyond the party and the member.

At once: what finds a person, as compact values, logins, e-mails and the files
of imports. With the name, when it is kept no more: the texts and files that
tell it in what stays (subscriptions, retentions, entries, bank lines), once
they need not be kept as vouchers.
"""
from dateutil.relativedelta import relativedelta
from sql import Null
from sql.conditionals import Case

from trytond.pool import Pool, PoolMeta
from trytond.tools import escape_wildcard
from trytond.transaction import Transaction, inactive_records

from .event import today
from .party import kept

ERASED = '****'
VOUCHER_YEARS = 10


class Erase(metaclass=PoolMeta):
    __name__ = 'party.erase'

    def transition_erase(self):
        party = self.ask.party
        self.check_erase(party)
        name_kept = bool(kept(party.id))
        self._erase_files(party)
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

    def _erase_files(self, party):
        "Delete by the ORM what has files, which the file store forgets then"
        pool = Pool()
        Change = pool.get('coop.iban.change')
        Document = pool.get('coop.member.document')
        Letter = pool.get('coop.member.letter')
        of_member = [('member.party', '=', party.id)]
        Document.delete(Document.search(of_member))
        with Transaction().set_context(_coop_erase=True):
            Letter.delete(Letter.search(of_member))
        Change.write(
            Change.search(of_member), {'proof': None, 'proof_name': None})

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
        "Delete the e-mails and chats of the party, its doubles and members"
        pool = Pool()
        Party = pool.get('party.party')
        with inactive_records():
            doubles = Party.search([('replaced_by', '=', party.id)])
        records = [
            party, *doubles,
            *pool.get('coop.member').search([('party', '=', party.id)])]
        for name in ['coop.member.event', 'coop.share.movement']:
            records += pool.get(name).search(
                [('member.party', '=', party.id)])
        for name in ['ir.email', 'ir.chat.channel']:
            Model = pool.get(name)
            Model.delete(Model.search([
                        ('resource', 'in', [str(r) for r in records])]))

    def _erase_proofs(self, party):
        "Drop the signed files of members, by the ORM for the file store"
        pool = Pool()
        Member = pool.get('coop.member')
        Print = pool.get('coop.print')
        members = Member.search([('party', '=', party.id)])
        # Registers on paper name everybody, and can be made again
        Print.delete(Print.search([
                    ('company', 'in', [m.company.id for m in members])]))
        for name, date, members in [
                ('coop.share.retention', 'start_date', ['member']),
                ('coop.share.subscription', 'date', ['member']),
                ('coop.share.transfer', 'date',
                    ['transferor', 'transferee']),
                ('coop.member.dispense', 'date', ['member']),
                ('coop.member.exclusion', 'notice_date', ['member'])]:
            Model = pool.get(name)
            names = [
                *Model._file_fields.keys(), *Model._file_fields.values()]
            Model.write(Model.search([
                        ['OR', *(
                                (f'{m}.party', '=', party.id)
                                for m in members)],
                        (date, '<', _vouchers_from()),
                        ]), dict.fromkeys(names))

    def _erase_notes(self, party, name_kept):
        "Take the name and SIREN of members out of other applications"
        Member = Pool().get('coop.member')
        for member in Member.search([('party', '=', party.id)]):
            texts = [
                i.code_compact for i in party.identifiers
                if i.type == 'fr_siren']
            if not name_kept:
                texts.append(member.rec_name)
            for text in filter(None, texts):
                applicants = Member.search([
                        ('company', '=', member.company.id),
                        ('application_note', 'like',
                            f'%{escape_wildcard(text)}%'),
                        ])
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
        Member = pool.get('coop.member')
        Move = pool.get('account.move')
        Retention = pool.get('coop.share.retention')
        Subscription = pool.get('coop.share.subscription')
        Transfer = pool.get('coop.share.transfer')
        if not Member.search([('party', '=', party_id)]):
            return []
        of_member = [('member.party', '=', party_id)]
        of_either = ['OR',
            ('transferor.party', '=', party_id),
            ('transferee.party', '=', party_id),
            ]
        old = ('date', '<', _vouchers_from())
        # Money moved to another member keeps the text of the bank
        of_register = ['OR',
            ('origin', 'in', self._origins(party_id)),
            [
                ('origin', 'like', 'coop.member,%'),
                ('lines', 'where', [('party', '=', party_id)]),
                ],
            ]
        return [
            *self._leaving_to_erase(of_member, old),
            (Subscription, [of_member, old], True, ['description'], [None]),
            (Transfer, [of_either, old], True, ['description'], [None]),
            (Retention, of_member, True, [], []),
            (Contribution, of_member, True, ['description'], [ERASED]),
            (Move, [of_register, old], True, ['description'], [_erased]),
            (Line, [
                    ('party', '=', party_id), ('move', 'where', [old]),
                    ], True,
                ['description'], [_erased]),
            ]

    def _leaving_to_erase(self, of_member, old):
        pool = Pool()
        Exclusion = pool.get('coop.member.exclusion')
        return [
            (pool.get(f'coop.share.{name}'), [of_member, old], True,
                ['description'], [None])
            for name in ['conversion', 'late_loss', 'repayment', 'withdrawal']
            ] + [
            (Exclusion, of_member, True,
                ['reason', 'answer', 'notice_number'],
                [ERASED, None, None]),
            ]

    def _origins(self, party_id):
        "Return what the moves come from that the register made for members"
        pool = Pool()
        origins = []
        for name in ['coop.share.movement', 'coop.share.repayment',
                'coop.share.retention', 'coop.share.subscription']:
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
        of_party = ('party', '=', party_id)
        old = ('date', '<', _vouchers_from())
        # A transaction that others share in is theirs too
        own = ['OR', of_party, [
                ('lines', 'where', [of_party]),
                ('lines', 'not where', [('party', '!=', party_id)]),
                ]]
        return super()._texts_to_erase(party_id) + [
            (Line, [of_party, old], True, ['description'], [None]),
            (Origin, [own, old], True,
                ['description', 'information'], [None, None]),
            ]


def _vouchers_from():
    """Return the date from which vouchers must be kept.

    The books and what proves them: ten years (Code de commerce, art.
    L123-22), from the closing of the year. A year that the books do not have
    is taken to end within a year.
    """
    FiscalYear = Pool().get('account.fiscalyear')
    company = Transaction().context.get('company')
    years = relativedelta(years=VOUCHER_YEARS)
    closed = today(company) - years
    kept = FiscalYear.search([
            ('company', '=', company),
            ('start_date', '<=', closed),
            ('end_date', '>=', closed),
            ], limit=1)
    return kept[0].start_date if kept else closed - relativedelta(years=1)


def _erased(column):
    return Case((column != Null, ERASED), else_=Null)
