# What a person does with a checkout. `make` alone lists it; `.ci/run` calls `make test`.
#
# Needs Python 3.11 or newer with pip. Everything else is fetched: Python packages from the lock files into .venv, the
# servers of the tests from Debian.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help run test lint servers bench faults fuzz coverage lock clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name words; do \
		printf '  make %-8s %s\n' "$$name" "$$words"; done

run: $(VENV)/installed  ## the demo: the engine on embedded parts, simulated WhatsApp and Genesys, a ready tenant
	@exec $(BIN)/xyper demo

test: lint servers  ## everything that must hold: lint, then all tests against private servers
	@echo '── tests, on two processes'
	@$(BIN)/python -m pytest -m 'not faults' --numprocesses=2 --dist=loadfile
	@echo '── tests that kill processes, one after another'
	@$(BIN)/python -m pytest -m faults

lint: $(VENV)/installed-dev  ## style, types and import contracts
	@echo '── ruff check' && $(BIN)/ruff check .
	@echo '── ruff format' && $(BIN)/ruff format --check .
	@echo '── mypy' && $(BIN)/mypy
	@echo '── import contracts' && $(BIN)/lint-imports

servers:  ## the servers and the browser of the tests, from Debian, where missing; none of them is started
	@.ci/servers

bench: $(VENV)/installed-dev servers  ## measure: a table, and JSON
	@$(BIN)/python -m tests.bench

faults: $(VENV)/installed-dev servers  ## half an hour of everything that can go wrong: a verdict on every message, histories in var/faults
	@$(BIN)/python -m tests.faults.long

fuzz: $(VENV)/installed-dev servers  ## attack: more than 100,000 bodies that nobody sends in good faith
	@$(BIN)/python -m tests.fuzz

coverage: $(VENV)/installed-dev  ## every branch of both vendors' translations is reached by their own tests
	@$(BIN)/python -m coverage run --branch --source=plugins/xyper_whatsapp,plugins/xyper_genesys \
		-m pytest -q tests/plugins/whatsapp tests/plugins/genesys
	@$(BIN)/python -m coverage report --skip-covered --show-missing --fail-under=100 \
		--omit='*/__init__.py,*/failures.py,*/graph.py,*/keeper.py,*/template*.py,*/uploads.py'

lock: | $(BIN)/python  ## the lock files anew from pyproject.toml; with UPGRADE=--upgrade the newest versions
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(PIP) uv
	$(LOCK) $(UPGRADE) pyproject.toml --extra build -o requirements.lock
	$(LOCK) $(UPGRADE) pyproject.toml --all-extras -c requirements.lock -o requirements-dev.lock

clean:  ## remove what was installed and built; var/ stays, it holds data and keys
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The files `installed` and `installed-dev` say that .venv is in step with its lock: the second run is instant.

$(VENV)/installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo '── Python packages (the first time this takes a minute)'
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	@echo '── Python packages, with those of the tests (the first time this takes two minutes)'
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(VENV)/installed $@

$(BIN)/python:
	@PYTHON='$(PYTHON)' .ci/venv $(VENV)
