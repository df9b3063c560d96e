# Two commands matter: `make demo` and `make test`. Both make the virtual environment on first use.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp-fxopt
PYTEST_FLAGS ?=
# Worker processes for pytest and lit.
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 8 ] && echo 8 || echo $$n)

.PHONY: demo test test-all check lint type lit unit bench docs install clean
.DEFAULT_GOAL := test

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

test: lint type lit unit

# Everything, the slow tests included.
test-all: lint type lit
	@$(BIN)/python -m pytest -q -n $(JOBS) -m "slow or not slow" $(PYTEST_FLAGS)

# What a developer runs before each commit.
check: lint type lit

lint: $(STAMP)
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .

type: $(STAMP)
	@$(BIN)/mypy -p fxopt

lit: $(STAMP)
	@$(BIN)/lit -q -j $(JOBS) tests/lit

unit: $(STAMP)
	@$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow" $(PYTEST_FLAGS)

bench: $(STAMP)
	@$(BIN)/python -m benchmarks.run

docs: $(STAMP)
	@$(BIN)/python -m fxopt.tools.gen_docs

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
