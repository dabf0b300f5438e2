#!/usr/bin/env python3
# PYTHON_ARGCOMPLETE_OK
# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""Propose members for demands, from CSV files: nothing is sent to anybody.

The files are those that doc/plan.rst of coop_mission describes. Who is
proposed what, with the reasons, is written to assignments.csv.
"""
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter

try:
    import argcomplete
except ImportError:
    argcomplete = None

from trytond.modules.coop_mission import plan_csv, plan_words
from trytond.modules.coop_mission.plan import (
    EQUITY, PlanError, Rule, prepare)
from trytond.modules.coop_mission.plan_flow import PlannerMissing
from trytond.modules.coop_mission.planner import (
    compare, plan, proposals, simulate)


class Stop(Exception):
    "What ends the program, told to who started it"


def arguments(args=None):
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('members', help="CSV file of the members")
    parser.add_argument('demands', help="CSV file of the demands")
    parser.add_argument('-o', '--output', default='assignments.csv',
        metavar='FILE', help="where to write (assignments.csv)")
    parser.add_argument('--weight', type=float, default=EQUITY,
        metavar='KM', help="how many kilometres farther one may come who has "
        f"one average load less ({EQUITY:g})")
    parser.add_argument('--skill-weight', type=float, default=0.0,
        metavar='KM', help="the same for one level above what is required: "
        "more than zero keeps experts, less prefers them (0)")
    parser.add_argument('--compare', action='store_true',
        help="show nearest and least loaded beside it")
    parser.add_argument('--simulate', type=weights, metavar='KM,KM',
        help="show what other weights give, beside what the column member of "
        "the demands says was done; writes no file")
    if argcomplete:
        argcomplete.autocomplete(parser)
    return parser.parse_args(args)


def weights(text):
    return [float(part) for part in text.split(',')]


def read(path):
    try:
        with open(path, 'rb') as file:
            return os.path.basename(path), file.read()
    except OSError as error:
        raise Stop(f"{path}: {error.strerror}")


def show(named):
    for line in plan_words.table(named):
        print(line)


def replay(problem, args, done):
    rules = [
        Rule(equity=weight, skill=args.skill_weight)
        for weight in args.simulate]
    found = simulate(problem, rules, done or None)
    show([
            (f"weight {rule.equity:g}" if rule else "as it was done",
                made.measures) for rule, made in found])


def propose(problem, args):
    rule = Rule(equity=args.weight, skill=args.skill_weight)
    if args.compare:
        plans = compare(problem, rule)
    else:
        plans = {'planner': plan(problem, rule)}
    show([(name, made.measures) for name, made in plans.items()])
    try:
        with open(args.output, 'w', encoding='utf-8-sig', newline='') as file:
            plan_words.write(file, problem, proposals(plans['planner']))
    except OSError as error:
        raise Stop(f"{args.output}: {error.strerror}")
    print(f"The proposals are in {args.output}: nothing is sent",
        file=sys.stderr)


def main(args):
    found = plan_csv.read(read(args.members), read(args.demands))
    for warning in found.warnings:
        print(warning, file=sys.stderr)
    problem = prepare(found.members, found.demands)
    if args.simulate:
        replay(problem, args, found.done)
    else:
        propose(problem, args)


def run(args=None):
    args = arguments(args)
    try:
        main(args)
    except plan_csv.BadFiles as error:
        sys.exit(f"{error}\nNothing is planned: correct the files")
    except (Stop, PlanError, PlannerMissing) as error:
        sys.exit(str(error))


if __name__ == '__main__':
    run()
