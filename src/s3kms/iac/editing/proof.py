"""All edits together, read again: those who are promised come out right, and nobody else comes out differently."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.iac.editing.assessment import NeedsEdit, Skipped
from s3kms.iac.editing.read_units import Candidate, UnitRead, pair_by_address, read_units_again
from s3kms.iac.editing.snapshot import real_path
from s3kms.iac.interface import ReadContext
from s3kms.model.bucket import Bucket

AssessBucket = Callable[[Bucket], NeedsEdit | Skipped]
"""What becomes of a bucket."""


@dataclass(slots=True)
class EditProof:
    """What reading again comes to."""

    wrong: dict[int, str] = field(default_factory=dict)
    """The offers, by number, that come to grief with the others, and why."""
    helped: set[int] = field(default_factory=set)
    """The ids of those buckets, as they were read first, that are well now."""


@dataclass(frozen=True, slots=True)
class EditProver:
    """The offers that are to hold together."""

    reads: Sequence[UnitRead]
    offers: Sequence[Candidate]
    ask: AssessBucket
    context: ReadContext

    def prove(self, changed: Mapping[Path, bytes]) -> EditProof:
        """Read every unit again that one of these files has a part in."""
        proof = EditProof()
        for number, offer in enumerate(self.offers):
            if not offer.read.seen & changed.keys():
                proof.wrong[number] = "the edit changes nothing that the bucket is read from"
        for read, now in read_units_again(self.reads, changed, self.context):
            for was, is_ in pair_by_address(read, now):
                if was is not None and is_ is not None and is_compliant(self.ask(is_)):
                    proof.helped.add(id(was))
                self._judge(proof, (read, now), (was, is_), changed)
        return proof

    def _judge(
        self,
        proof: EditProof,
        units: tuple[UnitRead, UnitRead],
        pair: tuple[Bucket | None, Bucket | None],
        changed: Mapping[Path, bytes],
    ) -> None:
        was, is_ = pair
        promised = [] if was is None else self._promising(units[0], was)
        if promised:
            if id(was) not in proof.helped:
                why = "with the edit the bucket still does not come out as it is asked for"
                proof.wrong |= dict.fromkeys(promised, why)
        elif not self._is_harmless(was, is_):
            label = next(bucket.resource or bucket.label for bucket in pair if bucket)
            why = f"the same edit would change {label}, too, which is not to be edited"
            proof.wrong |= dict.fromkeys(self._touching(units[1].seen & changed.keys()), why)

    def _promising(self, read: UnitRead, bucket: Bucket) -> list[int]:
        return [
            number
            for number, offer in enumerate(self.offers)
            if offer.read is read and bucket.resource in offer.proposal.buckets
        ]

    def _touching(self, paths: Iterable[Path]) -> list[int]:
        guilty = set(paths)
        return [
            number
            for number, offer in enumerate(self.offers)
            if any(real_path(splice.path) in guilty for splice in offer.proposal.splices)
        ]

    def _is_harmless(self, was: Bucket | None, is_: Bucket | None) -> bool:
        """Whether a bucket that no edit promises came out as it was, or was in need and is well now."""
        if was is None or is_ is None:
            return False
        if _facts(was) == _facts(is_):
            return True
        before = self.ask(was)
        was_in_need = isinstance(before, NeedsEdit) or before.is_unknown
        return was_in_need and is_compliant(self.ask(is_))


def is_compliant(found: NeedsEdit | Skipped) -> bool:
    """Whether nothing is to be done."""
    return isinstance(found, Skipped) and found.is_compliant


def _facts(bucket: Bucket) -> object:
    """What S3 is told of a bucket; not where that stands."""
    return bucket.name, bucket.encryption, tuple((one.when, one.encryption) for one in bucket.outcomes)
