"""Adds to each live bucket of a scan what its code says: where it is declared, and where the two differ. Pure."""

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
from s3kms.model.bucket import Bucket
from s3kms.model.describe import count_buckets
from s3kms.model.encryption import Encryption
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown

MAX_NAMED_BUCKETS = 3
"""As many buckets stand in a note by name."""
_EFFECT = {
    DeclarationOrigin.CODE: "an apply restores what is written there",
    DeclarationOrigin.PLAN: "its apply restores what is written there",
    DeclarationOrigin.TEMPLATE: "an update of the stack may restore what is written there",
    DeclarationOrigin.STATE: "it was changed after the state was written",
}


@dataclass(slots=True)
class _Names:
    """A number of buckets about which there is one sentence, and the names of the first of them."""

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
    """Annotates live buckets with their declarations and sums that up; its memory is bounded by the code."""

    def __init__(self, index: DeclarationIndex) -> None:
        self.index = index
        self._paired: set[int] = set()
        self._drifted = _Names("differ from their code", "differs from its code")
        self._losing = _Names(
            "have SSE-KMS that their code does not set, and may lose it when the code is applied",
            "has SSE-KMS that its code does not set, and may lose it when the code is applied",
        )
        self._undecided = _Names(
            "were not compared: their code leaves the default encryption open",
            "was not compared: its code leaves the default encryption open",
        )
        self._ambiguous = _Names(
            "are declared more than once in the code", "is declared more than once in the code"
        )
        self._undeclared = _Names("are not declared in the named code", "is not declared in the named code")
        self._untagged = 0

    def annotate(self, live: Bucket) -> Bucket:
        """The live bucket with the address and places of its declaration, and a caveat where the two differ."""
        if live.name is None:
            return live
        pairing = self.index.of(live)
        if isinstance(pairing, Pairing):
            return self._annotated(live, pairing)
        if pairing is None:
            self._undeclared.add(live.label)
            self._untagged += isinstance(live.tags, Unknown)
            return live
        self._ambiguous.add(live.label)
        places = " and ".join(one.where for one in pairing.among[:MAX_NAMED_BUCKETS])
        count = len(pairing.among)
        return _with_caveat(
            live, f"it is declared in {count} places of the code, {places}; which one is its own is not known"
        )

    def notes(self, *, is_whole: bool) -> Iterator[Sentence]:
        """What is known once all buckets were annotated.

        With `is_whole` every live bucket was, so that a declaration that met none is not live.
        """
        return (Sentence(text) for text in self._notes(is_whole=is_whole))

    def _annotated(self, live: Bucket, pairing: Pairing) -> Bucket:
        declared, code = pairing.declared, pairing.declared.bucket
        self._paired.add(id(declared))
        found = replace(live, resource=code.resource, places=_places(live, code))
        name = f"{live.label} ({declared.where})"
        if not is_encryption_known(code):
            self._undecided.add(name)
        if pairing.is_sure:
            found = replace(found, suppressions=code.suppressions, usage=code.usage)
        else:
            found = _with_caveat(found, f"paired with {declared.words} {pairing.how}")
        if not differs_from_code(live, code):
            return found
        self._drifted.add(name)
        if would_lose_kms(live, code):
            self._losing.add(name)
        now = describe_default(live.encryption) if isinstance(live.encryption, Encryption) else "not known"
        effect = _EFFECT[declared.origin]
        return _with_caveat(
            found, f"{declared.words} sets {describe_declared(code)}, the live bucket has {now}: {effect}"
        )

    def _notes(self, *, is_whole: bool) -> Iterator[str]:
        for names in (self._drifted, self._losing, self._undecided, self._ambiguous, self._undeclared):
            yield from names.note()
        if self._untagged and self.index.has_templates:
            count = count_buckets(self._untagged)
            yield f"the tags of {count} of those could not be read, and may name a stack (s3:GetBucketTagging)"
        yield from self._unpaired(is_whole=is_whole)
        for one in self.index.unreadable:
            encryption = one.bucket.encryption
            why = encryption.why if isinstance(encryption, Unknown) else "its bucket has no address"
            yield f"what {one.file} declares is not known: {why}"

    def _unpaired(self, *, is_whole: bool) -> Iterator[str]:
        nameless = _Names(
            "are declared without a fixed name (name the Terraform state, too, to find them)",
            "is declared without a fixed name (name the Terraform state, too, to find it)",
        )
        absent = _Names("are declared and were not found live", "is declared and was not found live")
        for one in self.index.declared:
            if id(one) not in self._paired:
                names = nameless if _is_nameless(one) else absent
                names.add(f"{one.bucket.resource} ({one.where})")
        yield from nameless.note()
        if is_whole:
            yield from absent.note()


def _is_nameless(one: DeclaredBucket) -> bool:
    return one.bucket.name is None and one.origin in {DeclarationOrigin.CODE, DeclarationOrigin.PLAN}


def _places(live: Bucket, code: Bucket) -> tuple[Place, ...]:
    """The ARN stays first; then every place of the code, once."""
    places = [place for outcome in code.outcomes for place in outcome.places]
    return (*live.places, *dict.fromkeys((*code.places, *places)))


def _with_caveat(bucket: Bucket, words: str) -> Bucket:
    return replace(bucket, caveat=f"{bucket.caveat}; {words}" if bucket.caveat else words)
