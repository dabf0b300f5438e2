#!/usr/bin/env python3
"""Write constraints.txt again: "make constraints".

It installs all extras, unconstrained, into a new environment and notes what
came.  Then run the tests: the file is worth as much as they.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from install.steps import environment, main, run, step
from install.venv import CONSTRAINTS, ROOT, TOOLS

EXTRAS = ['demo', 'planner', 'postgresql', 'server', 'test']
OWN = 'tryton-coop'


def fresh(folder):
    python = Path(folder, 'bin', 'python')
    install = [python, '-m', 'pip', 'install', '--quiet']
    options = {'cwd': ROOT, 'env': environment()}
    run([sys.executable, '-m', 'venv', folder], 'venv', 'Creating it')
    run([*install, '--upgrade', *TOOLS], 'pip', 'pip', **options)
    run([*install, f'.[{",".join(EXTRAS)}]'], 'pip', 'pip', **options)
    return python


def frozen(python):
    text = subprocess.check_output(
        [python, '-m', 'pip', 'list', '--format=freeze'], text=True)
    names = [n for n in text.split() if '==' in n]
    return [n for n in names if n.partition('==')[0] != OWN]


def renew():
    comments = [
        line for line in CONSTRAINTS.read_text().splitlines()
        if line.startswith('#')]
    with tempfile.TemporaryDirectory(prefix='coop-venv-') as folder:
        with step('All packages, at their newest'):
            lines = frozen(fresh(folder))
    CONSTRAINTS.write_text(
        '\n'.join([*comments, *sorted(lines, key=str.lower), '']))


if __name__ == '__main__':
    main(renew)
