"""From a bucket to its findings: the rules, then the exemptions."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from s3kms.desired.configuration import Configuration, Exemption
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact
from s3kms.model.findings import Acceptance, Finding, Verdict, make_finding
from s3kms.model.stream import Unlisted
from s3kms.model.suppressions import Suppression
from s3kms.rules import IDS
from s3kms.rules.interface import Rule, RuleResult


def facts_needed(rules: Iterable[Rule], wanted: Configuration) -> frozenset[Fact]:
    """What a source has to read, and no more."""
    needs = frozenset[Fact]().union(*(rule.needs for rule in rules))
    return needs | {Fact.TAGS} if wanted.needs_tags else needs


def unlisted_finding(unlisted: Unlisted, rule: Rule) -> Finding:
    """What a rule says of buckets that could not be listed: UNKNOWN, without a bucket."""
    scope, unknown = unlisted.scope, unlisted.unknown
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        verdict=Verdict.UNKNOWN,
        bucket=None,
        message=unknown.why,
        advice=unknown.advice,
        account=scope.account,
        places=scope.places,
        unknown=unknown,
    )


def is_in_doubt(bucket: Bucket, *, rules: tuple[Rule, ...], wanted: Configuration, today: date) -> bool:
    """Whether some rule fails it, or cannot tell: what a second look is for."""
    verdicts = {evaluate_bucket(bucket, rule, wanted, today).verdict for rule in rules}
    return bool(verdicts & {Verdict.FAIL, Verdict.UNKNOWN})


def evaluate_bucket(bucket: Bucket, rule: Rule, wanted: Configuration, today: date) -> Finding:
    """One rule's finding on one bucket, exemptions considered."""
    if bucket.outcomes:
        decisive, judgement = _decisive(bucket, rule, wanted)
    else:
        decisive, judgement = bucket, rule.result_for(bucket, wanted)
    judgement = _with_exemptions(judgement, bucket, rule, wanted, today)
    if rule.asks_for_kms:
        judgement = _with_flaws(judgement, bucket)
    return make_finding(
        decisive,
        rule=rule.id,
        severity=rule.severity,
        verdict=judgement.verdict,
        message=judgement.message,
        advice=judgement.advice,
        acceptance=judgement.acceptance,
        unknown=judgement.unknown,
    )


def find_exemption(
    bucket: Bucket, rule: Rule, wanted: Configuration, today: date
) -> Exemption | Suppression | None:
    """The exemption in force for this bucket: of the rule, or of the one whose exemptions hold for it, too."""
    found = (wanted.exemption_for(bucket, rule_id, today) for rule_id in _exemption_ids(rule))
    return next((one for one in found if one), None)


def _exemption_ids(rule: Rule) -> tuple[str, ...]:
    return (rule.id,) if rule.also_exempted_as is None else (rule.id, rule.also_exempted_as)


_GRAVEST = (Verdict.FAIL, Verdict.UNKNOWN)


def _decisive(bucket: Bucket, rule: Rule, wanted: Configuration) -> tuple[Bucket, RuleResult]:
    """Of all the ways a bucket may come out, the first that fails, else the first that cannot be told."""
    judged = [(outcome, rule.result_for(bucket.as_in(outcome), wanted)) for outcome in bucket.outcomes]
    for verdict in _GRAVEST:
        for outcome, judgement in judged:
            if judgement.verdict is verdict:
                message = f"when {outcome.when}: {judgement.message}"
                return bucket.as_in(outcome), RuleResult(
                    verdict, message, judgement.advice, unknown=judgement.unknown
                )
    messages: dict[str, str] = {}
    for outcome, judgement in judged:
        messages.setdefault(judgement.message, outcome.when)
    if len(messages) == 1:
        (message,) = messages
        return bucket, RuleResult(Verdict.PASS, message)
    said = "; ".join(f"when {when}: {message}" for message, when in messages.items())
    return bucket, RuleResult(Verdict.PASS, said)


def _with_exemptions(
    judgement: RuleResult, bucket: Bucket, rule: Rule, wanted: Configuration, today: date
) -> RuleResult:
    """A risk somebody accepted is no failure; one whose acceptance has ended is, and the report says so."""
    if judgement.verdict is not Verdict.FAIL:
        return judgement
    if exemption := find_exemption(bucket, rule, wanted, today):
        place = exemption.place if isinstance(exemption, Suppression) else None
        accepted = Acceptance(exemption.describe(), place)
        return RuleResult(Verdict.EXEMPT, f"{judgement.message}; exempt: {accepted.why}", acceptance=accepted)
    expired = (wanted.expired_exemption_for(bucket, rule_id, today) for rule_id in _exemption_ids(rule))
    if ended := next((one for one in expired if one), None):
        message = f"{judgement.message}; the exemption has expired: {ended.describe()}"
        return RuleResult(judgement.verdict, message, judgement.advice)
    return judgement


def _with_flaws(judgement: RuleResult, bucket: Bucket) -> RuleResult:
    """An exemption beside the code that cannot be understood exempts nothing, and the report says so."""
    flaws = describe_flaws(bucket)
    return replace(judgement, message="; ".join((judgement.message, *flaws))) if flaws else judgement


def describe_flaws(bucket: Bucket) -> list[str]:
    """What cannot be understood of the exemptions beside the code of a bucket, each in a sentence."""
    flaws = [(skip, _flaw(skip)) for skip in bucket.suppressions]
    return [f"the exemption at {skip.where} is not understood: {flaw}" for skip, flaw in flaws if flaw]


def _flaw(skip: Suppression) -> str | None:
    if skip.is_own and skip.rule is not None and skip.rule not in IDS:
        return f"there is no rule {skip.rule!r}"
    return skip.flaw
