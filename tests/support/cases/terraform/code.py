"""Terraform folders: every way in which code says, or does not say, what encrypts a bucket."""

from tests.support.cases.terraform import code_files as files
from tests.support.cases.terraform import code_inputs as inputs
from tests.support.cases.terraform import code_instances as instances
from tests.support.cases.terraform import code_joins as joins
from tests.support.cases.terraform import code_keys as keys
from tests.support.cases.terraform import code_modules as modules
from tests.support.cases.terraform import code_values as values
from tests.support.terraform_case import PLAN_TELLS, Case, planned

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
