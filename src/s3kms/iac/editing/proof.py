"""Proves all edits together, by reading the units again: promised buckets come out as asked for, and no other bucket
comes out differently.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.iac.editing.assessment import NeedsEdit
from s3kms.iac.editing.attempt import settings_of
from s3kms.iac.editing.read_units import Candidate, UnitRead, pair_by_address, read_units_again
from s3kms.iac.editing.snapshot import real_path
from s3kms.iac.interface import ReadContext
from s3kms.model.bucket import Bucket
from s3kms.model.skipped import Skipped

AssessBucket = Callable[[Bucket], NeedsEdit | Skipped]
"""Whether a bucket needs an edit, or is skipped."""


@dataclass(slots=True)
class EditProof:
    """What reading the units again, with all edits in them, comes to."""

    wrong: dict[int, str] = field(default_factory=dict)
    """The candidates, by number, that must be taken out, and why."""
    suspects: dict[int, str] = field(default_factory=dict)
    """The candidates that edit a file of a bucket that comes out differently and is not to be edited, and why: at
    least one of them must be taken out."""
    helped: dict[int, Bucket] = field(default_factory=dict)
    """The buckets that are compliant now, as they read now, by the `id()` of each as it was read first."""


@dataclass(frozen=True, slots=True)
class EditProver:
    """Proves candidates that are to be applied together."""

    reads: Sequence[UnitRead]
    candidates: Sequence[Candidate]
    assess: AssessBucket
    context: ReadContext

    def prove(self, changed: Mapping[Path, bytes]) -> EditProof:
        """Reads every unit again that one of these files has a part in. `changed` is their contents by real path."""
        proof = EditProof()
        promising = self._promising()
        for number, candidate in enumerate(self.candidates):
            if not candidate.read.seen & changed.keys():
                proof.wrong[number] = "the edit changes no file that the bucket is read from"
        for read, now in read_units_again(self.reads, changed, self.context):
            for was, is_ in pair_by_address(read, now):
                if was is not None and is_ is not None and is_compliant(self.assess(is_)):
                    proof.helped[id(was)] = is_
                promised = [] if was is None else promising.get((id(read), was.resource), [])
                self._check_pair(proof, now, (was, is_), promised, changed)
        return proof

    def _check_pair(
        self,
        proof: EditProof,
        now: UnitRead,
        pair: tuple[Bucket | None, Bucket | None],
        promised: Sequence[int],
        changed: Mapping[Path, bytes],
    ) -> None:
        was, is_ = pair
        if promised:
            if id(was) not in proof.helped:
                why = "with the edit the bucket still does not come out as asked for"
                proof.wrong |= dict.fromkeys(promised, why)
        elif not self._is_harmless(was, is_):
            label = next(bucket.resource or bucket.label for bucket in pair if bucket)
            why = f"the same edit would change {label}, too, which is not to be edited"
            proof.suspects |= dict.fromkeys(self._touching(now.seen & changed.keys()), why)

    def _promising(self) -> dict[tuple[int, str | None], list[int]]:
        """The numbers of the candidates that promise a bucket, by its unit and its address."""
        found: dict[tuple[int, str | None], list[int]] = {}
        for number, candidate in enumerate(self.candidates):
            for address in candidate.proposal.buckets:
                found.setdefault((id(candidate.read), address), []).append(number)
        return found

    def _touching(self, paths: Iterable[Path]) -> list[int]:
        guilty = set(paths)
        return [
            number
            for number, candidate in enumerate(self.candidates)
            if any(real_path(path) in guilty for path, _ in candidate.proposal.splices)
        ]

    def _is_harmless(self, was: Bucket | None, is_: Bucket | None) -> bool:
        """Whether a bucket that no edit promises came out as it was, or needed an edit and is compliant now."""
        if was is None or is_ is None:
            return False
        if settings_of(was) == settings_of(is_):
            return True
        before = self.assess(was)
        needed_edit = isinstance(before, NeedsEdit) or (before.is_unknown and not before.hazards)
        return needed_edit and is_compliant(self.assess(is_))


def is_compliant(found: NeedsEdit | Skipped) -> bool:
    """Whether a bucket is as it was asked for, so that nothing is to be done."""
    return isinstance(found, Skipped) and found.is_compliant
