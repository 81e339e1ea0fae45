# Two commands: `make demo` shows the tool at work, `make test` proves it.
PYTHON ?= python3
LOCALSTACK_PYTHON := $(PYTHON)
BIN := .venv/bin

.PHONY: demo test lint types docs docs-check fast bench clean

demo: .venv/ready
	$(BIN)/s3kms demo

# Everything, LocalStack included. A machine that cannot install LocalStack skips it, loudly.
test: .venv/ready localstack
	$(BIN)/python -m pytest -n 2 --dist loadscope

# Without the slow ones, for the change at hand.
fast: .venv/ready
	$(BIN)/python -m pytest -n 2 --dist loadscope -m "not slow and not localstack and not terraform"

lint: .venv/ready
	$(BIN)/ruff check src tests scripts benchmarks
	$(BIN)/ruff format --check src tests scripts benchmarks

types: .venv/ready
	$(BIN)/mypy

docs: .venv/ready
	$(BIN)/python scripts/generate_docs.py
	$(BIN)/python scripts/tell_readme.py

docs-check: .venv/ready
	$(BIN)/python scripts/generate_docs.py --check

# Takes some five minutes; BENCH="memory" and the like choose parts (benchmarks/README.md).
bench: .venv/ready
	$(BIN)/python -m benchmarks.bench $(BENCH)

include tests/support/localstack/localstack.mk

.venv/ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,dev,iac]'
	touch $@

clean:
	rm -rf .venv .venv-localstack build dist
