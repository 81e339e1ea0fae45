# Debian's Chromium, in which the pages of --format html are tried (tests/support/chromium/browser.py).
#
#   make chromium     have it, where the machine has apt-get and we are root; without it those tests skip, and say so
#
# To be included by the main Makefile.

.PHONY: chromium
chromium:
	@command -v chromium >&2 || { test "$$(id -u)" = 0 && command -v apt-get \
		&& { apt-get update -qq || :; } \
		&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } \
		>&2 || echo 'Chromium could not be installed: the tests of pages will skip (and fail where CI=true)' >&2
