#!/usr/bin/env python3
"""The style of every Python file, and that none grows out of hand."""
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ['bench', 'config', 'demo', 'modules', 'tests']
LINES = 500


def files(folder=None):
    skipped = {'node_modules', '__pycache__', 'build'}
    folders = [folder] if folder else FOLDERS
    found = [ROOT / 'setup.py'] if not folder else []
    for name in folders:
        found += [
            path for path in sorted((ROOT / name).rglob('*.py'))
            if not skipped & set(path.relative_to(ROOT).parts)]
    return found


def too_long(paths):
    for path in paths:
        count = len(path.read_text(encoding='utf-8').splitlines())
        if count > LINES:
            yield f'{path.relative_to(ROOT)}: {count} lines, over {LINES}'


def flake8(paths):
    done = subprocess.run(
        [sys.executable, '-m', 'flake8', '--config', ROOT / 'setup.cfg',
            '--jobs', '1', *(p.relative_to(ROOT) for p in paths)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = done.stdout.splitlines()
    return lines or ([f'flake8 failed: {done.returncode}']
        if done.returncode else [])


def check(folder=None):
    "Both checks as (name, list of what is wrong)"
    paths = files(folder)
    return [
        ('flake8', flake8(paths) if paths else []),
        (f'no file over {LINES} lines', list(too_long(paths))),
        ]


def main():
    failed = False
    for name, problems in check():
        print(f'{name}: {"FAILED" if problems else "ok"}')
        for problem in problems:
            print(f'  {problem}')
        failed |= bool(problems)
    return int(failed)


if __name__ == '__main__':
    sys.exit(main())
