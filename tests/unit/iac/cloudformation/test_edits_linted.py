"""cfn-lint, other people's reader, has nothing to say of an edited template that it did not say before."""

import re
from collections import Counter

import pytest
from tests.support.cases.cloudformation.parameters import GIVEN, TABLES
from tests.support.cases.cloudformation.styles import ARN, STYLES
from tests.support.cases.cloudformation.templates import CASES
from tests.support.template_edits import fix_case
from tests.support.templates import FAIL, Case

from s3kms.iac.interface import DesiredKey, EditTarget

TEMPLATES = [
    *(case for case in (*CASES, *TABLES, *GIVEN) if case.verdict is FAIL),
    *(
        Case(f"style: {style.id}", style.before.decode("utf-8-sig"), FAIL)
        for style in STYLES
        if style.newline != "\r"
    ),
]
DESIRED = {
    "as usual": EditTarget(),
    "a key": EditTarget(key=DesiredKey(literal=ARN)),
    "the template's key": EditTarget(key=DesiredKey(address="Key")),
}


UNUSED = "W2001 Parameter P not used."
"""Of a parameter that allows SSE-S3, or is given it, and gives way to the algorithm: the one new complaint."""
UNASKED = re.compile(r"W8001 Condition \w+ not used")
"""Of a condition that chose between the algorithm and another, and chooses nothing where both are one."""


@pytest.mark.slow
def test_an_edit_brings_no_new_complaint() -> None:
    from cfnlint.api import lint  # type: ignore[import-untyped]
    from cfnlint.core import get_rules  # type: ignore[import-untyped]

    rules = get_rules([], [], ["I", "W", "E"])

    def matches(text: str) -> Counter[str]:
        found = lint(text, rules, ["eu-central-1"])
        return Counter(f"{match.rule.id} {match.message}" for match in found)

    new: dict[str, Counter[str]] = {}
    for case in TEMPLATES:
        before = matches(case.text)
        for wish, desired in DESIRED.items():
            edited = fix_case(case, desired)
            if edited.proposals:
                new[f"{case.id}, {wish}"] = matches(edited.text) - before

    unused = {name for name, found in new.items() if UNUSED in found}
    assert len(new) >= 100
    assert unused
    assert all("allowed values" in name or "given" in name for name in unused)
    left = {
        name: {m for m in found if m != UNUSED and not UNASKED.fullmatch(m)} for name, found in new.items()
    }
    assert {name: found for name, found in left.items() if found} == {}
