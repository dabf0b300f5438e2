#!/usr/bin/env python3
# PYTHON_ARGCOMPLETE_OK
# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Import members and their share movements.

Files are CSV (UTF-8, UTF-16 or Windows) or workbooks (XLSX), in the layout
that docs/import.md describes. Everything is checked before anything is
written, and importing the same files again changes nothing: an import that was
interrupted goes on where it stopped.
"""
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import contextmanager

try:
    import argcomplete
except ImportError:
    argcomplete = None

try:
    from tqdm import tqdm
except ImportError:
    tqdm = None

try:
    from proteus import Model, Wizard, config
except ImportError:
    prog = os.path.basename(sys.argv[0])
    sys.exit("proteus must be installed to use %s" % prog)

from trytond.exceptions import UserError
from trytond.modules.coop_member.importer.layout import SHEETS, normalize
from trytond.modules.coop_member.importer.values import date

WORKBOOKS = {'.xlsx', '.xlsm'}
KINDS = ['members', 'movements']


class Stop(Exception):
    "What ends the program, told to who started it"


def new_parser(doc, kinds):
    "Return the parser of what every command of imports is told"
    parser = ArgumentParser(
        description=doc, formatter_class=RawDescriptionHelpFormatter)
    parser.set_defaults(
        kinds=kinds, category=None, share_class=None, money_account=None,
        trial_balance=None, opening_date=None)
    parser.add_argument('-d', '--database', dest='database', required=True)
    parser.add_argument('-c', '--config', dest='config_file',
        help='the trytond config file')
    parser.add_argument('-u', '--user', default='admin',
        help="the login that will have imported (admin)")
    parser.add_argument('files', nargs='*',
        help="a workbook with the sheets {}, or files of these names, as "
        "{}.csv".format(', '.join(kinds), kinds[0]))
    for kind in kinds:
        parser.add_argument(f'--{kind}', metavar='FILE')
    parser.add_argument('--company', metavar='NAME',
        help="needed when there are several")
    parser.add_argument('--dry-run', action='store_true',
        help="check everything and write nothing")
    parser.add_argument('--skip-bad', metavar='OUT',
        help="import the good rows and write the bad ones, with what is "
        "wrong, to this workbook (XLSX)")
    parser.add_argument('--no-resume', dest='resume', action='store_false',
        help="do not go on with the same import that was interrupted")
    parser.add_argument('--resume', action='store_true', default=True,
        help="go on with it (the default)")
    return parser


def parse(parser, sheets, args=None):
    """Return the arguments, with the files under what they hold.

    :param sheets: {kind: normalized names of its files}
    """
    if argcomplete:
        argcomplete.autocomplete(parser)
    args = parser.parse_args(args)
    if args.skip_bad and not args.skip_bad.lower().endswith('.xlsx'):
        parser.error("--skip-bad needs a name that ends with .xlsx")
    for path in args.files:
        name, extension = os.path.splitext(os.path.basename(path))
        kinds = [k for k, names in sheets.items() if normalize(name) in names]
        if extension.lower() in WORKBOOKS and not kinds:
            kinds = args.kinds
        if not kinds or getattr(args, kinds[0]):
            parser.error("say what {} holds by {}".format(
                    path, ' or '.join(f'--{kind}' for kind in args.kinds)))
        setattr(args, kinds[0], path)
    if not args.trial_balance and not any(
            getattr(args, kind) for kind in args.kinds):
        parser.error("no file to import")
    return args


def arguments(args=None):
    parser = new_parser(__doc__, KINDS)
    parser.add_argument('--category', metavar='CODE',
        help="without a file of members: what the members of the movements "
        "become")
    parser.add_argument('--share-class', metavar='CODE',
        help="the class of the movements that name none")
    parser.add_argument('--money-account', metavar='CODE',
        help="where payments and repayments after the accounting start came "
        "from and went to")
    parser.add_argument('--trial-balance', metavar='FILE',
        help="then open the books with this balance of the old ones")
    parser.add_argument('--opening-date', metavar='DATE', type=date,
        help="the accounting start, date of the opening move")
    args = parse(parser, SHEETS, args)
    if args.trial_balance and not args.opening_date:
        parser.error("--trial-balance needs --opening-date")
    return args


def read(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError as error:
        raise Stop(f"{path}: {error.strerror}")


def find(model, domain, what):
    "Return the one record of a domain, None when nothing is asked for"
    records = Model.get(model).find(domain, limit=2)
    if len(records) != 1:
        raise Stop(f"{what} is not found")
    return records[0]


def set_company(name):
    Company = Model.get('company.company')
    domain = [('party.name', '=', name)] if name else []
    companies = Company.find(domain, limit=2)
    if len(companies) != 1:
        names = ', '.join(c.party.name for c in Company.find([]))
        raise Stop(f"choose a --company among: {names}")
    config.get_config()._context['company'] = companies[0].id
    return companies[0]


def create(args, company):
    "Return the import of the files, or the same that was interrupted"
    Import = Model.get('coop.import')
    import_ = Import(company=company)
    for kind in args.kinds:
        if path := getattr(args, kind):
            setattr(import_, f'{kind}_file_name', os.path.basename(path))
            setattr(import_, f'{kind}_file', read(path))
    mine = ('company', '=', company.id)
    for field, model, code in [
            ('default_category', 'coop.member.category', args.category),
            ('default_class', 'coop.share.class', args.share_class),
            ('money_account', 'account.account', args.money_account)]:
        if code:
            setattr(import_, field,
                find(model, [('code', '=', code), mine], f"code {code}"))
    import_.accounting_start = args.opening_date
    import_.skip_bad = bool(args.skip_bad)
    import_.save()
    if args.resume and not args.dry_run:
        interrupted = Import.find([
                ('state', '=', 'validated'),
                ('hash', '=', import_.hash),
                mine,
                ], limit=1)
        if interrupted:
            import_.delete()
            import_, = interrupted
            print("Go on with the import that was interrupted",
                file=sys.stderr)
    return import_


def check(args, import_):
    "Check the files and tell what is found; return whether they are good"
    if import_.state == 'draft':
        print("Check the files", file=sys.stderr)
        import_.click('check_files')
        for text in [import_.warnings, import_.problems]:
            if text:
                print(text, file=sys.stderr)
    counts = ' and '.join(
        f"{getattr(import_, f'{kind[:-1]}_count')} {kind}"
        for kind in args.kinds)
    print(f"{counts} to import, {import_.bad_count} bad rows",
        file=sys.stderr)
    return import_.state == 'validated'


def write(import_):
    slices = Model.get('coop.import.slice').find(
        [('import_', '=', import_.id), ('done', '=', False)])
    if not slices:
        print("Nothing new", file=sys.stderr)
        import_.delete()
        return
    rows = iter(slices)
    progress = tqdm(total=sum(s.count for s in slices)) if tqdm else None
    while import_.state == 'validated':
        import_.click('process_slice')
        if progress is not None:
            progress.update(next(rows).count)
    if progress is not None:
        progress.close()


def do_import(args, company):
    """Write what the files have new, once everything is found good.

    What is not to be written leaves nothing behind.
    """
    import_ = create(args, company)
    # An interrupted one has written already
    keep = bool(import_.progress)
    try:
        good = check(args, import_)
        if args.skip_bad and import_.bad_file:
            with open(args.skip_bad, 'wb') as file:
                file.write(import_.bad_file)
            print(f"The bad rows are in {args.skip_bad}", file=sys.stderr)
        if not good:
            if args.trial_balance:
                print("The trial balance is not checked yet", file=sys.stderr)
            raise Stop("Nothing is imported: correct the files")
        if args.trial_balance:
            check_balance(args, import_)
        keep = not args.dry_run
    finally:
        if not keep:
            import_.delete()
    if keep:
        write(import_)


def main(args):
    config.set_trytond(
        args.database, user=args.user, config_file=args.config_file)
    company = set_company(args.company)
    if args.members or args.movements:
        do_import(args, company)
    if args.trial_balance and not (
            args.dry_run and (args.members or args.movements)):
        open_books(args)


@contextmanager
def opening(args, import_=None):
    """Give the wizard that has checked the trial balance; end it afterwards.

    :param import_: the import to be counted as written
    """
    wizard = Wizard('coop.opening')
    try:
        wizard.form.date = args.opening_date
        wizard.form.file_name = os.path.basename(args.trial_balance)
        wizard.form.file = read(args.trial_balance)
        wizard.form.import_ = import_
        wizard.execute('check')
        if wizard.form.problems:
            print(wizard.form.problems, file=sys.stderr)
            raise Stop("The books are not opened: correct the trial balance")
        yield wizard
    finally:
        if wizard.state != wizard.end_state:
            wizard.execute('end')


def check_balance(args, import_):
    "Check the trial balance as if the import was written"
    with opening(args, import_):
        print("The trial balance is what the register will say",
            file=sys.stderr)


def open_books(args):
    with opening(args) as wizard:
        if not args.dry_run:
            wizard.execute('open_')
            print("The books are opened", file=sys.stderr)


def run(args=None):
    args = arguments(args)
    try:
        main(args)
    except (Stop, UserError) as error:
        sys.exit(str(getattr(error, 'message', error)))


if __name__ == '__main__':
    run()
