"""All edits together, read again: those who are promised come out right, and nobody else comes out differently."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.estate.bucket import Bucket
from s3kms.fixes.code.needs import Leave, Need
from s3kms.fixes.code.reading import Offer, Read, paired, read_again
from s3kms.fixes.code.snapshot import real
from s3kms.sources.code.interface import Context

Ask = Callable[[Bucket], Need | Leave]
"""What becomes of a bucket."""


@dataclass(slots=True)
class Proof:
    """What reading again comes to."""

    wrong: dict[int, str] = field(default_factory=dict)
    """The offers, by number, that come to grief with the others, and why."""
    helped: set[int] = field(default_factory=set)
    """The ids of those buckets, as they were read first, that are well now."""


@dataclass(frozen=True, slots=True)
class Prover:
    """The offers that are to hold together."""

    reads: Sequence[Read]
    offers: Sequence[Offer]
    ask: Ask
    context: Context

    def prove(self, changed: Mapping[Path, bytes]) -> Proof:
        """Read every unit again that one of these files has a part in."""
        proof = Proof()
        for number, offer in enumerate(self.offers):
            if not offer.read.seen & changed.keys():
                proof.wrong[number] = "the edit changes nothing that the bucket is read from"
        for read, now in read_again(self.reads, changed, self.context):
            for was, is_ in paired(read, now):
                if was is not None and is_ is not None and is_well(self.ask(is_)):
                    proof.helped.add(id(was))
                self._judge(proof, (read, now), (was, is_), changed)
        return proof

    def _judge(
        self,
        proof: Proof,
        units: tuple[Read, Read],
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

    def _promising(self, read: Read, bucket: Bucket) -> list[int]:
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
            if any(real(splice.path) in guilty for splice in offer.proposal.splices)
        ]

    def _is_harmless(self, was: Bucket | None, is_: Bucket | None) -> bool:
        """Whether a bucket that no edit promises came out as it was, or was in need and is well now."""
        if was is None or is_ is None:
            return False
        if _facts(was) == _facts(is_):
            return True
        before = self.ask(was)
        was_in_need = isinstance(before, Need) or before.is_unknown
        return was_in_need and is_well(self.ask(is_))


def is_well(found: Need | Leave) -> bool:
    """Whether nothing is to be done."""
    return isinstance(found, Leave) and found.is_well


def _facts(bucket: Bucket) -> object:
    """What S3 is told of a bucket; not where that stands."""
    return bucket.name, bucket.encryption, tuple((one.when, one.encryption) for one in bucket.outcomes)
