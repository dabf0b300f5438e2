#!/usr/bin/env python3
# PYTHON_ARGCOMPLETE_OK
# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Import clients, skills of members and demands.

Files are CSV (UTF-8, UTF-16 or Windows) or workbooks (XLSX), in the layout
that docs/import.md describes. Everything is checked before anything is
written, and importing the same files again changes nothing: an import that was
interrupted goes on where it stopped.
"""
import os
import sys

try:
    from proteus import config
except ImportError:
    prog = os.path.basename(sys.argv[0])
    sys.exit("proteus must be installed to use %s" % prog)

from trytond.exceptions import UserError
from trytond.modules.coop_member.scripts import import_coop_members as members
from trytond.modules.coop_mission.import_files import SHEETS


def arguments(args=None):
    return members.parse(
        members.new_parser(__doc__, list(SHEETS)), SHEETS, args)


def main(args):
    config.set_trytond(
        args.database, user=args.user, config_file=args.config_file)
    members.do_import(args, members.set_company(args.company))


def run(args=None):
    args = arguments(args)
    try:
        main(args)
    except (members.Stop, UserError) as error:
        sys.exit(str(getattr(error, 'message', error)))


if __name__ == '__main__':
    run()
