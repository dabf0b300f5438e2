# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"The command trytond_import_coop_members, run as from a terminal"
import datetime as dt
import io
import os
import tempfile
from contextlib import redirect_stderr
from unittest.mock import patch

from trytond.modules.company.tests import set_company
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, RouteTestCase
from trytond.transaction import Transaction, TransactionError

from ..importer import plan
from ..scripts import import_coop_members as script
from . import EXTRAS, factories

START = dt.date(2021, 1, 1)


class ScriptTestCase(RouteTestCase):
    "Companies to import into, files, and what the command says and writes"
    module = 'coop_member'
    extras = EXTRAS

    def setUp(self):
        super().setUp()
        uri = os.environ.get('TRYTOND_DATABASE_URI')
        if uri is not None:
            self.addCleanup(os.environ.__setitem__,
                'TRYTOND_DATABASE_URI', uri)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        # Few members a slice, so that few rows make many slices
        for name, size in [('MEMBER_SLICE', 2), ('ROW_SLICE', 3)]:
            patcher = patch.object(plan, name, size)
            patcher.start()
            self.addCleanup(patcher.stop)

    def cooperative(self, name, start=START, years=(2020, 2023)):
        "Return the id of a company, committed"
        extras = {}
        while True:
            with Transaction().start(DB_NAME, 1, **extras) as transaction:
                try:
                    company = self._cooperative(name, start, years)
                except TransactionError as error:  # a lock must come first
                    transaction.rollback()
                    error.fix(extras)
                    continue
                transaction.commit()
                return company

    def _cooperative(self, name, start, years):
        User = Pool().get('res.user')
        company = factories.cooperative(name, years)
        with set_company(company):
            factories.share_class(company)
            factories.category(company)
            configuration = Pool().get('coop.configuration')(1)
            configuration.accounting_start = start
            configuration.save()
        user = User(1)
        user.companies = [*user.companies, company]
        user.company = company
        user.save()
        return company.id

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def run_(self, name, *args):
        "Return what the command says"
        err = io.StringIO()
        with redirect_stderr(err):
            try:
                script.run(
                    ['-d', DB_NAME, '--company', name, *map(str, args)])
            except SystemExit as exit:
                return f'{err.getvalue()}exit {exit.code}'
        return err.getvalue()

    def state(self, company):
        "All that an import writes"
        with Transaction().start(DB_NAME, 1):
            pool = Pool()
            Event = pool.get('coop.member.event')
            Import = pool.get('coop.import')
            Member = pool.get('coop.member')
            Movement = pool.get('coop.share.movement')
            Party = pool.get('party.party')
            mine = [('company', '=', company)]
            Company = pool.get('company.company')
            with set_company(Company(company)):
                assert not Movement.verify_register(
                    Company(company), dt.date(2020, 12, 31))
            return (
                Party.search([], count=True),
                [m.number for m in Member.search(mine)],
                [e.hash for e in Event.search(mine)],
                [(m.reference, m.hash) for m in Movement.search(mine)],
                sorted(i.state for i in Import.search(mine)),
                )
