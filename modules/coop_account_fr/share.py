# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
from itertools import count

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.wizard import StateTransition, Wizard

from .exceptions import ClassAccountError


class CreateAccount(Wizard):
    __name__ = 'coop.share.class.create_account'
    start_state = 'create_'
    create_ = StateTransition()

    def transition_create_(self):
        """Give each class an account of its own for its paid-up capital.

        It is opened below the account that the class would use (101311,
        101312... below 10131). A class that has its own keeps it.

        :raises ClassAccountError: when the register knows the class already,
            whose capital is then on another account
        """
        pool = Pool()
        Account = pool.get('account.account')
        Movement = pool.get('coop.share.movement')
        classes = [c for c in self.records if not c.account_paid_up]
        used = Movement.search([
                ('share_class', 'in', [c.id for c in classes]),
                ], order=[('number', 'ASC')], limit=1)
        if used:
            movement, = used
            raise ClassAccountError(gettext(
                    'coop_account_fr.msg_class_account_used',
                    share_class=movement.share_class.rec_name,
                    account=movement.share_class.account('paid_up').rec_name,
                    movement=movement.rec_name))
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
