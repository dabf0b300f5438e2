# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.

from . import routes, rpc, search_access, seen

__all__ = ['routes', 'rpc', 'search_access', 'seen']
