"""The page "Why is my bucket in this state": every verdict, every cause, and what to do, as the code says it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from scripts.doc_pages.page import NOTE, cell
from scripts.doc_pages.state_examples import unknown_examples

from s3kms.changes.buckets.plan import plan_change
from s3kms.changes.buckets.planner import key_cannot_be_used, no_key_is_named
from s3kms.changes.requirement import VECTOR_BUCKET_SKIPPED, EncryptionRequirement
from s3kms.cli.wording import cli_wording
from s3kms.desired.configuration import Configuration, Exemption
from s3kms.model.bucket import BucketKind
from s3kms.model.encryption import SSE_KMS, SSE_S3
from s3kms.model.findings import Finding, Verdict
from s3kms.model.plan import PlanClass
from s3kms.model.skipped import Skipped
from s3kms.model.unknown import UnknownCause
from s3kms.rules import RULES
from s3kms.rules import examples as an
from s3kms.rules.evaluate import evaluate_bucket
from s3kms.rules.interface import Example, Rule

_EXITS = {Verdict.PASS: "0", Verdict.EXEMPT: "0", Verdict.FAIL: "10", Verdict.UNKNOWN: "11, where none fails"}
_TODAY = date(2026, 11, 27)
_INTRODUCTION = """
A check gives each bucket one verdict for each rule, with a sentence that says why. This page has every verdict and
every cause, with those sentences: search for yours. `s3kms check s3://BUCKET --format json` prints all that is known
of one bucket, the AWS call and its request id included; `s3kms explain RULE` says why a rule matters and when not to
follow it.
"""


def bucket_states_page() -> str:
    """The whole page."""
    return f"""{NOTE}# Why is my bucket in this state?
{_INTRODUCTION}
| verdict | meaning | exit code |
| --- | --- | --- |
{verdict_rows(with_exit=True)}
`--fail-on` chooses [what gives 10 and 11](checking.md#in-a-pipeline).

## PASS and FAIL

{"".join(map(_rule_section, RULES))}
## EXEMPT

A failure that somebody accepted, with a reason: in [`s3kms.toml`](configuration.md), or in
[a comment beside the code](code.md#exempting-a-bucket). An exemption that has ended, or whose comment is not
understood, exempts nothing, and the sentence says so.

| the exemption | verdict | sentence |
| --- | --- | --- |
{"".join(_exemption_rows())}
## UNKNOWN

A fact that decides is not known. It is never a pass and never a fail; in JSON the finding has `unknown` with its
`cause`, AWS's code and the operation. An account, region or file that could not even be listed is one finding without
a bucket.

| cause | meaning |
| --- | --- |
{"".join(f"| [`{one.value}`](#{one.value}) | {one.meaning} |" + chr(10) for one in UnknownCause)}
{"".join(map(_cause_section, UnknownCause))}
## What a plan says

[A plan](planning.md) puts each bucket that would change into one of four classes; [hazards](hazards.md) and
[who keeps access](access.md) decide, and the plan's row has the sentence.

| class | meaning |
| --- | --- |
{"".join(f"| {one.value} | {one.meaning} |" + chr(10) for one in PlanClass)}
## What a fix skips

A bucket that `s3kms fix` does not change is listed with the reason. Beside the [hazards](hazards.md):

| reason | what to do |
| --- | --- |
{"".join(_skipped_rows())}"""


def verdict_rows(*, with_exit: bool = False) -> str:
    """A row for each verdict."""
    return "".join(
        f"| {one.name} | {one.meaning} |{f' {_EXITS[one]} |' if with_exit else ''}\n" for one in Verdict
    )


def _rule_section(rule: Rule) -> str:
    rows = "".join(row for example in rule.examples if (row := _example_row(rule, example)))
    return (
        f"### {rule.title}\n\n[`{rule.id}`](rules/{rule.id}.md)\n\n"
        f"| the bucket | verdict | sentence | what to do |\n| --- | --- | --- | --- |\n{rows}\n"
    )


def _example_row(rule: Rule, example: Example) -> str:
    found = rule.result_for(example.bucket, example.wanted)
    if found.verdict not in {Verdict.PASS, Verdict.FAIL}:
        return ""
    cells = (example.title, found.verdict.name, _short(found.message), found.advice.worded(cli_wording))
    return _row(cells)


def _exemption_rows() -> Iterator[str]:
    exemption = Exemption("acme-*-logs", "a load balancer delivers here", owner="platform team")
    endings = {
        "in force": exemption,
        "in force until a day": replace(exemption, until=date(2027, 3, 31)),
        "ended": replace(exemption, until=date(2026, 3, 31)),
    }
    for title, one in endings.items():
        found = _exempted(one)
        yield _row((title, found.verdict.name, found.message))


def _exempted(exemption: Exemption) -> Finding:
    bucket = replace(an.bucket(SSE_S3), name="acme-alb-logs")
    return evaluate_bucket(bucket, RULES[0], Configuration(exemptions=(exemption,)), _TODAY)


def _cause_section(cause: UnknownCause) -> str:
    rows = "".join(
        _row((_short(one.why), one.advice.worded(cli_wording)))
        for one in unknown_examples()
        if one.cause is cause
    )
    return f"### {cause.value}\n\nThat is: {cause.meaning}.\n\n| sentence | what to do |\n| --- | --- |\n{rows}\n"


def _skipped_rows() -> Iterator[str]:
    aws_managed = EncryptionRequirement(algorithm=None, key=None, bucket_key=None, bucket_key_only=False)
    named = replace(an.bucket(SSE_S3), name="acme-web")
    asked = (
        (replace(an.bucket(SSE_KMS, bucket_key=True), name="acme-web"), aws_managed),
        (named, replace(aws_managed, bucket_key_only=True)),
        (replace(named, region=None), aws_managed),
        (replace(an.bucket("aws:backup"), name="acme-web"), aws_managed),
        (replace(named, kind=BucketKind.DIRECTORY), aws_managed),
        (replace(named, kind=BucketKind.DIRECTORY), replace(aws_managed, is_named=True)),
        (replace(named, kind=BucketKind.TABLE), aws_managed),
    )
    found: Iterable[object] = [plan_change(bucket, required) for bucket, required in asked]
    skipped = [one for one in found if isinstance(one, Skipped)]
    for one in (
        *skipped,
        VECTOR_BUCKET_SKIPPED,
        no_key_is_named(),
        key_cannot_be_used("the key is disabled"),
    ):
        yield _row((one.reason, one.remedy.worded(cli_wording)))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(cell, cells))} |\n"


def _short(text: str) -> str:
    return text.replace(an.KEY_ARN, "arn:aws:kms:…")
