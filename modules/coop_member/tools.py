# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.


def any_of(clause, *names):
    """Return the domain that searches a text in one of several fields.

    What is to be found in none ('not ilike', '!=') is looked for in all.

    :param clause: that of search_rec_name
    :param names: of the fields
    """
    operator = clause[1]
    if operator.startswith('!') or operator.startswith('not '):
        bool_op = 'AND'
    else:
        bool_op = 'OR'
    return [bool_op, *((name, *clause[1:]) for name in names)]
