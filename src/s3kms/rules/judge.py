"""From a bucket to its findings: the rules, then the exemptions."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from s3kms.estate.advice import Option, Sentence
from s3kms.estate.bucket import LEAVE_TO_LOGS, AccountRead, Bucket, Gone, Missing, Sighting
from s3kms.estate.facts import Fact
from s3kms.estate.findings import Acceptance, Finding, Tally, Verdict, finding_about
from s3kms.estate.skips import Skip
from s3kms.estate.words import finding_words
from s3kms.rules import IDS
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
    passed_over = Counter[frozenset[str]]()
    for sighting in sightings:
        match sighting:
            case Gone():
                tally.gone.append(sighting.name)
            case Missing():
                tally.missing.append(sighting.name)
                tally.note(
                    Sentence(
                        "s3://{name} was not checked: {advice}",
                        {"name": sighting.name, "advice": sighting.advice},
                    )
                )
            case AccountRead():
                pass
            case Bucket():
                # An unnamed sighting stands for buckets that could not even be listed.
                tally.buckets += sighting.name is not None or sighting.resource is not None
                for finding in tally.watch(judge_bucket(sighting, rule, wanted, today) for rule in rules):
                    if finding.verdict is Verdict.FAIL:
                        passed_over[wanted.passed_over(sighting, finding.rule, today)] += 1
                    yield finding
    del passed_over[frozenset()]
    if passed_over:
        count = finding_words(passed_over.total())
        tools = ", ".join(sorted(frozenset[str]().union(*passed_over)))
        tally.note(
            Sentence(
                "what is written for {tools} skips {count} of these; {option} makes that exempt",
                {"tools": tools, "count": count, "option": Option("honor_skips")},
            )
        )


def is_in_doubt(bucket: Bucket, *, rules: tuple[Rule, ...], wanted: Wanted, today: date) -> bool:
    """Whether some rule fails it, or cannot tell: what a second look is for."""
    verdicts = {judge_bucket(bucket, rule, wanted, today).verdict for rule in rules}
    return bool(verdicts & {Verdict.FAIL, Verdict.UNKNOWN})


def judge_bucket(bucket: Bucket, rule: Rule, wanted: Wanted, today: date) -> Finding:
    """One rule's finding on one bucket, exemptions considered."""
    if bucket.outcomes:
        decisive, judgement = _decisive(bucket, rule, wanted)
    else:
        decisive, judgement = bucket, rule.judge(bucket, wanted)
    judgement = _with_exemptions(judgement, bucket, rule, wanted, today)
    if rule.is_default:
        judgement = _with_flaws(_with_deliveries(judgement, bucket), bucket)
    return finding_about(
        decisive,
        rule=rule.id,
        severity=rule.severity,
        verdict=judgement.verdict,
        message=judgement.message,
        advice=judgement.advice,
        acceptance=judgement.acceptance,
        unknown=judgement.unknown,
    )


_GRAVEST = (Verdict.FAIL, Verdict.UNKNOWN)


def _decisive(bucket: Bucket, rule: Rule, wanted: Wanted) -> tuple[Bucket, Judgement]:
    """Of all the ways a bucket may come out, the first that fails, else the first that cannot be told."""
    judged = [(outcome, rule.judge(bucket.as_in(outcome), wanted)) for outcome in bucket.outcomes]
    for verdict in _GRAVEST:
        for outcome, judgement in judged:
            if judgement.verdict is verdict:
                message = f"when {outcome.when}: {judgement.message}"
                return bucket.as_in(outcome), Judgement(
                    verdict, message, judgement.advice, unknown=judgement.unknown
                )
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
        place = exemption.place if isinstance(exemption, Skip) else None
        accepted = Acceptance(exemption.describe(), place)
        return Judgement(Verdict.EXEMPT, f"{judgement.message}; exempt: {accepted.why}", acceptance=accepted)
    if expired := wanted.expired_exemption_for(bucket, rule.id, today):
        message = f"{judgement.message}; the exemption has expired: {expired.describe()}"
        return Judgement(judgement.verdict, message, judgement.advice)
    return judgement


def _with_deliveries(judgement: Judgement, bucket: Bucket) -> Judgement:
    """What SSE-KMS would stop is told with every verdict, and changes none; but a failure has another remedy then."""
    if not bucket.deliveries:
        return judgement
    told = "; ".join((judgement.message, *map(str, bucket.deliveries)))
    advice = LEAVE_TO_LOGS if judgement.verdict is Verdict.FAIL else judgement.advice
    return replace(judgement, message=told, advice=advice)


def _with_flaws(judgement: Judgement, bucket: Bucket) -> Judgement:
    """An exemption beside the code that cannot be understood exempts nothing, and the report says so."""
    flaws = [(skip, _flaw(skip)) for skip in bucket.skips]
    told = [f"the exemption at {skip.where} is not understood: {flaw}" for skip, flaw in flaws if flaw]
    return replace(judgement, message="; ".join((judgement.message, *told))) if told else judgement


def _flaw(skip: Skip) -> str | None:
    if skip.is_own and skip.rule is not None and skip.rule not in IDS:
        return f"there is no rule {skip.rule!r}"
    return skip.flaw
