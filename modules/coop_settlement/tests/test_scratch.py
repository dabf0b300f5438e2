from decimal import Decimal as D
from trytond.model import ModelSQL, ModelView
from trytond.model.exceptions import AccessButtonError, AccessError
from trytond.exceptions import UserError
from trytond.modules.company.tests import set_company
from trytond.modules.coop_member.tests import factories as coop
from trytond.modules.coop_mission.tests import factories as mission_, lists_trust
from trytond.pool import Pool
from trytond.tests.test_tryton import with_transaction
from . import factories, lists
import traceback

class Scratch(factories.SettlementTestCase):
    @with_transaction()
    def test_generic(self):
        pool = Pool()
        company = factories.cooperative()
        with set_company(company):
            lists.paid(2)
            stranger, = factories.workers(company, 1)
            from trytond.modules.company.tests import create_company
            other = create_company("Other", company.currency)
            if 1:
                clerk2 = coop.user('clerk2', 'administration', 'accountant','board', company=other)
            user = coop.user('stranger', 'member', member=stranger)
            mission_.forget()
            for who in [user, clerk2]:
              for name, Model in sorted(pool.iterobject()):
                if not issubclass(Model, ModelSQL) or not name.startswith('coop.'):
                    continue
                if callable(getattr(Model, 'table_query', None)):
                    continue
                ids = [r.id for r in Model.search([], limit=2, order=[('id','DESC')])]
                if not ids: continue
                with coop.as_user(who):
                    try:
                        seen = [r.id for r in Model.search([('id','in',ids)])]
                    except AccessError: 
                        seen = []
                    ids = [i for i in ids if i not in seen]
                    if not ids: continue
                    names=[n for n,f in Model._fields.items() if f._type in ('char','text','date') and not getattr(f,'readonly',0)][:1]
                    acts={'write':lambda: Model.write([Model(ids[0])], {}),
                          'write1':lambda: Model.write([Model(ids[0])], {names[0]: None}),
                          'writestate':lambda: Model.write([Model(ids[0])], {'state': 'draft'}) if 'state' in Model._fields else None,
                          'read':lambda: Model.read([ids[0]], ['rec_name']),
                          'delete':lambda: Model.delete([Model(ids[0])]),
                          'copy':lambda: Model.copy([Model(ids[0])]),
                          }
                    if issubclass(Model, ModelView):
                        for b in Model._buttons:
                            acts['B'+b]=lambda b=b: getattr(Model,b)([Model(ids[0])])
                    for k,a in acts.items():
                        if name=='coop.independence' and k=='copy': continue
                        try:
                            a()
                            if k!='writestate' or 'state' in Model._fields: print('THROUGH', who.login, name, k)
                        except AccessError: pass
                        except Exception as e:
                            print('ERR', who.login, name, k, type(e).__name__, str(e)[:150])
