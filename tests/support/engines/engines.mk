# Other engines as second opinions of our SQL; the tests that ask them skip without them, and say so.
#
#   make trino     Trino's grammar, which is Athena's: four packages of npm, 30 MB, in a folder of their own
#   make spark     Spark, in .venv: 400 MB, and it needs Java 17
#
# To be included by the main Makefile.

TRINO_GRAMMAR := .venv-trino
# The one version whose results are compared; Spark 4 wants Java 17.
SPARK := pyspark==4.0.5

$(TRINO_GRAMMAR)/ready: tests/support/engines/package.json
	rm -rf $(TRINO_GRAMMAR)
	mkdir -p $(TRINO_GRAMMAR)
	cp $< $(TRINO_GRAMMAR)
	npm install --prefix $(TRINO_GRAMMAR) --no-package-lock --no-audit --no-fund --ignore-scripts --silent
	touch $@

.PHONY: trino spark
trino:
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) $(TRINO_GRAMMAR)/ready \
		|| echo "Trino's grammar could not be installed: the tests that ask it will skip" >&2

spark: .venv/ready
	$(BIN)/python $(PIP_INSTALL) $(SPARK)
