# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
import contextlib
import csv
import io
import re
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from trytond.modules.coop_member.importer.layout import normalize

from .. import plan_csv
from ..plan import DAY, codes, prepare
from ..plan_csv import BadFiles, minute, spans
from ..scripts import coop_plan as script

MEMBERS = (
    "id;skills;latitude;longitude;radius;departments;availability;proposed;"
    "absences;papers\n"
    "7;plumbing:3, heating:1;48,8566;2,3522;50;;100;600;;"
    "insurance:2026-12-31\n"
    "8;Plumbing:2;48.9;2.4;;75|93;100;0;2026-03-03..2026-03-04;\n"
    "10;heating:2;45.76;4.83;*;;50;0;;\n")
DEMANDS = (
    "id;skills;latitude;longitude;department;remote;start;end;hours;papers;"
    "refused;member\n"
    "a;plumbing:2;48.86;2.35;75;;2026-03-02 09:00;2026-03-02 17:00;8;;;7\n"
    "b;plumbing:2;48.86;2.35;75;;03/03/2026;03/03/2026;7;insurance;;7\n"
    "c;plumbing:9;48.86;2.35;75;;2026-03-09;2026-03-09;7;;;\n"
    "d;heating;;;;oui;2026-03-02;2026-03-05;7;;7;10\n")
BROKEN_MEMBERS = (
    "id;skills;latitude;longitude;radius;availability;absences;colour\n"
    "1;plumbing:x;48;2;10;100;;red\n"
    "1;;98;2;10;-5;2026-03-05..2026-03-02;\n"
    ";;48;;;1,234;2026-02-30;\n")
BROKEN_DEMANDS = (
    "id;start;end;hours;refused\n"
    "1;2026-03-02 25:00;2026-03-02;0;9\n"
    "2;2026-03-02 12:00;2026-03-02 11:00;1;\n")


def read(members=MEMBERS, demands=DEMANDS):
    return plan_csv.read(
        ('members.csv', members.encode()), ('demands.csv', demands.encode()))


class ReadingTestCase(unittest.TestCase):
    "Test what the files say"

    def test_files(self):
        found = read()
        self.assertEqual(found.warnings, [])
        self.assertEqual(found.done, {'a': 7, 'b': 7, 'd': 10})
        problem = prepare(found.members, found.demands)
        self.assertEqual(problem.members.number.tolist(), [7, 8, 10])
        self.assertEqual(
            problem.members.availability.tolist(), [1200, 1200, 600])
        against = {
            (d.item(), m.item()): codes(
                problem.blocked[problem.demand(d), problem.member(m)])
            for d in problem.demands.number for m in problem.members.number}
        self.assertEqual(against, {
                ('a', 7): (), ('a', 8): (), ('a', 10): ('skill',),
                ('b', 7): (), ('b', 8): ('absence', 'papers'),
                ('b', 10): ('skill', 'papers'),
                ('c', 7): ('skill',), ('c', 8): ('skill',),
                ('c', 10): ('skill',),
                ('d', 7): ('refused',), ('d', 8): ('skill', 'absence'),
                ('d', 10): ()})

    def test_times(self):
        self.assertEqual(minute('1970-01-02'), DAY)
        self.assertEqual(minute('02/01/1970', True), 2 * DAY)
        self.assertEqual(minute('1970-01-02T08:30:00', True), DAY + 510)
        self.assertEqual(minute('02/01/1970 8h30'), DAY + 510)
        self.assertEqual(
            spans('1970-01-02; 1970-01-03 12:00..1970-01-03 13:00'),
            [(DAY, 2 * DAY), (2 * DAY + 720, 2 * DAY + 780)])

    def test_days(self):
        self.assertEqual(
            plan_csv.days('1-3, 5'), [True] * 3 + [False, True] + [False] * 2)
        self.assertEqual(plan_csv.days(''), [True] * 7)

    def test_broken(self):
        "All that is wrong is told at once, with its line and a remedy"
        with self.assertRaises(BadFiles) as raised:
            read(BROKEN_MEMBERS, BROKEN_DEMANDS)
        for start, remedy in [
                ("members.csv, line 2: skills", "write plumbing:2"),
                ("members.csv, line 3: latitude", "between -90 and 90"),
                ("members.csv, line 3: availability", "less than zero"),
                ("members.csv, line 3: absences", "ends before"),
                ("members.csv, line 3: 1 is on line 2", "already"),
                ("members.csv, line 4: fill in id", ""),
                ("members.csv, line 4: give both latitude", "longitude"),
                ("members.csv, line 4: give a radius", "* for everywhere"),
                ("members.csv, line 4: availability", "write 1234.5"),
                ("members.csv, line 4: absences", "does not exist"),
                ("demands.csv, line 2: start", "14:30"),
                ("demands.csv, line 2: hours must", "more than zero"),
                ("demands.csv, line 2: 9 is not among", "members"),
                ("demands.csv, line 2: give latitude", "yes as remote"),
                ("demands.csv, line 3: the end is not after", ""),
                ]:
            found = [p for p in raised.exception.problems
                if p.startswith(start) and remedy in p]
            self.assertEqual(len(found), 1, (start, raised.exception.problems))

    def test_columns(self):
        "What is missing is wrong, what is not known is left out"
        with self.assertRaisesRegex(
                BadFiles, "members.csv has no column availability"):
            read("id;radius\n1;*\n")
        with self.assertRaisesRegex(BadFiles, "column id twice"):
            read(MEMBERS.replace('proposed', 'number'))
        with self.assertRaisesRegex(BadFiles, "members.csv is empty"):
            read("")
        with self.assertRaisesRegex(BadFiles, "line 2 has a quotation"):
            read(MEMBERS.replace('7;', '"7;', 1))
        found = read(MEMBERS.replace('proposed', 'colour'))
        self.assertEqual(
            found.warnings, ["members.csv: the column colour is left out"])

    def test_documented(self):
        "doc/plan.rst has each column, in order"
        text = Path(plan_csv.__file__).with_name('doc').joinpath(
            'plan.rst').read_text(encoding='utf-8')
        text = text.partition('Members\n---')[2]
        for columns in [plan_csv.MEMBERS, plan_csv.DEMANDS]:
            part, _, text = text.partition('\nDemands\n---')
            fields = re.findall(r'^:([a-z, ]+):', part, re.MULTILINE)
            self.assertEqual(
                [name for f in fields for name in f.split(', ')],
                [column.name for column in columns])
            text = text.partition('\nAssignments\n---')[0]

    def test_french(self):
        "The columns in French are those of the guide"
        path = Path(__file__).parents[3] / 'docs' / 'fr' / 'planification.md'
        if not path.exists():
            self.skipTest("only in the source")
        found = re.findall(
            r'^\| (`.*?) \|', path.read_text(encoding='utf-8'), re.MULTILINE)
        known = {
            name for columns in [plan_csv.MEMBERS, plan_csv.DEMANDS]
            for column in columns for name in column.aliases}
        written = {
            normalize(name) for cell in found
            for name in re.findall(r'`([^`*0]+)`', cell)}
        self.assertLessEqual(written, known)
        self.assertGreater(len(written), 15)

    def test_nobody_has(self):
        found = read(demands=DEMANDS.replace('c;plumbing', 'c;carpentry'))
        self.assertEqual(found.warnings, [
                "demands.csv, line 4: no member has the skill carpentry"])


