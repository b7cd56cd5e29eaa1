# Two commands matter: `make run` shows the five campaigns run through a real Airflow, `make test` proves the project. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test check bench up docs slow clean format lock env install

VENV := .venv
BIN := $(VENV)/bin
# The first Python on this machine that we support; PYTHON=/path/to/python chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && command -v $$p && break; done)

# DAG files say `from include...`: the project's root must be on the path of every process.
export PYTHONPATH := $(CURDIR)
export PYTHONUNBUFFERED := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export GX_ANALYTICS_ENABLED := false

help:  ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/installed  ## the five campaigns over the sample inbox through a real Airflow; prints what stands where and which files to open
	@$(BIN)/python -m include.deploy.run_local run

up: $(VENV)/installed  ## the same Airflow left running; prints its address and a generated password; Ctrl-C stops it
	@$(BIN)/python -m include.deploy.run_local up

test: $(VENV)/installed-dev  ## the tests
	@$(BIN)/python -m pytest -q -m "not slow"

slow: $(VENV)/installed-dev  ## the tests that take minutes: many random cases, fuzzing, large inboxes
	@$(BIN)/python -m pytest -q -m slow

check: $(VENV)/installed-dev  ## format, lint, types, import contracts, definitions: the whole truth about style
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/baosong check

format: $(VENV)/installed-dev  ## put every file into the one style
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format .

bench: $(VENV)/installed-dev  ## files a second, memory, and the ratio to a bare reader, on SQLite and PostgreSQL
	@$(BIN)/python -m tests.slow.bench

docs: $(VENV)/installed  ## the catalogue of findings, printed from the code
	@$(BIN)/baosong docs --lang zh && $(BIN)/baosong docs --lang en

env:  ## .env for the standing installation, with random secrets; an existing one is left as it is
	@bash include/deploy/make_env.sh

clean:  ## remove what runs left behind (var/ with its sample inbox, warehouse and workbooks, caches); .venv stays
	@rm -rf var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

lock:  ## resolve the dependencies anew; hashes, no addresses
	@COMPILE="uv pip compile pyproject.toml --upgrade --python-version 3.11 --generate-hashes --no-annotate --no-header -q"; \
	$$COMPILE --universal -o requirements.lock && \
	$$COMPILE --universal --extra dev -c requirements.lock -o requirements-dev.lock && \
	$$COMPILE --python-platform linux --extra image -c requirements.lock -o requirements-image.lock

install: $(VENV)/installed-dev  ## .venv with everything that tests need

# uv installs the lock in seconds; where the machine has none, the lock's own uv does it.
define install_lock
	@if command -v uv >/dev/null 2>&1; then UV=uv; else \
		sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt; \
		$(BIN)/python -m pip install -q --require-hashes -r $(VENV)/uv.txt; UV=$(BIN)/uv; fi; \
	$$UV pip install -q --python $(BIN)/python --require-hashes -r $(1) && \
	$$UV pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
endef

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "没有找到 Python 3.11—3.13，请先安装 / Python 3.11 to 3.13 is needed: install one, or say PYTHON=/path/to/python"; exit 1; }
	@if command -v uv >/dev/null 2>&1; then uv venv -q --python "$(PYTHON)" $(VENV); else "$(PYTHON)" -m venv $(VENV); fi

$(VENV)/installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "正在安装依赖 / installing what requirements.lock names ..."
	$(call install_lock,requirements.lock)
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(call install_lock,requirements-dev.lock)
	@touch $@
