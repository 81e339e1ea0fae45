# Two commands: `make demo` shows the tool at work, `make test` proves it.
SHELL := bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= python3
LOCALSTACK_PYTHON := $(PYTHON)
BIN := .venv/bin
# An environment for development has what the demo needs; without one, the demo gets a smaller one of its own.
DEMO_VENV := $(if $(wildcard .venv/ready),.venv,.venv-demo)
PIP_INSTALL := -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt
SHOW_PROGRESS := awk '/^(Collecting|Processing) /{sub(".*/", "", $$2); print "  " ++n " " $$2; fflush()} \
	/^Installing collected/{print "  unpacking"; fflush()}'

.PHONY: demo test lint types docs docs-check site release fast bench clean

demo: $(DEMO_VENV)/ready
	$(DEMO_VENV)/bin/s3kms demo

# Three processes on two cores: tests wait for Terraform, servers and browsers a quarter of their time.
# Everything, LocalStack, Trino's grammar and Chromium included. A machine that cannot install them skips them, loudly.
test: .venv/ready localstack trino chromium
	$(BIN)/python -m pytest -n 3 --dist loadscope

# Without the slow ones, for the change at hand.
fast: .venv/ready
	$(BIN)/python -m pytest -n 3 --dist loadscope -m "not slow and not localstack and not terraform and not chromium"

lint: .venv/ready
	$(BIN)/ruff check src tests scripts benchmarks
	$(BIN)/ruff format --check src tests scripts benchmarks

types: .venv/ready
	$(BIN)/mypy

docs: .venv/ready
	$(BIN)/python scripts/generate_docs.py
	$(BIN)/python scripts/run_docs.py

docs-check: .venv/ready
	$(BIN)/python scripts/generate_docs.py --check

# The pages as a site, in the folder site, which needs no network: open site/index.html.
site: .venv/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

# The wheel, built twice, tried out in an empty environment, with its SBOM, in the folder dist (docs/releasing.md).
release: .venv/ready
	@$(BIN)/python $(PIP_INSTALL) -e '.[release]' | $(SHOW_PROGRESS)
	$(BIN)/python scripts/release_check.py

# Takes some five minutes; BENCH="memory" and the like choose parts (benchmarks/README.md).
bench: .venv/ready
	$(BIN)/python -m benchmarks.bench $(BENCH)

include tests/support/localstack/localstack.mk
include tests/support/engines/engines.mk
include tests/support/chromium/chromium.mk

.venv/ready: pyproject.toml constraints.txt
	@echo 'Installing s3kms and its tools into .venv: about 140 packages, 1.2 GB'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP_INSTALL) -e '.[demo,dev,docs]' | $(SHOW_PROGRESS)
	@touch $@

.venv-demo/ready: pyproject.toml constraints.txt
	@echo 'Installing s3kms and the embedded AWS into .venv-demo: about 40 packages, 240 MB'
	@test -x .venv-demo/bin/python || $(PYTHON) -m venv .venv-demo
	@.venv-demo/bin/python $(PIP_INSTALL) -e '.[demo]' | $(SHOW_PROGRESS)
	@touch $@

clean:
	rm -rf .venv .venv-demo .venv-localstack .venv-trino build dist site
