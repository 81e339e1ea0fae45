"""Tries an edit: reads a unit with the edit in its files, and compares its buckets with those before. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.bounded_reading import read_buckets
from s3kms.iac.editing.target import key_problem, outcomes_of
from s3kms.iac.files import OverlayFiles
from s3kms.iac.interface import ReadContext, Reader, Unit
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class EditAttempt:
    """Which buckets come out differently with an edit in the files."""

    passed: frozenset[str] = frozenset()
    """The buckets to edit that come out differently and as desired, by address."""
    unfinished: frozenset[str] = frozenset()
    """The buckets to edit that come out differently and not as desired yet."""
    strangers: tuple[str, ...] = ()
    """Other buckets that come out differently, appear or vanish."""
    impossible: str = ""
    """Why the edit cannot be made at all, where that is so."""
    still_unknown: str = ""
    """What cannot be told of one of the unfinished buckets even then."""
    key_problems: tuple[tuple[str, str], ...] = ()
    """The unfinished buckets that get a key which S3 cannot use, by address, each with the reason."""
    bucket_key_off: frozenset[str] = frozenset()
    """Those that passed, come from SSE-S3 and would not have the S3 Bucket Key."""
    bucket_key_on: frozenset[str] = frozenset()
    """Those that passed, whose S3 Bucket Key the code turned off and that would have it."""

    @property
    def is_harmless(self) -> bool:
        """Whether it can be made and changes no bucket that is not to be edited."""
        return not self.strangers and not self.impossible


def compare_buckets(
    before: Mapping[str, Bucket],
    after: Mapping[str, Bucket],
    to_edit: Collection[str],
    is_right: Callable[[Bucket, Bucket], bool],
) -> EditAttempt:
    """Compares the buckets of a unit before and after an edit, by their addresses.

    `is_right` says of a bucket that was to be edited, before and after, whether it is as desired now.
    """
    reached = {
        name for name in before.keys() & after.keys() if settings_of(before[name]) != settings_of(after[name])
    }
    mine = frozenset(reached.intersection(to_edit))
    strangers = (reached - mine) | (before.keys() ^ after.keys())
    passed = frozenset(name for name in mine if is_right(before[name], after[name]))
    unfinished = mine - passed
    reasons = (why for name in sorted(unfinished) for why in describe_unknowns(after[name]))
    problems = tuple(
        (name, problem[0])
        for name in sorted(unfinished)
        for outcome in outcomes_of(after[name])
        if (problem := key_problem(outcome, after[name]))
    )
    return EditAttempt(
        passed,
        unfinished,
        tuple(sorted(strangers)),
        still_unknown=next(reasons, ""),
        key_problems=problems,
    )


def describe_unknowns(bucket: Bucket) -> Iterator[str]:
    """Why the default encryption of a bucket is not known, for each outcome in which it is not."""
    for outcome in outcomes_of(bucket):
        if isinstance(outcome.encryption, Unknown):
            yield f"when {outcome.when}: {outcome.encryption.why}" if outcome.when else outcome.encryption.why


def read_with_edit(
    reader: Reader, unit: Unit, context: ReadContext, contents: Mapping[Path, bytes]
) -> dict[str, Bucket]:
    """The buckets of a unit by their addresses; `contents` is what some files would have, by path."""
    files = OverlayFiles(context.files, contents)
    found = read_buckets(reader, unit, replace(context, files=files))
    return {bucket.resource: bucket for bucket in found if bucket.resource}


def settings_of(bucket: Bucket) -> tuple[object, ...]:
    """All that the code sets for a bucket, to compare with; not where it says so."""
    ways = tuple((one.when, one.encryption, one.key) for one in outcomes_of(bucket))
    return bucket.name, bucket.kind, bucket.region, bucket.tags, bucket.caveat, ways
