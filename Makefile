# Every target makes the virtual environment that it needs; Python and make are all that has to be there.
# PYTHON chooses the interpreter: `make test PYTHON=python3.12` works in an environment of its own.

ifeq ($(origin PYTHON), undefined)
PYTHON := $(or $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $$python && break; done), python3)
VENV := .venv
else
VENV := .venv-$(or $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'), \
	$(error PYTHON=$(PYTHON) does not run))
endif
VENV_MIN = $(VENV)-min
RUN = $(VENV)/bin/python
INSTALL = @$(PYTHON) tools/install.py

# Options for pytest, as in `make test ARGS="-k upgrade -x"`.
ARGS ?=
# Two tests at a time; `make test JOBS=0` runs them one after the other in one process.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install demo test test-min check format docs bench bench-quick clean

help:  ## say what the targets do
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## */\1\t/' | expand -t 14

install:  ## make the virtual environments that the other targets use
	$(INSTALL) $(VENV) tests models lint docs
	$(INSTALL) $(VENV_MIN) tests --constraints tools/requirements-min.txt

demo:  ## show what the project does, from an empty folder to a migrated database
	$(INSTALL) $(VENV)
	@$(RUN) tools/demo.py

test:  ## run the test suite on SQLite, PostgreSQL and MariaDB; servers that are absent are skipped
	$(INSTALL) $(VENV) tests models
	@$(RUN) -m pytest -n $(JOBS) $(ARGS)

test-min:  ## run the test suite on the oldest supported versions
	$(INSTALL) $(VENV_MIN) tests --constraints tools/requirements-min.txt
	@$(VENV_MIN)/bin/python -m pytest -n $(JOBS) $(ARGS)

check:  ## lint, types, architecture, docs and generated pages
	$(INSTALL) $(VENV) tests models lint docs
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@REQUIRE_ENGINES= $(RUN) -m pytest -q tests/test_architecture.py tests/test_style.py
	@$(RUN) tools/generate_cli_reference.py --check
	@$(RUN) -m sphinx -q -W --keep-going -E docs docs/_build/html

format:  ## apply ruff's fixes and format, and write the generated pages anew
	$(INSTALL) $(VENV) tests models lint docs
	@$(RUN) -m ruff check --fix --exit-zero .
	@$(RUN) -m ruff format .
	@$(RUN) tools/generate_cli_reference.py

docs:  ## build the documentation into docs/_build/html
	$(INSTALL) $(VENV) tests models lint docs
	@$(RUN) -m sphinx -q -W --keep-going docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench:  ## measure against Flask-Migrate 4.1
	$(INSTALL) $(VENV) tests
	@$(RUN) benchmarks/run.py

bench-quick:  ## the same with small sizes
	$(INSTALL) $(VENV) tests
	@$(RUN) benchmarks/run.py --quick

clean:  ## remove the virtual environments, caches and built pages
	rm -rf .venv .venv-* .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist docs/_build
	find src tests tools docs -name __pycache__ -type d -prune -exec rm -rf {} +
