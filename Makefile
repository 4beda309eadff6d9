# What there is to run here. Needs Python 3.11 or later and make, nothing else:
# everything is set up in .venv inside this folder, once.
#
#   make PYTHON=/path/to/python3.12 demo     choose another interpreter

.DEFAULT_GOAL := help
.PHONY: help demo serve test lint docs bench clean
.SUFFIXES:
.DELETE_ON_ERROR:

VENV := .venv
ifeq ($(OS),Windows_NT)
  BIN := $(VENV)/Scripts
else
  BIN := $(VENV)/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

# The first interpreter that is new enough and can make environments.
FIND_PYTHON = for p in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
    if $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
        >/dev/null 2>&1; then echo $$p; break; fi; done

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' Makefile

$(VENV)/.made:
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
	    echo "Tieline needs Python 3.11 or later, with its venv module; none was found." >&2; \
	    echo "需要 Python 3.11 或更高版本(含 venv 模块),未找到。" >&2; \
	    echo "If it is installed elsewhere: make PYTHON=/path/to/python3 demo" >&2; \
	    exit 1; fi; \
	echo "Making $(VENV) with $$($$python --version) ..."; \
	$$python -m venv $(VENV)
	@touch $@

# One stamp for each set of packages; a changed pyproject.toml sets them up again.
$(VENV)/.runtime: $(VENV)/.made pyproject.toml
	@echo "Installing Tieline and what it runs on (the first time takes a minute or two) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml
	@echo "Installing what the tests and checks need (the first time takes a few minutes) ..."
	@$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.runtime

$(VENV)/.docs: $(VENV)/.made pyproject.toml
	@echo "Installing what the documentation needs ..."
	@$(PIP) --editable '.[docs]'
	@touch $@ $(VENV)/.runtime

demo: $(VENV)/.runtime  ## three counties, apart and together: the result and a report
	@$(BIN)/tieline demo

serve: $(VENV)/.runtime  ## the demonstration in the browser, on this machine; Ctrl-C ends it
	@$(BIN)/tieline serve

test: $(VENV)/.test  ## every test
	@$(BIN)/python -m pytest

lint: $(VENV)/.test  ## style, types and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(VENV)/.docs  ## the documentation as a website, docs/_build/index.html
	@$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build
	@echo "docs/_build/index.html"

bench: $(VENV)/.test  ## the benchmark table (minutes; a quiet machine)
	@$(BIN)/python -m bench

trials: $(VENV)/.test  ## the ledger under 200 kills and 60 s of eight writers
	@TIELINE_KILLS=200 TIELINE_WRITERS_S=60 $(BIN)/python -m pytest tests/ledger/test_survival.py

clean:  ## remove what these commands made
	rm -rf $(VENV) build dist docs/_build docs/reference/generated tieline-demo-report
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests bench docs examples -name __pycache__ -type d -prune -exec rm -rf {} +
