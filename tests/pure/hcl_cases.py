"""Terraform folders: every way in which code says, or does not say, what encrypts a bucket."""

from tests.pure import hcl_cases_files as files
from tests.pure import hcl_cases_inputs as inputs
from tests.pure import hcl_cases_instances as instances
from tests.pure import hcl_cases_joins as joins
from tests.pure import hcl_cases_keys as keys
from tests.pure import hcl_cases_modules as modules
from tests.pure import hcl_cases_values as values
from tests.support.hcl import PLAN_TELLS, Case, planned

CASES: list[Case] = [
    *(keys.ALGORITHMS + keys.KEYS + keys.BUCKET_KEYS),
    *planned(PLAN_TELLS, *(values.VARIABLES + values.LOCALS + values.FUNCTION_CASES)),
    *values.CONDITIONS,
    *(instances.COUNTS + instances.FOR_EACH + instances.DYNAMIC),
    *(joins.BY_REFERENCE + joins.BY_NAME),
    *(modules.NESTED + modules.ACROSS + modules.FETCHED),
    *(inputs.FILES + inputs.COMMAND_LINE + inputs.ELSEWHERE),
    *(files.OVERRIDES + files.JSON + files.TOFU),
    *planned(PLAN_TELLS, *files.TEXTS),
]
"""Made by us."""
