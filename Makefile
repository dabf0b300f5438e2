# Each target installs what it needs first.
#   make run [DB=postgresql://user@host:port/name] [PORT=8000]
#   make test [MODULE=coop_member]
#
# The system's Python comes first: those that version managers compile often
# lack profile-guided optimisation, and everything takes a quarter longer.
ifndef PYTHON
PYTHON := $(or $(shell for python in /usr/bin/python3 python3; do \
	$$python -c "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))" \
	2>/dev/null && echo $$python && break; done),python3)
endif
PORT ?= 8000

.PHONY: run reset test lint bench constraints upgrade-fixture python

run: python
	@exec $(PYTHON) demo/run.py --port "$(PORT)" --db "$(DB)"

reset: python
	@exec $(PYTHON) demo/run.py --port "$(PORT)" --db "$(DB)" --reset

test: python
	@exec $(PYTHON) tests/run.py --module "$(MODULE)"

lint: python
	@exec $(PYTHON) tests/run.py --module "$(MODULE)" --only lint

bench: python
	@exec $(PYTHON) bench/run.py

constraints: python
	@exec $(PYTHON) config/constraints.py

upgrade-fixture: python
	@exec $(PYTHON) tests/upgrade/make.py

python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
	{ echo "Python 3.11 or newer is needed: install it and name it, as in"; \
	echo "    make run PYTHON=python3.11"; exit 1; }
