"""What a fix comes to, in any medium: what would change, what would not and why, and what is not known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from s3kms.changes.hazards import AcceptedHazard
from s3kms.changes.interface import ChangeT, EntryT, Medium, StateT
from s3kms.changes.request import FixRequest
from s3kms.model.advice import Sentence
from s3kms.model.errors import Refused
from s3kms.model.skipped import SkippedBucket
from s3kms.model.stream import TargetNotFound


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some things change together, in a sentence."""

    subjects: tuple[str, ...]
    """`aws_s3_bucket.logs (infra/main.tf:12)`."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan(Generic[ChangeT, EntryT, StateT]):
    """A fix as data, before anything is written."""

    request: FixRequest
    medium: Medium[ChangeT, EntryT, StateT]
    changes: tuple[ChangeT, ...] = ()
    bucket_count: int = 0
    """How many buckets they change: one each, or many in one file."""
    skipped: tuple[SkippedBucket, ...] = ()
    missing: tuple[TargetNotFound, ...] = ()
    """Buckets that were named as targets and are not there."""
    reasons: tuple[Reason, ...] = ()
    """Why the things are changed where they are."""
    accepted: tuple[AcceptedHazard, ...] = ()
    """Hazards that do not keep their bucket from being changed, because they were accepted by name."""
    notes: tuple[Sentence, ...] = ()
    has_unread: bool = False
    """Whether some buckets could not even be listed; the notes say which."""
    prove: Callable[[], str | None] = lambda: None
    """Says what is wrong when all is written; None where nothing is."""

    @property
    def is_certain(self) -> bool:
        """Whether no bucket may need a change that is not known, or needs one that cannot be made."""
        return not (self.missing or self.has_unread or any(one.skipped.is_unknown for one in self.skipped))

    def _repr_html_(self) -> str:
        """A small table for a notebook, which reads nothing and writes nothing."""
        from s3kms.changes.plan_html import plan_html

        named = [(self.medium.describe(self.medium.entry_of(one)), one) for one in self.changes]
        return plan_html(named, self.bucket_count, self.skipped, [note.worded() for note in self.notes])

    def journalled_request(self) -> Mapping[str, Any]:
        """What the journal keeps of the request, and of the hazards that were accepted in each bucket."""
        accepted = [{"bucket": one.bucket, "hazard": one.hazard, "why": one.why} for one in self.accepted]
        return {**self.request.journalled(), **({"accepted_hazards": accepted} if accepted else {})}

    def check(self) -> None:
        """Raises Refused where a bucket was named as a target and what is asked cannot be done to it."""
        refused = [
            one for one in self.skipped if one.skipped.is_refusal and self.request.is_named(one.bucket.name)
        ]
        if refused:
            raise Refused(
                "; ".join(f"s3://{one.bucket.name} {one.skipped.reason}" for one in refused),
                advice="nothing was changed; leave these targets out, or ask for something they can have",
            )
