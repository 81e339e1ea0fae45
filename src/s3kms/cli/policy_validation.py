"""What IAM Access Analyzer says of the documents that `plan --prepare` shows, shown as it is."""

from collections.abc import Iterable, Iterator

from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import Refused
from s3kms.model.policy_checks import (
    DOLLARS_PER_PAID_CHECK,
    PAID_CHECK_PRICE,
    CheckedPolicy,
    PaidAnswer,
    PaidCheck,
    PolicyFinding,
    PolicyToCheck,
)
from s3kms.model.unknown import Unknown
from s3kms.text.count import count
from s3kms.text.sanitize import printable

_FOUND = {
    PaidCheck.NEW_ACCESS: ("gives more access than now, as is meant", "gives no more access than now"),
    PaidCheck.PUBLIC_ACCESS: ("can give public access", "gives no public access"),
}


def describe_cost(policies: Iterable[PolicyToCheck]) -> str | None:
    """What the paid checks of these documents cost; None where there are none."""
    checks = sum(len(one.paid_checks) for one in policies)
    if not checks:
        return None
    cost = f"${checks * DOLLARS_PER_PAID_CHECK:.4f}"
    return f"{count(checks, 'paid check')} of Access Analyzer: {cost}, at {PAID_CHECK_PRICE}"


def describe_checked(checked: Iterable[CheckedPolicy]) -> Iterator[str]:
    """Lines about what was found, in AWS's own words."""
    for one in checked:
        yield f"{printable(one.policy.name)}:\n"
        if isinstance(one.findings, Unknown):
            yield _not_known("not validated", one.findings)
        elif not one.findings:
            yield "  Access Analyzer finds nothing\n"
        else:
            yield from map(_finding, one.findings)
        for check, answer in one.paid.items():
            yield from _paid(check, answer)


def _finding(found: PolicyFinding) -> str:
    place = f" (line {found.line})" if found.line is not None else ""
    link = f" {found.link}" if found.link else ""
    return f"  {found.severity.value} {printable(found.code)}{place}: {printable(found.details)}{printable(link)}\n"


def _paid(check: PaidCheck, answer: "PaidAnswer | Unknown") -> Iterator[str]:
    if isinstance(answer, Unknown):
        yield _not_known(f"{check.value} not checked", answer)
        return
    there, not_there = _FOUND[check]
    yield f"  {there if answer.is_found else not_there}\n"
    for reason in answer.reasons if answer.is_found else ():
        yield f"    {printable(reason)}\n"


def _not_known(what: str, unknown: Unknown) -> str:
    return f"  {what}: {printable(unknown.why)} ({printable(unknown.advice.worded(cli_wording))})\n"


def is_answered(checked: Iterable[CheckedPolicy]) -> bool:
    """Whether Access Analyzer answered all that it was asked."""
    return not any(
        isinstance(part, Unknown) for one in checked for part in (one.findings, *one.paid.values())
    )


def refuse_errors(checked: Iterable[CheckedPolicy]) -> None:
    """Raises Refused where a part of a document does not work, in the judgment of Access Analyzer."""
    names = [one.policy.name for one in checked if one.is_refused]
    if names:
        option = {"option": Option("validate")}
        raise Refused(
            printable(f"Access Analyzer finds an error in {' and in '.join(names)}: nothing was written"),
            advice=Advice("look at what it says; without {option} it is not asked", option),
        )
