# LocalStack in a venv of its own, for the tests that want a second opinion (tests/support/localstack/server.py).
#
#   make localstack                    have it, if PyPI can be reached; without it those tests skip, and say so
#   make .venv-localstack/ready        the same, but failing when it cannot be had
#
# To be included by the main Makefile; works alone, too: make -f tests/support/localstack/localstack.mk ...

LOCALSTACK_PYTHON ?= python3
LOCALSTACK_VENV := .venv-localstack
# 2026.3.0 says it runs on Python 3.12, but imports what only 3.13 has; 4.13.1 runs on 3.11 and 3.12.
LOCALSTACK_PINS := tests/support/localstack/requirements-$(shell $(LOCALSTACK_PYTHON) -c \
	'import sys; print("py311" if sys.version_info < (3, 13) else "py313")').txt
# The list of services LocalStack would otherwise make at every start, which takes 3 seconds.
LOCALSTACK_INDEX := import sys; from localstack.aws import spec; \
	spec.build_service_index_cache(f"{sys.prefix}/{spec._get_catalog_filename()}")

$(LOCALSTACK_VENV)/ready: $(LOCALSTACK_PINS)
	rm -rf $(LOCALSTACK_VENV)
	$(LOCALSTACK_PYTHON) -m venv $(LOCALSTACK_VENV)
	$(LOCALSTACK_VENV)/bin/python -m pip install --quiet --no-deps --requirement $(LOCALSTACK_PINS)
	DISABLE_EVENTS=1 $(LOCALSTACK_VENV)/bin/python -c '$(LOCALSTACK_INDEX)'
	touch $@

.PHONY: localstack clean-localstack
localstack:
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) $(LOCALSTACK_VENV)/ready \
		|| echo 'LocalStack could not be installed: the tests that ask it will skip (and fail where CI=true)' >&2

clean-localstack:
	rm -rf $(LOCALSTACK_VENV)
