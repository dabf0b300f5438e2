# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Dues that are late are followed up by a procedure of their own

Capital that is called and not paid is on receivable lines too: what is set for
dues does not touch it.
"""
from trytond.model import ModelSQL, fields
from trytond.modules.company.model import CompanyValueMixin
from trytond.pool import Pool, PoolMeta


def _procedure():
    return fields.Many2One(
        'account.dunning.procedure', "Dunning Procedure of Dues",
        ondelete='RESTRICT',
        help="Leave empty to use that of the party.")


class Configuration(metaclass=PoolMeta):
    __name__ = 'coop.configuration'
    due_dunning_procedure = fields.MultiValue(_procedure())

    @classmethod
    def multivalue_model(cls, field):
        if field == 'due_dunning_procedure':
            return Pool().get('coop.configuration.due')
        return super().multivalue_model(field)


class ConfigurationDue(ModelSQL, CompanyValueMixin):
    __name__ = 'coop.configuration.due'
    due_dunning_procedure = _procedure()


class MoveLine(metaclass=PoolMeta):
    __name__ = 'account.move.line'

    @property
    def dunning_procedure(self):
        pool = Pool()
        Configuration = pool.get('coop.configuration')
        Invoice = pool.get('account.invoice')
        origin = self.move.origin
        if isinstance(origin, Invoice) and origin.due_member:
            procedure = Configuration(1).get_multivalue(
                'due_dunning_procedure', company=self.company.id)
            if procedure:
                return procedure
        return super().dunning_procedure
