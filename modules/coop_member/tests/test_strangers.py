# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""What a member may not reach of another one, through the network"""
import json
from base64 import b64encode, urlsafe_b64encode
from http import HTTPStatus

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import RouteTestCase

from . import EXTRAS, factories

PASSWORD = 'correct horse battery'


class StrangerTestCase(RouteTestCase):
    "Test that strangers are refused by RPC and by REST"
    module = 'coop_member'
    extras = EXTRAS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member, cls.stranger, cls.movement, cls.party = factories.commit(
            cls.setup_two)

    @classmethod
    def setup_two(cls):
        "Return the ids of a member, of a stranger and what the latter has"
        Application = Pool().get('res.user.application')
        company = factories.cooperative(years=(2021, 2021))
        with set_company(company):
            member, stranger = factories.members(company, 2)
            share_class = factories.share_class(company)
            _, movement = [
                factories.subscribe(
                    m, share_class, 1, company_date(company))
                for m in [member, stranger]]
            user = factories.user('member', 'member', member=member)
            user.password = PASSWORD
            user.save()
            Application.create([{
                        'user': user.id, 'application': 'rest',
                        'key': 'member_key', 'state': 'validated'}])
        return member.id, stranger.id, movement.id, stranger.party.id

    def rpc(self, method, *params, session=None):
        headers = {}
        if session:
            token = b64encode(
                ':'.join(['member', *map(str, session)]).encode())
            headers['Authorization'] = f'Session {token.decode()}'
        response = self.client().post(
            f'/{self.db_name}/rpc/', headers=headers,
            json={'id': 1, 'method': method, 'params': list(params)})
        self.assertEqual(response.status_code, HTTPStatus.OK)
        return response.json

    @property
    def session(self):
        result = self.rpc(
            'common.db.login', 'member', {'password': PASSWORD})
        result = result.get('result', result) if isinstance(
            result, dict) else result
        return result[:2]

    def refused(self, answer):
        self.assertIn('error', answer)
        self.assertEqual(answer['error'][0], 'UserError')

    def test_rpc(self):
        session = self.session

        def call(method, *params):
            return self.rpc(f'model.{method}', *params, {}, session=session)
        found = call('coop.member.search', [], 0, None, None)
        self.assertEqual(found['result'], [self.member])
        self.assertEqual(
            call('coop.member.read', [self.member], ['id'])['result'],
            [{'id': self.member}])
        for method, *params in [
                ('coop.member.read', [self.stranger], ['number']),
                ('coop.share.movement.read', [self.movement], ['quantity']),
                ('party.party.read', [self.party], ['name']),
                ('party.party.write', [self.party], {'name': "Other"}),
                ('coop.member.activate', [self.stranger]),
                ('coop.member.suspend', [self.stranger]),
                ('account.move.search', [], 0, None, None),
                ('bank.account.number.create', [{'number': '1'}]),
                ('coop.iban.change.on_change_with_old_account', {
                        'member': self.stranger, 'state': 'draft'}),
                ('coop.iban.change.on_change', {
                        'member': self.stranger}, []),
                ('coop.iban.change.on_change_with_old_account', {
                        '_parent_member.id': self.stranger,
                        'state': 'draft'}),
                ('coop.member.on_change_with_payment_reference',
                    self.stranger),
                ('account.move.on_change', {'company': 1}, []),
                ('coop.member.search', [('party', 'where', [
                                ('bank_accounts', 'where', [])])],
                    0, None, None),
                ('coop.member.search', [('party.name', '!=', None)],
                    0, None, None),
                ('coop.member.search', [], 0, None, [('party.name', 'ASC')]),
                ('ir.export.set', {
                        'name': "Export", 'resource': 'party.party',
                        'groups': [{'name': "Own"}]}),
                ('ir.chat.channel.search_followers',
                    f'coop.member,{self.member}', ''),
                ]:
            with self.subTest(method=method):
                self.refused(call(method, *params))
        self.assertIn('result', call(
                'coop.iban.change.on_change_with_old_account',
                {'member': self.member, 'state': 'draft'}))
        self.refused(self.rpc(
                'model.coop.iban.change.default_get', ['member'],
                {'default_member': self.stranger}, session=session))
        self.assertIn('result', self.rpc(
                'model.coop.iban.change.default_get', ['member'],
                {'default_member': self.member}, session=session))
        self.refused(self.rpc(
                'wizard.coop.member.depart.create', {
                    'active_model': 'coop.member',
                    'active_id': self.stranger,
                    'active_ids': [self.stranger]}, session=session))
        self.refused(self.rpc(
                'report.party.label.execute', [self.party], {}, {},
                session=session))

    def rest(self, method, path, context=None, **kwargs):
        headers = {'Authorization': 'bearer member_key'}
        if context:
            headers['X-Tryton-Context'] = urlsafe_b64encode(
                json.dumps(context).encode()).decode()
        return getattr(self.client(), method)(
            f'/{self.db_name}/rest/model/{path}', headers=headers, **kwargs)

    def test_rest(self):
        response = self.rest('get', 'coop.member')
        self.assertEqual(response.status_code, HTTPStatus.OK)
        self.assertEqual([r['id'] for r in response.json], [self.member])
        for method, path, kwargs in [
                ('get', f'coop.member/{self.stranger}', {}),
                ('get', f'coop.share.movement/{self.movement}', {}),
                ('get', f'party.party/{self.party}', {}),
                ('put', f'party.party/{self.party}', {
                        'json': {'name': "Other"}}),
                ('delete', f'party.party/{self.party}', {}),
                ('get', 'account.move', {}),
                ('post', 'party.party', {'json': {'name': "Other"}}),
                ('post', f'coop.member/{self.stranger}/activate', {}),
                ]:
            with self.subTest(method=method, path=path):
                response = self.rest(method, path, **kwargs)
                self.assertIn(response.status_code, {
                        HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN,
                        HTTPStatus.NOT_FOUND})

    def test_rest_private_context(self):
        "The groups are not taken from what the request says they are"
        groups = list(range(1, 50))
        for context in [
                {'_groups': groups},
                {'_companies': [1, 2]},
                {'_check_access': False, '_groups': groups}]:
            with self.subTest(context=context):
                response = self.rest(
                    'get', f'coop.member/{self.stranger}', context)
                self.assertEqual(
                    response.status_code, HTTPStatus.UNAUTHORIZED)
        response = self.rest(
            'get', f'coop.member/{self.stranger}', {'_check_access': False})
        self.assertEqual(response.status_code, HTTPStatus.NOT_FOUND)


def company_date(company):
    "Return a day in an open period"
    Period = Pool().get('account.period')
    return Period.search([('company', '=', company.id)])[0].start_date
