"""The buckets of a template, with every way they may come out."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from s3kms.estate.bucket import Bucket, BucketKind, Outcome, Place
from s3kms.estate.unknown import Unknown
from s3kms.sources.code.cloudformation.encryption import Read, properties_of, read_encryption
from s3kms.sources.code.cloudformation.resolve import Resolver
from s3kms.sources.code.cloudformation.template import Resource, Template
from s3kms.sources.code.cloudformation.tree import Mark, Scalar, Table
from s3kms.sources.code.cloudformation.values import DEPLOYED, Absent, Opaque, Untold
from s3kms.sources.code.cloudformation.words import in_words
from s3kms.sources.code.cloudformation.worlds import MOST, World, explore

KINDS = {
    "AWS::S3::Bucket": BucketKind.GENERAL_PURPOSE,
    "AWS::S3Express::DirectoryBucket": BucketKind.DIRECTORY,
}

T = TypeVar("T")


def read_buckets(template: Template, uri: str) -> Iterator[Bucket]:
    """Every bucket that a stack of this template may have, in the order of the template."""
    for resource in template.resources.values():
        kind = KINDS.get(resource.kind)
        if kind is not None:
            yield from _bucket(template, resource, kind, uri)


def _bucket(template: Template, resource: Resource, kind: BucketKind, uri: str) -> Iterator[Bucket]:
    def place(mark: Mark) -> tuple[Place, ...]:
        return (Place(uri, mark.line, mark.column),)

    reads = _reads(template, resource, kind)
    if not reads:
        return
    outcomes = tuple(
        Outcome(when, read.encryption, read.key, place(read.mark), read.blocked_unknown)
        for when, read in reads.items()
    )
    first = outcomes[0]
    yield Bucket(
        name=_same_everywhere(template, resource, _name),
        kind=kind,
        resource=resource.logical_id,
        places=first.places,
        encryption=first.encryption,
        tags=_tags(template, resource),
        key=first.key,
        blocked_unknown=first.blocked_unknown,
        outcomes=outcomes if len(outcomes) > 1 else (),
        caveat=_macro_words(template),
    )


def _reads(template: Template, resource: Resource, kind: BucketKind) -> dict[str, Read]:
    """What the encryption may be, by the words for when it is."""

    def ask(world: World) -> Read | None:
        resolver = Resolver(template, world)
        try:
            if not _is_made(resolver, resource):
                return None
        except Untold as untold:
            return Read(untold.unknown, untold.unknown, untold.mark)
        return read_encryption(resolver, resource, kind)

    found: dict[Read, list[dict[str, str]]] = {}
    number = 0
    for world, read in explore(ask):
        number += 1
        if number > MOST:
            why = f"the template leaves more than {MOST} combinations open"
            unknown = Unknown(why, "narrow AllowedValues, or " + DEPLOYED)
            read = Read(unknown, unknown, resource.mark)  # noqa: PLW2901 - in place of what is left out
        if read is not None:
            found.setdefault(read, []).append(world.said)
    if not number:
        why = f"{resource.logical_id} cannot be deployed: a key of !FindInMap or an index of !Select is not there"
        unknown = Unknown(why, "correct the template; cfn-lint says more")
        return {"": Read(unknown, unknown, resource.mark)}
    return in_words(found)


def _is_made(resolver: Resolver, resource: Resource) -> bool:
    condition = resource.body.get("Condition")
    if condition is None:
        return True
    if not isinstance(condition, Scalar):
        raise Untold(Unknown("Condition is not a name", "correct the template"), condition.mark)
    truth = resolver.is_true(condition.text, condition.mark)
    resolver.say(condition.text, str(truth).lower())
    return truth


def _same_everywhere(template: Template, resource: Resource, ask: Callable[[Resolver, Table], T]) -> T | None:
    """The answer, if it is the same in all worlds where the bucket is made."""

    def asked(world: World) -> tuple[bool, T | None]:
        resolver = Resolver(template, world)
        try:
            if not _is_made(resolver, resource):
                return False, None
            return True, ask(resolver, properties_of(resolver, resource))
        except Untold:
            return True, None

    first: list[T | None] = []
    for number, (_, (is_made, answer)) in enumerate(explore(asked)):
        if not is_made:
            continue
        if number >= MOST or answer is None or (first and first[0] != answer):
            return None
        first = [answer]
    return first[0] if first else None


def _name(resolver: Resolver, properties: Table) -> str | None:
    value = resolver.field(properties, "BucketName")
    return value.text if isinstance(value, Scalar) and value.text else None


def _tags(template: Template, resource: Resource) -> dict[str, str] | Unknown:
    tags = _same_everywhere(template, resource, _read_tags)
    if tags is None:
        return Unknown("the template leaves the bucket's tags open", DEPLOYED)
    return tags


def _read_tags(resolver: Resolver, properties: Table) -> dict[str, str] | None:
    node = properties.get("Tags")
    items = () if node is None else resolver.items(node, "Tags")
    if isinstance(items, Absent):
        return {}
    if isinstance(items, Opaque):
        return None
    tags: dict[str, str] = {}
    for item in items:
        if not isinstance(item, Table):
            return None
        key, value = resolver.field(item, "Key"), resolver.field(item, "Value")
        if not isinstance(key, Scalar) or not isinstance(value, Scalar):
            return None
        tags[key.text] = value.text
    return tags


def _macro_words(template: Template) -> str | None:
    if not template.macros:
        return None
    return f"the macro {', '.join(template.macros)} may change the template before it is deployed"
