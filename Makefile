# Every chore has one entry here; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Words for pytest, e.g. make test ARGS='tests/engine/selection -x'
ARGS ?=
.DEFAULT_GOAL := help
.PHONY: help demo test e2e check mutants bench chaos format model-picture migration lock clean prerequisites

help: ## list what make can do
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## /  make \1\t/' | expand -t 23

demo: $(VENV)/.run ## run the web application with the published case, on SQLite
	@$(BIN)/gongxuan demo

test: $(VENV)/.dev ## run all tests; says at the end what this machine could not run
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

e2e: $(VENV)/.dev ## play the published case on the pages of the real server; look at every page
	@$(BIN)/python -m pytest -q tests/e2e tests/webapp/test_route_map.py $(ARGS)

check: $(VENV)/.dev ## format, lint, types, import contracts (runs no tests)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

mutants: $(VENV)/.dev ## plant faults one by one; the tests must find each
	@$(BIN)/python -m tools.mutants $(ARGS)

bench: $(VENV)/.dev ## measure what it costs, on SQLite and PostgreSQL; ARGS='--quick', '--only ballots'
	@$(BIN)/python -m tools.bench $(ARGS)

chaos: $(VENV)/.dev ## kill its processes and its database while people work; nothing may be lost
	@$(BIN)/python -m tools.chaos $(ARGS)

format: $(VENV)/.dev ## put the code into the project's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only .

model-picture: $(VENV)/.run ## draw docs/data-model.svg anew from the tables
	@$(BIN)/python -m tools.draw_model

migration: $(VENV)/.dev ## write a migration from the tables (needs PostgreSQL); NAME='what changed'
	@$(BIN)/python -m tools.write_migration '$(NAME)'

lock: ## pin every package anew, with hashes and without an index address (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' -q -o requirements.txt
	uv pip compile pyproject.toml --extra scale --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' -q -o requirements-scale.txt
	uv pip compile pyproject.toml --group dev --extra scale --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' -q -o requirements-dev.txt

clean: ## remove the virtual environment and what tools left behind
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build *.egg-info

prerequisites:
	@command -v $(PYTHON) >/dev/null || { echo '$(PYTHON) is missing. Remedy on Debian and Ubuntu: apt-get install python3 python3-venv'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Remedy: install python3.11 and run: make PYTHON=python3.11 <target>")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo 'Python lacks the venv module. Remedy on Debian and Ubuntu: apt-get install python3-venv'; exit 1; }

$(VENV)/.run: requirements.txt pyproject.toml | prerequisites
	@echo 'Setting up $(VENV), once …'
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@
