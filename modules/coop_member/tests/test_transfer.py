# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import datetime as dt
from decimal import Decimal

from trytond.model.exceptions import AccessError, RequiredValidationError
from trytond.model.modelview import AccessButtonError
from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from trytond.transaction import Transaction

from ..exceptions import MovementError, TransferError
from . import factories

D = Decimal
DAY = dt.date(2021, 3, 1)


def transfer(transferor, transferee, share_class, quantity, **values):
    "Return a submitted transfer that was decided on"
    pool = Pool()
    Decision = pool.get('coop.decision')
    Transfer = pool.get('coop.share.transfer')
    company = share_class.company
    decision, = Decision.create([{
                'company': company.id, 'number': "1", 'date': DAY,
                'title': "Transfer"}])
    record, = Transfer.create([{
                'company': company.id, 'transferor': transferor.id,
                'transferee': transferee.id, 'share_class': share_class.id,
                'quantity': quantity, 'date': DAY, 'decision': decision.id,
                **values}])
    Transfer.submit([record])
    return record


def agree(*args, **values):
    Transfer = Pool().get('coop.share.transfer')
    record = transfer(*args, **values)
    Transfer.agree([record])
    return Transfer(record.id)


class TransferTestCase(factories.CoopTestCase):
    "Test shares that pass from one member to another"

    def held(self, share_class, *members):
        Movement = Pool().get('coop.share.movement')
        return [
            Movement.position(m, share_class).quantity for m in members]

    def assertSound(self, company):
        Movement = Pool().get('coop.share.movement')
        self.assertEqual(Movement.verify_register(company), [])

    def setup_paid(self, company):
        "Two members; the first has paid shares of two days"
        share_class = factories.share_class(company, nominal=D(10))
        members = factories.members(company, 2)
        for date, quantity in [(dt.date(2020, 5, 1), 3),
                (dt.date(2021, 2, 1), 4)]:
            factories.subscribe(members[0], share_class, quantity, date)
            factories.receive(members[0], quantity * D(10), date)
        return share_class, *members

    @with_transaction()
    def test_seniority_kept(self):
        "The oldest shares pass with the days on which they were acquired"
        pool = Pool()
        Move = pool.get('account.move')
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, other = self.setup_paid(company)
            moves = Move.search([], count=True)
            record = agree(
                member, other, share_class, 5, keeps_seniority=True)
            self.assertEqual(record.state, 'done')
            self.assertEqual(self.held(share_class, member, other), [2, 5])
            self.assertEqual(Movement.lots_of(other, share_class), [
                    (dt.date(2020, 5, 1), 3), (dt.date(2021, 2, 1), 2)])
            self.assertEqual(Movement.lots_of(member, share_class), [
                    (dt.date(2021, 2, 1), 2)])
            self.assertEqual(len({m.operation for m in record.movements}), 1)
            # All is paid: the books see nothing of it
            self.assertEqual(Move.search([], count=True), moves)
            self.assertSound(company)

    @with_transaction()
    def test_seniority_lost(self):
        "Without it the shares are held from the day of the transfer on"
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Movement = pool.get('coop.share.movement')
        Transfer = pool.get('coop.share.transfer')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, other = self.setup_paid(company)
            agree(member, other, share_class, 5)
            self.assertEqual(
                Movement.lots_of(other, share_class), [(DAY, 5)])
            self.assertEqual(Movement.lots_of(
                    member, share_class), [(dt.date(2021, 2, 1), 2)])
            # What the statutes say is proposed
            self.assertFalse(Transfer.default_keeps_seniority())
            configuration = Configuration(1)
            configuration.transfer_keeps_seniority = True
            configuration.save()
            self.assertTrue(Transfer.default_keeps_seniority())

    @with_transaction()
    def test_called_not_paid(self):
        "What is called and not paid is owed by the transferee"
        pool = Pool()
        Line = pool.get('account.move.line')
        company = factories.cooperative()
        with set_company(company):
            share_class = factories.share_class(company, nominal=D(10))
            member, other = factories.members(company, 2)
            factories.subscribe(member, share_class, 4, DAY)
            factories.receive(member, D(8), DAY)
            record = agree(member, other, share_class, 1)

            def owed(member):
                return sum(l.debit - l.credit for l in Line.search([
                            ('party', '=', member.party.id),
                            ('account.code', '=', 'receivable')]))
            self.assertEqual([owed(m) for m in [member, other]], [24, 8])
            lines = {
                (l.account.code, l.party, l.debit, l.credit)
                for m in Pool().get('account.move').search([
                        ('origin', 'in', [str(m) for m in record.movements])])
                for l in m.lines}
            self.assertEqual(lines, {
                    ('receivable', other.party, D(8), D(0)),
                    ('receivable', member.party, D(0), D(8)),
                    })
            self.assertSound(company)

    @with_transaction()
    def test_newcomer(self):
        "Who becomes a member by it gets the shares when admitted"
        pool = Pool()
        Event = pool.get('coop.member.event')
        Movement = pool.get('coop.share.movement')
        Transfer = pool.get('coop.share.transfer')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, _ = self.setup_paid(company)
            newcomers = [
                factories.applicant(factories.person(n), member.category)
                for n in ["New", "Late"]]
            records = [
                agree(member, n, share_class, 4) for n in newcomers]
            self.assertEqual([r.state for r in records], ['agreed'] * 2)
            with self.assertRaisesRegex(TransferError, "is no member"):
                Transfer.process(records)

            def admit(newcomer):
                Event.record([Event(
                            company=company, member=newcomer, date=date,
                            kind='admission', category=member.category)])
            date = dt.date(2021, 4, 1)
            for newcomer in newcomers:
                event, = newcomer.events
                # applied before
                Event.reverse(event, "wrong date")
                Event.record([Event(
                            company=company, member=newcomer, date=DAY,
                            kind='application')])
                admit(newcomer)
            self.assertEqual(
                [Transfer(r.id).state for r in records], ['done', 'agreed'])
            self.assertEqual({
                    m.date for m in Transfer(records[0].id).movements}, {date})
            self.assertEqual(
                self.held(share_class, member, *newcomers), [3, 4, 0])
            with self.assertRaisesRegex(TransferError, "holds 3 shares"):
                Transfer.process(records)
            Transfer.cancel([records[1]])
            self.assertEqual(Transfer(records[1].id).state, 'cancelled')
            self.assertEqual(
                Movement.lots_of(newcomers[0], share_class), [(date, 4)])

    @with_transaction()
    def test_refused(self):
        "What the statutes do not allow is named, and nothing is recorded"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, other = self.setup_paid(company)
            category = member.category
            movements = Movement.search([], count=True)

            def refused(error, message, quantity=5, **values):
                with self.assertRaisesRegex(error, message):
                    agree(member, other, share_class, quantity, **values)
            refused(TransferError, "holds 7 shares", 8)
            refused(RequiredValidationError, "Decision", decision=None)
            for record, values, message in [
                    (share_class, {'minimum': 3}, "would keep 2 shares"),
                    (share_class, {'maximum': 4}, "would hold 5 shares"),
                    (share_class, {'maximum_capital': D('.5')},
                        r"would hold .*50\.00.* capital of .*70\.00"),
                    (share_class, {'holder': 'legal'}, "legal persons"),
                    (category, {'minimum_shares': 3}, "would keep 2 shares"),
                    ]:
                with self.subTest(values):
                    before = {n: getattr(record, n) for n in values}
                    record.__class__.write([record], values)
                    refused(TransferError, message)
                    record.__class__.write([record], before)
            self.assertEqual(Movement.search([], count=True), movements)

    @with_transaction()
    def test_leaver(self):
        "Who leaves may transfer all, whatever a member must keep"
        pool = Pool()
        Event = pool.get('coop.member.event')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, other = self.setup_paid(company)
            member.category.minimum_shares = 1
            member.category.save()
            with self.assertRaisesRegex(TransferError, "would keep 0"):
                agree(member, other, share_class, 7)
            Event.record([Event(
                        company=company, member=member, kind='departure',
                        date=DAY, cause='resignation')])
            agree(member, other, share_class, 7, keeps_seniority=True)
            self.assertEqual(self.held(share_class, member, other), [0, 7])

    @with_transaction()
    def test_cancel(self):
        "The shares go back, by its button or the register's, while they can"
        pool = Pool()
        Movement = pool.get('coop.share.movement')
        Transfer = pool.get('coop.share.transfer')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, other = self.setup_paid(company)
            record = agree(
                member, other, share_class, 5, keeps_seniority=True)
            Transfer.cancel([record])
            self.assertEqual(Transfer(record.id).state, 'cancelled')
            self.assertEqual(self.held(share_class, member, other), [7, 0])
            self.assertEqual(Movement.lots_of(member, share_class), [
                    (dt.date(2020, 5, 1), 3), (dt.date(2021, 2, 1), 4)])
            record = agree(member, other, share_class, 5)
            Movement.reverse([record.movements[0]], "wrong person")
            self.assertEqual(Transfer(record.id).state, 'cancelled')
            self.assertEqual(self.held(share_class, member, other), [7, 0])
            record = agree(member, other, share_class, 5)
            agree(other, member, share_class, 1)
            with self.assertRaises(MovementError):
                Transfer.cancel([record])
            self.assertSound(company)

    @with_transaction()
    def test_fixed(self):
        "What was agreed to is not changed, and stays"
        pool = Pool()
        Transfer = pool.get('coop.share.transfer')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, other = self.setup_paid(company)
            record = agree(member, other, share_class, 5)
            user = factories.user('office', 'administration', company=company)
            with factories.as_user(user):
                for values, message in [
                        ({'quantity': 4}, '"Quantity" of transfer'),
                        ({'transferee': member.id}, '"Transferee" of'),
                        ({'state': 'draft'}, "state can not be written")]:
                    with self.assertRaisesRegex(TransferError, message):
                        Transfer.write([record], values)
                Transfer.write([record], {
                        'deed': b'Signed', 'deed_name': "deed.pdf",
                        'description': "Retired"})
                for values in [
                        {'deed': b'Other'}, {'deed': None},
                        {'deed_name': "other.pdf"}]:
                    with self.assertRaises(TransferError):
                        Transfer.write([record], values)
                with self.assertRaisesRegex(TransferError, "cancel it"):
                    Transfer.delete([record])
                copy, = Transfer.copy([record])
            self.assertEqual(
                (copy.state, copy.number, copy.deed, copy.decision),
                ('draft', None, None, None))

    @with_transaction()
    def test_named_by_the_register(self):
        "What was recorded and taken back stays, though it is a draft again"
        Transfer = Pool().get('coop.share.transfer')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, other = self.setup_paid(company)
            record = agree(member, other, share_class, 5)
            Transfer.cancel([record])
            Transfer.draft([record])
            with self.assertRaisesRegex(
                    TransferError, "the register names it"):
                Transfer.delete([record])

    @with_transaction()
    def test_column(self):
        "The update makes an origin of the column that a transfer had"
        Movement = Pool().get('coop.share.movement')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, other = self.setup_paid(company)
            record = agree(member, other, share_class, 5)
            movements = {m.id for m in record.movements}
            self.assertEqual(len(movements), 2)
            cursor = Transaction().connection.cursor()
            cursor.execute(
                'ALTER TABLE coop_share_movement ADD COLUMN transfer INTEGER')
            cursor.execute(
                'CREATE INDEX idx_transfer ON coop_share_movement (transfer)')
            table = Movement.__table__()
            cursor.execute(*table.update(
                    [table.transfer, table.origin], [record.id, None],
                    where=table.origin == str(record)))
            self.assertEqual(Movement.search([('origin', '!=', None)]), [])
            Movement.__register__('coop_member')
            table_h = Movement.__table_handler__('coop_member')
            self.assertFalse(table_h.column_exist('transfer'))
            self.assertEqual(
                {m.id for m in Movement.search(
                        [('origin', '=', str(record))])}, movements)
            self.assertSound(company)

    @with_transaction()
    def test_member(self):
        "Both members read it, with the name of the other; neither acts"
        pool = Pool()
        Transfer = pool.get('coop.share.transfer')
        ActWindow = pool.get('ir.action.act_window')
        ModelData = pool.get('ir.model.data')
        company = factories.cooperative()
        with set_company(company):
            share_class, member, other = self.setup_paid(company)
            third, = factories.members(company, 1, member.category)
            record = transfer(member, other, share_class, 5)
            for reader in [member, other]:
                user = factories.user(
                    f'user {reader.number}', 'member', member=reader)
                with factories.as_user(user):
                    # What the web client asks for
                    action = ActWindow(ModelData.get_id(
                            'coop_member', 'act_my_transfers'))
                    self.assertEqual(
                        [type_ for _, type_ in action.views],
                        ['tree', 'form'])
                    for view_id, _ in action.views:
                        view = Transfer.fields_view_get(view_id=view_id)
                        self.assertNotIn('transferee', list(view['fields']))
                        values, = Transfer.read([record.id], [
                                *view['fields'],
                                *(f'{n}.rec_name' for n, f in
                                    view['fields'].items()
                                    if f['type'] == 'many2one')])
                        self.assertEqual(
                            values['transferee_name'], other.rec_name)
                    with self.assertRaises(AccessError):
                        Transfer.write([record], {'description': "Mine"})
                    with self.assertRaises(AccessButtonError):
                        Transfer.agree([record])
            user = factories.user('third', 'member', member=third)
            with factories.as_user(user):
                self.assertEqual(Transfer.search([]), [])
                with self.assertRaises(AccessError):
                    Transfer.read([record.id], ['number'])
