"""From a bucket to its findings: the rules, then the exemptions."""

from collections.abc import Iterable, Iterator
from datetime import date

from s3kms.estate.bucket import AccountRead, Bucket, Gone, Missing, Sighting
from s3kms.estate.facts import Fact
from s3kms.estate.findings import Finding, Tally, Verdict, finding_about
from s3kms.rules.interface import Judgement, Rule
from s3kms.wanted.model import Wanted


def facts_needed(rules: Iterable[Rule], wanted: Wanted) -> frozenset[Fact]:
    """What a source has to read, and no more."""
    needs = frozenset[Fact]().union(*(rule.needs for rule in rules))
    return needs | {Fact.TAGS} if wanted.needs_tags else needs


def judge_all(
    sightings: Iterable[Sighting], rules: tuple[Rule, ...], wanted: Wanted, today: date, tally: Tally
) -> Iterator[Finding]:
    """The findings of a stream of buckets, one a bucket and rule; the tally knows the sum."""
    for sighting in sightings:
        match sighting:
            case Gone():
                tally.gone.append(sighting.name)
            case Missing():
                tally.missing.append(sighting.name)
                tally.note(f"s3://{sighting.name} was not checked: {sighting.remedy}")
            case AccountRead():
                pass
            case Bucket():
                # An unnamed sighting stands for buckets that could not even be listed.
                tally.buckets += sighting.name is not None or sighting.resource is not None
                yield from tally.watch(judge_bucket(sighting, rule, wanted, today) for rule in rules)


def is_in_doubt(bucket: Bucket, *, rules: tuple[Rule, ...], wanted: Wanted, today: date) -> bool:
    """Whether some rule fails it, or cannot tell: what a second look is for."""
    verdicts = {judge_bucket(bucket, rule, wanted, today).verdict for rule in rules}
    return bool(verdicts & {Verdict.FAIL, Verdict.UNKNOWN})


def judge_bucket(bucket: Bucket, rule: Rule, wanted: Wanted, today: date) -> Finding:
    """One rule's finding on one bucket, exemptions considered."""
    if bucket.outcomes:
        bucket, judgement = _decisive(bucket, rule, wanted)
    else:
        judgement = rule.judge(bucket, wanted)
    judgement = _with_exemptions(judgement, bucket, rule, wanted, today)
    return finding_about(
        bucket,
        rule=rule.id,
        severity=rule.severity,
        verdict=judgement.verdict,
        message=judgement.message,
        remedy=judgement.remedy,
    )


_GRAVEST = (Verdict.FAIL, Verdict.UNKNOWN)


def _decisive(bucket: Bucket, rule: Rule, wanted: Wanted) -> tuple[Bucket, Judgement]:
    """Of all the ways a bucket may come out, the first that fails, else the first that cannot be told."""
    judged = [(outcome, rule.judge(bucket.as_in(outcome), wanted)) for outcome in bucket.outcomes]
    for verdict in _GRAVEST:
        for outcome, judgement in judged:
            if judgement.verdict is verdict:
                message = f"when {outcome.when}: {judgement.message}"
                return bucket.as_in(outcome), Judgement(verdict, message, judgement.remedy)
    messages: dict[str, str] = {}
    for outcome, judgement in judged:
        messages.setdefault(judgement.message, outcome.when)
    if len(messages) == 1:
        (message,) = messages
        return bucket, Judgement(Verdict.PASS, message)
    said = "; ".join(f"when {when}: {message}" for message, when in messages.items())
    return bucket, Judgement(Verdict.PASS, said)


def _with_exemptions(
    judgement: Judgement, bucket: Bucket, rule: Rule, wanted: Wanted, today: date
) -> Judgement:
    """A risk somebody accepted is no failure; one whose acceptance has ended is, and the report says so."""
    if judgement.verdict is not Verdict.FAIL:
        return judgement
    if exemption := wanted.exemption_for(bucket, rule.id, today):
        return Judgement(Verdict.EXEMPT, f"{judgement.message}; exempt: {exemption.describe()}")
    if expired := wanted.expired_exemption_for(bucket, rule.id, today):
        message = f"{judgement.message}; the exemption has expired: {expired.describe()}"
        return Judgement(judgement.verdict, message, judgement.remedy)
    return judgement