class ScriptTestCase(unittest.TestCase):
    "Test trytond_coop_plan"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.files = [str(self.folder / n) for n in ['m.csv', 'd.csv']]
        self.output = self.folder / 'out.csv'
        for path, text in zip(self.files, [MEMBERS, DEMANDS]):
            Path(path).write_text(text, encoding='utf-8')

    def run_script(self, *args):
        "Return what is written to both outputs"
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            script.run([*self.files, '-o', str(self.output), *args])
        return out.getvalue(), err.getvalue()

    def written(self):
        text = self.output.read_text(encoding='utf-8-sig')
        return {
            row['demand']: row
            for row in csv.DictReader(io.StringIO(text), delimiter=';')}

    def test_proposals(self):
        "The least loaded is first, but he is away on the next day"
        _, err = self.run_script('--compare')
        self.assertIn("nothing is sent", err)
        rows = self.written()
        self.assertEqual(
            {d: row['member'] for d, row in rows.items()},
            {'a': '8', 'b': '7', 'c': '', 'd': '10'})
        self.assertEqual(
            rows['a']['reasons'],
            "first by the rule; the least loaded who can")
        self.assertEqual(rows['b']['reasons'], "the only one who can")
        self.assertEqual(
            rows['c']['reasons'], "nobody: 3 do not have the skills at the "
            "level (3 for nothing else)")
        self.assertEqual(
            (rows['d']['start'], rows['d']['end']),
            ('2026-03-02 00:00', '2026-03-06 00:00'))

    def test_compare(self):
        out, _ = self.run_script('--compare', '--weight', '0')
        head, *lines = out.splitlines()
        self.assertEqual(
            [line.split()[:3] for line in lines], [
                ['planner', '3', '4'], ['nearest', '3', '4'],
                ['least_loaded', '3', '4']])
        self.assertIn('Gini', head)
        self.assertEqual(self.written()['a']['member'], '7')

    def test_simulate(self):
        out, _ = self.run_script('--simulate', '0,100')
        self.assertEqual(
            [line.split('  ')[0] for line in out.splitlines()[1:]],
            ["as it was done", "weight 0", "weight 100"])
        self.assertFalse(self.output.exists())

    def test_bad(self):
        Path(self.files[0]).write_text(BROKEN_MEMBERS, encoding='utf-8')
        with self.assertRaisesRegex(SystemExit, "m.csv, line 2: skills"):
            self.run_script()
        self.assertFalse(self.output.exists())

    def test_missing(self):
        self.files[0] += 'x'
        with self.assertRaisesRegex(SystemExit, "No such file"):
            self.run_script()

    def test_no_ortools(self):
        with patch.dict(sys.modules, {
                    'ortools.graph.python.min_cost_flow': None}):
            with self.assertRaisesRegex(SystemExit, r"\[planner\]"):
                self.run_script()
        self.assertFalse(self.output.exists())
