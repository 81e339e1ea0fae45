"""A check of live buckets beside their code: each with its place there, and where the two disagree. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from s3kms.iac.interface import DeclarationOrigin
from s3kms.iac.pairing.declarations import DeclarationIndex, DeclaredBucket, Pairing
from s3kms.iac.pairing.drift import (
    describe_declared,
    describe_default,
    differs_from_code,
    is_encryption_known,
    would_lose_kms,
)
from s3kms.model.advice import Sentence
from s3kms.model.bucket import Bucket, Place
from s3kms.model.describe import count_buckets
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown

MAX_NAMED_BUCKETS = 3
"""As many buckets stand in a note by name."""
_PUTS_BACK = {
    DeclarationOrigin.CODE: "an apply puts back what is written there",
    DeclarationOrigin.PLAN: "its apply puts back what is written there",
    DeclarationOrigin.TEMPLATE: "an update of the stack may put back what is written there",
    DeclarationOrigin.STATE: "it was changed after the state was written",
}


@dataclass(slots=True)
class _Names:
    """How many there were, and the first of them."""

    several: str
    one: str
    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        self.count += 1
        if self.count <= MAX_NAMED_BUCKETS:
            self.first.append(name)

    def note(self) -> Iterator[str]:
        """The sentence, where there is any."""
        if self.count:
            more = f" and {self.count - MAX_NAMED_BUCKETS} more" if self.count > MAX_NAMED_BUCKETS else ""
            verb = self.one if self.count == 1 else self.several
            yield f"{count_buckets(self.count)} {verb}: {', '.join(self.first)}{more}"


class DeclarationAnnotator:
    """Live buckets with their code, and what has come of it so far: in memory that does not grow with them."""

    def __init__(self, ties: DeclarationIndex) -> None:
        self.ties = ties
        self._met: set[int] = set()
        self._drifted = _Names("differ from their code", "differs from its code")
        self._losing = _Names(
            "have SSE-KMS that their code does not say, and may lose it when that is applied",
            "has SSE-KMS that its code does not say, and may lose it when that is applied",
        )
        self._untold = _Names(
            "were not compared, for their code does not tell the default encryption",
            "was not compared, for its code does not tell the default encryption",
        )
        self._unclear = _Names(
            "are declared in several places of the code", "is declared in several places of the code"
        )
        self._undeclared = _Names(
            "are declared by no code that was named", "is declared by no code that was named"
        )
        self._untagged = 0

    def annotate(self, live: Bucket) -> Bucket:
        """The live bucket, paired with the code that declares it."""
        return live if live.name is None else self._tied(live)

    def notes(self, *, is_whole: bool) -> Iterator[Sentence]:
        """What is known when all buckets came by.

        With `is_whole` every live bucket came by, so that what is not among them is not live.
        """
        return (Sentence(text) for text in self._notes(is_whole=is_whole))

    def _tied(self, live: Bucket) -> Bucket:
        tie = self.ties.of(live)
        if isinstance(tie, Pairing):
            return self._with(tie, live)
        if tie is None:
            self._undeclared.add(live.label)
            self._untagged += isinstance(live.tags, Unknown)
            return live
        self._unclear.add(live.label)
        places = " and ".join(one.where for one in tie.among[:MAX_NAMED_BUCKETS])
        return _saying(
            live, f"{len(tie.among)} places of the code declare it, {places}: which one is not told"
        )

    def _with(self, tie: Pairing, live: Bucket) -> Bucket:
        declared, code = tie.declared, tie.declared.bucket
        self._met.add(id(declared))
        found = replace(live, resource=code.resource, places=_places(live, code))
        name = f"{live.label} ({declared.where})"
        if not is_encryption_known(code):
            self._untold.add(name)
        if tie.is_sure:
            found = replace(found, suppressions=code.suppressions, log_deliveries=code.log_deliveries)
        else:
            found = _saying(found, f"tied to {declared.words} {tie.how}")
        if not differs_from_code(live, code):
            return found
        self._drifted.add(name)
        if would_lose_kms(live, code):
            self._losing.add(name)
        now = describe_default(live.encryption) if isinstance(live.encryption, Encryption) else "not known"
        words = (
            f"{declared.words} says {describe_declared(code)}, live is {now}: {_PUTS_BACK[declared.origin]}"
        )
        return _saying(found, words)

    def _notes(self, *, is_whole: bool) -> Iterator[str]:
        for names in (self._drifted, self._losing, self._untold, self._unclear, self._undeclared):
            yield from names.note()
        if self._untagged and self.ties.has_templates:
            yield (
                f"of {count_buckets(self._untagged)} among those the tags could not be read, which may name a stack "
                "(s3:GetBucketTagging)"
            )
        yield from self._missing(is_whole=is_whole)
        for one in self.ties.unreadable:
            encryption = one.bucket.encryption
            why = encryption.why if isinstance(encryption, Unknown) else "its bucket has no address"
            yield f"what {one.file} declares is not known: {why}"

    def _missing(self, *, is_whole: bool) -> Iterator[str]:
        nameless = _Names(
            "of the code have a name that only a state tells (name the state, too)",
            "of the code has a name that only a state tells (name the state, too)",
        )
        absent = _Names("of the code are not among the live ones", "of the code is not among the live ones")
        for one in self.ties.declared:
            if id(one) not in self._met:
                names = nameless if _is_nameless(one) else absent
                names.add(f"{one.bucket.resource} ({one.where})")
        yield from nameless.note()
        if is_whole:
            yield from absent.note()


def _is_nameless(one: DeclaredBucket) -> bool:
    return one.bucket.name is None and one.origin in {DeclarationOrigin.CODE, DeclarationOrigin.PLAN}


def _places(live: Bucket, code: Bucket) -> tuple[Place, ...]:
    """The ARN stays first; then every place of the code, once."""
    ways = [place for outcome in code.outcomes for place in outcome.places]
    return (*live.places, *dict.fromkeys((*code.places, *ways)))


def _saying(bucket: Bucket, words: str) -> Bucket:
    return replace(bucket, caveat=f"{bucket.caveat}; {words}" if bucket.caveat else words)
