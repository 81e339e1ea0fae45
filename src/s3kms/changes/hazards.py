"""Which hazards keep a bucket from being changed, and which of them were accepted. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from s3kms.hazards import UNREAD, all_hazards
from s3kms.hazards.interface import Danger, EncryptionSwitch, Hazard
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.skipped import Skipped
from s3kms.model.unknown import NOT_READ, Unknown


@dataclass(frozen=True, slots=True)
class AcceptedHazard:
    """A hazard that would have kept a bucket from being changed, and was accepted by name: the journal keeps it."""

    bucket: str
    hazard: str
    """Its id; `unread` where the facts of one could not be read."""
    why: str


@dataclass(frozen=True, slots=True)
class HazardAssessment:
    """What the hazards found on one bucket."""

    skipped: Skipped | None
    """Why it is skipped; None where nothing stands in the way."""
    accepted: tuple[AcceptedHazard, ...] = ()
    notes: tuple[Sentence, ...] = ()
    """What the new default does not apply to: it keeps nothing from being changed."""


def assess_hazards(bucket: Bucket, switch: EncryptionSwitch, accept: frozenset[str]) -> HazardAssessment:
    """Whether a bucket is changed, what breaks considered; `accept` are the ids that stand in nobody's way."""
    reasons: list[str] = []
    options: list[str] = []
    advice: list[Advice] = []
    accepted: list[AcceptedHazard] = []
    unread: dict[str, Unknown] = {}
    notes: list[Sentence] = []
    for hazard in all_hazards():
        match hazard.evaluate(bucket, switch):
            case answer if not hazard.shape.breaks:
                notes += [_describe_unaffected(bucket, hazard, answer)] if isinstance(answer, Danger) else []
            case Danger(why=why) if hazard.id in accept:
                accepted.append(AcceptedHazard(bucket.label, hazard.id, why))
            case Danger(why=why):
                reasons.append(why)
                options.append(hazard.id)
                advice.append(hazard.advice)
            case Unknown() as unknown if unknown is not NOT_READ and hazard.id not in accept:
                unread.setdefault(unknown.why, unknown)
    for why, unknown in unread.items():
        if UNREAD in accept:
            accepted.append(AcceptedHazard(bucket.label, UNREAD, why))
        else:
            reasons.append(f"may break something: {why}")
            advice.append(unknown.advice)
    if unread and UNREAD not in accept:
        options.append(UNREAD)
    if not reasons:
        return HazardAssessment(None, tuple(accepted), tuple(notes))
    skipped = Skipped(
        "; ".join(reasons), _join_advice(advice, options), is_unknown=True, hazards=tuple(options)
    )
    return HazardAssessment(skipped, tuple(accepted), tuple(notes))


def _describe_unaffected(bucket: Bucket, hazard: Hazard, found: Danger) -> Sentence:
    what = {"bucket": bucket.label, "why": found.why, "advice": hazard.advice}
    return Sentence("{bucket} {why} ({advice})", what)


def _join_advice(advice: Iterable[Advice], options: Iterable[str]) -> Advice:
    """What mends each, each once; or what accepts all."""
    distinct = list({str(one): one for one in advice}.values())
    accepting = {f"option{number}": Option("accept", name) for number, name in enumerate(options)}
    words = " ".join(f"{{{name}}}" for name in accepting)
    fields: dict[str, object] = {f"advice{number}": one for number, one in enumerate(distinct)}
    text = "; ".join(f"{{{name}}}" for name in fields)
    return Advice(f"{text}; to change it all the same: {words}", {**fields, **accepting})
