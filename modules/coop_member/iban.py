# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The change of a member's bank account, the main fraud.

One user enters it, another confirms it, the old e-mail addresses are told, and
the first payment to the new account is flagged (see payment.py). Nothing else
changes a bank account of a member (see bank.py).
"""
import datetime as dt

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sql import Null
from sql.conditionals import Coalesce
from sql.functions import CurrentTimestamp
from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, Workflow, fields
from trytond.model.exceptions import AccessError
from trytond.pool import Pool, PoolMeta
from trytond.pyson import Bool, Eval
from trytond.transaction import Transaction, inactive_records

from . import mail
from .event import today
from .exceptions import IBANChangeError, SharedIBANWarning
from .file import FileMixin
from .tools import any_of

# An e-mail changed this long before an IBAN may be part of the fraud
FORMER_EMAIL = dt.timedelta(days=30)


def find_bank(iban):
    "Return (BIC, name) of the bank of an IBAN, None for what is not known"
    try:
        iban = IBAN(iban, allow_invalid=True)
        bic = iban.bic.compact if iban.bic else None
        return bic, iban.bank_name
    except SchwiftyException:
        return None, None


class IBANChange(Workflow, FileMixin, ModelSQL, ModelView):
    __name__ = 'coop.iban.change'
    _states = {'readonly': Eval('state') != 'draft'}
    _file_fields = {'proof': 'proof_name'}
    company = fields.Function(
        fields.Many2One('company.company', "Company"),
        'on_change_with_company', searcher='search_company')
    member = fields.Many2One(
        'coop.member', "Member", required=True, ondelete='RESTRICT',
        states=_states)
    old_account = fields.Function(
        fields.Char("Old Account"), 'on_change_with_old_account')
    replaced = fields.Many2One(
        'bank.account', "Replaced Account", readonly=True,
        ondelete='RESTRICT')
    iban = fields.Char("New IBAN", required=True, states=_states)
    bic = fields.Char("BIC", size=11, states=_states,
        help="Found by the IBAN when the bank is known.")
    bank_name = fields.Function(
        fields.Char("Bank"), 'on_change_with_bank_name')
    effective_date = fields.Date("Effective Date", required=True,
        states=_states, help="The first day on which the new IBAN is used.")
    proof = fields.Binary(
        "Proof", filename='proof_name',
        file_id='proof_id', store_prefix='coop_iban', states=_states,
        help="What the bank gives to identify the account.")
    proof_id = fields.Char("Proof ID", readonly=True)
    proof_name = fields.Char("Proof Name", states={
            'readonly': Eval('state') != 'draft',
            'required': Bool(Eval('proof')),
            })
    requested_by = fields.Many2One(
        'res.user', "Requested by", readonly=True, ondelete='RESTRICT')
    requested_at = fields.Timestamp("Requested at", readonly=True)
    confirmed_by = fields.Many2One(
        'res.user', "Confirmed or Refused by", readonly=True,
        ondelete='RESTRICT')
    confirmed_at = fields.Timestamp("Confirmed or Refused at", readonly=True)
    reason = fields.Char("Reason", states={
            'readonly': ~Eval('state').in_(['draft', 'requested']),
            },
        help="How it was checked, or why it is refused.")
    account = fields.Many2One(
        'bank.account', "New Account", readonly=True, ondelete='RESTRICT')
    in_use_since = fields.Timestamp("In Use since", readonly=True,
        help="When the new account was put in use.")
    state = fields.Selection([
            ('draft', "Draft"),
            ('requested', "Requested"),
            ('confirmed', "Confirmed"),
            ('refused', "Refused"),
            ], "State", required=True, readonly=True, sort=False)
    may_request = fields.Function(
        fields.Boolean("May Request"), 'get_may_request')
    del _states

    @classmethod
    def __setup__(cls):
        cls.iban.search_unaccented = False
        super().__setup__()
        t = cls.__table__()
        cls._sql_indexes.update({
                Index(t, (t.member, Index.Equality())),
                Index(t, (t.state, Index.Equality(cardinality='low')),
                    where=t.state.in_(['draft', 'requested'])),
                })
        cls._order = [('effective_date', 'DESC'), ('id', 'DESC')]
        cls._transitions |= {
            ('draft', 'requested'),
            ('requested', 'confirmed'),
            ('requested', 'refused'),
            }
        cls._buttons.update({
                'request': {
                    'invisible': ((Eval('state') != 'draft')
                        | ~Eval('may_request', False)),
                    'icon': 'tryton-forward',
                    'depends': ['state', 'may_request'],
                    },
                'confirm': {
                    'invisible': Eval('state') != 'requested',
                    'icon': 'tryton-ok',
                    'depends': ['state'],
                    },
                'refuse': {
                    'invisible': Eval('state') != 'requested',
                    'icon': 'tryton-cancel',
                    'depends': ['state'],
                    },
                })

    @classmethod
    def __register__(cls, module):
        table_h = cls.__table_handler__(module)
        exists = table_h.column_exist('in_use_since')
        super().__register__(module)
        if not exists:
            cls._fill_in_use_since()

    @classmethod
    def _fill_in_use_since(cls):
        "Nothing was written on a change after its account was put in use"
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.update(
                [table.in_use_since],
                [Coalesce(table.write_date, table.create_date)],
                where=(table.account != Null)
                & (table.in_use_since == Null)))

    @classmethod
    def default_effective_date(cls):
        return today(Transaction().context.get('company'))

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def default_may_request(cls):
        return True

    @fields.depends('member', '_parent_member.company')
    def on_change_with_company(self, name=None):
        return self.member.company if self.member else None

    @classmethod
    def search_company(cls, name, clause):
        return [('member.' + clause[0], *clause[1:])]

    @fields.depends('state', 'member', 'replaced', '_parent_member.party')
    def on_change_with_old_account(self, name=None):
        account = self.replaced
        if not account and self.state != 'confirmed' and self.member:
            account = self._account_used()
        return account.iban or account.rec_name if account else None

    def _account_used(self):
        accounts = self.member.party.bank_accounts_used
        return accounts[0] if accounts else None

    @fields.depends('iban')
    def on_change_with_iban(self):
        return stdnum_iban.format(self.iban) if self.iban else self.iban

    @fields.depends('iban', 'bic')
    def on_change_with_bic(self):
        found, _ = find_bank(self.iban) if self.iban else (None, None)
        return found or self.bic

    @fields.depends('iban')
    def on_change_with_bank_name(self, name=None):
        return find_bank(self.iban)[1] if self.iban else None

    @classmethod
    def get_may_request(cls, changes, name):
        "Whether the user acts for the member or works for the cooperative"
        pool = Pool()
        ModelAccess = pool.get('ir.model.access')
        User = pool.get('res.user')
        user = User(Transaction().user)
        if not user.id or cls._is_staff(ModelAccess, User):
            return {c.id: True for c in changes}
        return {c.id: user in c.member.users for c in changes}

    @classmethod
    def _is_staff(cls, ModelAccess, User):
        ModelData = Pool().get('ir.model.data')
        return bool(set(User.get_groups()) & {
                ModelData.get_id('coop_member', f'group_{name}')
                for name in ['administration', 'accountant', 'board']})

    def get_rec_name(self, name):
        return f"{self.member.rec_name} {self.iban}"

    @classmethod
    def search_rec_name(cls, name, clause):
        return any_of(clause, 'member.rec_name', 'iban')

    @classmethod
    def preprocess_values(cls, mode, values):
        values = super().preprocess_values(mode, values)
        if values.get('iban'):
            values['iban'] = stdnum_iban.format(values['iban'])
        if mode == 'create' and not values.get('bic') and values.get('iban'):
            values['bic'] = find_bank(values['iban'])[0]
        return values

    @classmethod
    def validate_fields(cls, changes, field_names):
        super().validate_fields(changes, field_names)
        if field_names and not field_names & {'iban', 'bic'}:
            return
        for change in changes:
            if not stdnum_iban.is_valid(change.iban):
                raise IBANChangeError(gettext(
                        'coop_member.msg_iban_change_iban',
                        iban=change.iban, member=change.member.rec_name))
            if change.bic and not stdnum_bic.is_valid(change.bic):
                raise IBANChangeError(gettext(
                        'coop_member.msg_iban_change_bic',
                        bic=change.bic, member=change.member.rec_name))

    @classmethod
    def check_modification(cls, mode, changes, values=None, external=False):
        super().check_modification(
            mode, changes, values=values, external=external)
        kept = {'state', 'requested_by', 'requested_at', 'confirmed_by',
            'confirmed_at', 'account', 'replaced', 'in_use_since'}
        for change in changes:
            if mode == 'delete':
                wrong = change.state != 'draft'
            elif not external:
                wrong = False
            elif mode == 'create':
                wrong = change.state != 'draft' or any(
                    getattr(change, name) for name in kept - {'state'})
            else:
                wrong = values.keys() & kept or (
                    change.state != 'draft'
                    and (change.state != 'requested'
                        or values.keys() - {'reason'}))
                change._check_editor(values)
            if wrong:
                raise AccessError(gettext(
                        'coop_member.msg_iban_change_by_button',
                        change=change.rec_name))
            if external and mode == 'create':
                change._check_date(change.effective_date)
            elif external and mode == 'write':
                change._check_date(values.get('effective_date'))

    def _check_date(self, date):
        "No account was in use before somebody entered it"
        if date and date < today(self.company.id):
            raise IBANChangeError(gettext(
                    'coop_member.msg_iban_change_date',
                    change=self.rec_name,
                    date=Pool().get('ir.lang').get().strftime(date)))

    def _check_editor(self, values):
        "Who alters the IBAN that another one entered might confirm it"
        if (values.keys() & {'member', 'iban', 'bic'}
                and self.create_uid.id != Transaction().user):
            raise AccessError(gettext(
                    'coop_member.msg_iban_change_editor',
                    change=self.rec_name, user=self.create_uid.rec_name))

    @classmethod
    def copy(cls, changes, default=None):
        default = default.copy() if default else {}
        for name in ['requested_by', 'requested_at', 'confirmed_by',
                'confirmed_at', 'account', 'replaced', 'in_use_since',
                'reason', 'proof_id']:
            default.setdefault(name)
        default.setdefault('effective_date', cls.default_effective_date())
        default.setdefault('state', 'draft')
        return super().copy(changes, default=default)

    @classmethod
    @ModelView.button
    @Workflow.transition('requested')
    def request(cls, changes):
        for change in changes:
            used = change._account_used()
            if used and used.iban_compact == stdnum_iban.compact(change.iban):
                raise IBANChangeError(gettext(
                        'coop_member.msg_iban_change_same',
                        iban=change.iban, member=change.member.rec_name))
        cls.write(changes, {
                'requested_by': Transaction().user or None,
                'requested_at': dt.datetime.now(),
                })
        for change in changes:
            change.tell('iban_requested')

    @classmethod
    @ModelView.button
    @Workflow.transition('confirmed')
    def confirm(cls, changes):
        cls._check_other_person(changes)
        cls._warn_shared(changes)
        cls.write(changes, {
                'confirmed_by': Transaction().user,
                'confirmed_at': dt.datetime.now(),
                })
        for change in changes:
            change.tell('iban_confirmed')
        cls.put_in_use(changes)

    @classmethod
    @ModelView.button
    @Workflow.transition('refused')
    def refuse(cls, changes):
        cls.write(changes, {
                'confirmed_by': Transaction().user or None,
                'confirmed_at': dt.datetime.now(),
                })

    @classmethod
    def _check_other_person(cls, changes):
        """Refuse who entered it, and who acts for the member.

        :raises AccessError: for nobody in particular (the queue) too
        """
        user = Transaction().user
        for change in changes:
            if not user or user in {
                    change.requested_by.id if change.requested_by else None,
                    change.create_uid.id if change.create_uid else None,
                    *(u.id for u in change.member.users)}:
                raise AccessError(gettext(
                        'coop_member.msg_iban_change_same_person',
                        change=change.rec_name))

    @classmethod
    def _warn_shared(cls, changes):
        Warning = Pool().get('res.user.warning')
        for change in changes:
            number = change._existing_number()
            others = number and [
                o for o in number.account.owners
                if o != change.member.party]
            if not others:
                continue
            key = Warning.format('iban_shared', [change])
            if Warning.check(key):
                raise SharedIBANWarning(key, gettext(
                        'coop_member.msg_iban_change_shared',
                        change=change.rec_name,
                        owners=', '.join(o.rec_name for o in others)))

    def _existing_number(self):
        Number = Pool().get('bank.account.number')
        with inactive_records():
            numbers = Number.search([
                    ('type', '=', 'iban'),
                    ('number_compact', '=', stdnum_iban.compact(self.iban)),
                    ], order=[('active', 'DESC'), ('id', 'ASC')], limit=1)
        return numbers[0] if numbers else None

    @classmethod
    def put_in_use(cls, changes=None):
        """Use the accounts of confirmed changes from their date on.

        :param changes: the changes, or None for all (the cron's way)
        """
        if changes is None:
            changes = cls.search([
                    ('account', '=', None), ('state', '=', 'confirmed')])
            cls._forget_former_emails()
        changes = [
            c for c in changes if not c.account
            and c.effective_date <= today(c.member.company.id)]
        for change in changes:
            party = change.member.party
            change.replaced = change._account_used()
            change.account = change._get_account()
            if party not in change.account.owners:
                change.account.owners = [*change.account.owners, party]
            change.account.active = True
            change.account.save()
            change._use_first(party)
        cls.save(changes)
        # By the clock of create_date, to which it is compared
        cls.write(changes, {'in_use_since': CurrentTimestamp()})
        cls.now_in_use(changes)

    @classmethod
    def now_in_use(cls, changes):
        "Called with the changes whose accounts have just been put in use"

    def _get_account(self):
        pool = Pool()
        Account = pool.get('bank.account')
        Bank = pool.get('bank')
        Number = pool.get('bank.account.number')
        number = self._existing_number()
        if number:
            if not number.active:
                number.account.active = True
                number.account.save()
                number.active = True
                number.save()
            return number.account
        account = Account(
            currency=self.member.company.currency, owners=[],
            numbers=[Number(type='iban', number=self.iban)])
        if self.bic:
            account.bank = Bank.from_bic(stdnum_bic.compact(self.bic))
        return account

    def _use_first(self, party):
        "The accounts of a party are used in the order of their sequence"
        Account = Pool().get('bank.account')
        with inactive_records():
            accounts = list(type(party)(party.id).bank_accounts)
        others = [a for a in accounts if a != self.account]
        for sequence, account in enumerate([self.account, *others]):
            account.owners_sequence = sequence
        Account.save([self.account, *others])

    def tell(self, message):
        "Write to all e-mails of the member, those changed lately included"
        mail.send(
            self.member.company, self.member.party, message,
            emails=self._emails(),
            iban=self.masked_iban(),
            date=lambda: Pool().get('ir.lang').get().strftime(
                self.effective_date))

    def masked_iban(self):
        "Return the IBAN with the middle hidden, as an e-mail is no safe place"
        compact = stdnum_iban.compact(self.iban)
        return f'{compact[:4]} **** {compact[-4:]}'

    def _emails(self):
        pool = Pool()
        Former = pool.get('coop.member.former_email')
        Mechanism = pool.get('party.contact_mechanism')
        with inactive_records():
            mechanisms = Mechanism.search([
                    ('party', '=', self.member.party.id),
                    ('type', '=', 'email'),
                    ])
        former = Former.search([
                ('member', '=', self.member.id),
                ('changed_at', '>=', dt.datetime.now() - FORMER_EMAIL),
                ])
        return list(dict.fromkeys([
                    *(m.value for m in mechanisms),
                    *(f.email for f in former)]))

    @classmethod
    def _forget_former_emails(cls):
        Former = Pool().get('coop.member.former_email')
        Former.delete(Former.search([
                    ('changed_at', '<', dt.datetime.now() - FORMER_EMAIL),
                    ]))


class Member(metaclass=PoolMeta):
    __name__ = 'coop.member'
    iban_changes = fields.One2Many(
        'coop.iban.change', 'member', "IBAN Changes",
        states={'readonly': Eval('id', -1) < 0})
