# `make ingest` and `make test` need Python 3.11 or newer and make, and set up everything else themselves.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt

.PHONY: ingest test test-consumers test-browser test-package setup office check lint bench accept train-main-content clean

ingest: $(VENV)/.ready  ## raw/ -> processed/
	@$(BIN)/python -m pipeline ingest

test: $(VENV)/.ready-test  ## all tests
	@$(BIN)/python -m pytest

test-consumers: $(VENV)/.ready-consumers  ## really load the set with datasets, DuckDB, pandas, polars, pyarrow
	@$(BIN)/python -m pytest tests/test_consumers.py tests/test_export.py

test-package: $(VENV)/.ready  ## build the wheel, and install it into an empty environment, with and without the extra parquet
	@tests/packaging.sh $(BIN)/python
	@tests/packaging.sh $(BIN)/python '[parquet]'

test-browser: $(VENV)/.ready-browser  ## look at the report in a headless Chromium, where there is one
	@$(BIN)/python -m pytest tests/test_report_page.py -rs

setup: $(VENV)/.ready  ## the virtual environment alone

office: $(VENV)/.ready  ## read PDF, Word, PowerPoint and Excel files from now on
	@$(PIP) -e '.[office]'

check: lint test  ## lint, types, architecture, tests

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

accept: $(VENV)/.ready-test  ## rewrite goldens and processed/ for review: the diff is the review
	$(BIN)/python -m pipeline ingest
	$(BIN)/python -m pytest tests/test_golden.py tests/test_docs.py --accept

bench: $(VENV)/.ready-test  ## side by side with other tools; each that is missing is named and passed over
	$(BIN)/python -m tests.bench

train-main-content: $(VENV)/.ready-dev  ## the block classifier anew: make train-main-content PAGES=pages.jsonl.xz NEWS=news.jsonl
	@$(PIP) 'lightgbm>=4'
	$(BIN)/python tests/training/train_main_content.py $(PAGES) $(if $(NEWS),--articles $(NEWS)) --out pipeline/parsers/html/main_content.npz

clean:  ## everything that make made, processed/ but its state excepted
	rm -rf $(VENV) processed/.state *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Each stamp is made again only when pyproject.toml or the pinned versions change.
$(VENV)/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.ready: pyproject.toml .ci/constraints.txt | $(VENV)/bin/python
	@echo "installing what the pipeline needs (once)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	@echo "installing what the tests need (once)"
	@$(PIP) -e '.[test]'
	@touch $@

$(VENV)/.ready-consumers: $(VENV)/.ready-test
	@echo "installing the tools that read the set (once)"
	@$(PIP) -e '.[test,consumers]'
	@touch $@

$(VENV)/.ready-browser: $(VENV)/.ready-test
	@$(PIP) -e '.[test,browser]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready-test
	@$(PIP) -e '.[dev]'
	@touch $@
