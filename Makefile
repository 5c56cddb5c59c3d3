# One environment for everything: .venv. PYTHON picks the interpreter (3.11).
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
BIN := .venv/bin

export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export NUMEXPR_NUM_THREADS := 1
export NUMBA_NUM_THREADS := 1
export NUMBA_CACHE_DIR := $(CURDIR)/.venv/numba-cache
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help run test e2e lint format bench clean

help:
	@echo "make run    serve http://localhost:$(PORT)"
	@echo "make test   run the test suite except the browser"
	@echo "make e2e    run the browser tests (needs Chromium)"
	@echo "make lint   ruff, mypy, import-linter"
	@echo "make bench  measure against peers, one JSON line a figure"

.venv/run.stamp: requirements.txt
	@$(PYTHON) -c "import sys; sys.version_info[:2] == (3, 11) or sys.exit('Python 3.11 is needed; found ' + sys.version.split()[0] + '. Try: make PYTHON=/path/to/python3.11')"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.txt
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	$(BIN)/python -m pip check
	touch $@

run: .venv/run.stamp
	$(BIN)/python scripts/serve.py --port $(PORT)

test: .venv/dev.stamp
	$(BIN)/python scripts/run_tests.py

e2e: .venv/dev.stamp
	@$(BIN)/python scripts/need_chromium.py
	$(BIN)/python -m pytest -m e2e tests/e2e

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev.stamp
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
