# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from itertools import count

from trytond.pool import Pool
from trytond.wizard import StateTransition, Wizard


class CreateAccount(Wizard):
    __name__ = 'coop.share.class.create_account'
    start_state = 'create_'
    create_ = StateTransition()

    def transition_create_(self):
        """Give each class an account of its own for its paid-up capital.

        It is opened below the account that the class would use (101311,
        101312... below 10131). A class that has its own keeps it.

        :raises MovementError: when the register knows the class already, whose
            capital is then on another account
        """
        pool = Pool()
        Account = pool.get('account.account')
        classes = [c for c in self.records if not c.account_paid_up]
        for share_class in classes:
            parent = share_class.account('paid_up')
            codes = {a.code for a in Account.search([
                        ('company', '=', share_class.company.id),
                        ('code', 'like', f'{parent.code}%'),
                        ])}
            share_class.account_paid_up, = Account.create([{
                        'name': f"{parent.name} - {share_class.name}",
                        'code': next(
                            code for code in
                            (f'{parent.code}{n}' for n in count(1))
                            if code not in codes),
                        'company': share_class.company.id,
                        'parent': parent.id,
                        'type': parent.type.id,
                        }])
            share_class.save()
        return 'end'

    def end(self):
        return 'reload'
