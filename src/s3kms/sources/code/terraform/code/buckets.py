"""The buckets of a root module, with every way they may come out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.estate.advice import Advice
from s3kms.estate.bucket import Bucket, BucketKind, Delivery, Outcome, Place
from s3kms.estate.encryption import Encryption
from s3kms.estate.keys import KeyFact
from s3kms.estate.targets import is_bucket_name, is_region
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.module import Resource
from s3kms.sources.code.hcl.parts import Exhausted
from s3kms.sources.code.hcl.project import CORRECT
from s3kms.sources.code.hcl.providers import region_of, tags_of
from s3kms.sources.code.hcl.root import Names, Root
from s3kms.sources.code.hcl.run import Asked, Run
from s3kms.sources.code.hcl.scope import Placed, Thing
from s3kms.sources.code.hcl.values import Invalid, Open
from s3kms.sources.code.terraform.code.beside import Beside
from s3kms.sources.code.terraform.code.deliveries import Deliveries
from s3kms.sources.code.terraform.code.joins import Joins, Matched, Where, name_of
from s3kms.sources.code.terraform.code.keys import CodeKeys
from s3kms.sources.code.terraform.code.told import Told, place_of, tell
from s3kms.sources.code.terraform.defaults import default_of
from s3kms.sources.code.terraform.encryption import (
    INLINE,
    INLINE_BLOCK,
    RULE,
    SSE_S3_BY_SILENCE,
    Default,
    Sayings,
    Steps,
    UnknownKey,
    read_default,
    read_table_default,
)
from s3kms.sources.code.terraform.instances import BUCKET, DIRECTORY_BUCKET, TABLE_BUCKET, Instance
from s3kms.sources.code.terraform.joining import Joined
from s3kms.sources.code.words import in_words
from s3kms.sources.code.worlds import MOST, Impossible

_KEPT = "lifecycle ignores changes of the encryption, so that what is there may be older than the code"
_TOO_LONG = "the code takes too many steps to be evaluated here"
_KINDS = {
    BUCKET: BucketKind.GENERAL_PURPOSE,
    DIRECTORY_BUCKET: BucketKind.DIRECTORY,
    TABLE_BUCKET: BucketKind.TABLE,
}
_MOST_TOGETHER = 32
"""Worlds in which all instances of a bucket are looked at together."""
PLAN = "check a plan: terraform show -json PLAN > plan.json"


@dataclass(frozen=True, slots=True)
class Read:
    """What a bucket comes to in one world."""

    encryption: Encryption | Unknown
    key: KeyFact | None
    places: tuple[Place, ...]
    bucket_key_unknown: Unknown | None = None
    blocked_unknown: Unknown | None = None
    caveat: str | None = None


_Ways = dict[Read, list[dict[str, str]]]
"""What a bucket may come to, and what was chosen on each way to it."""


class CodeBuckets:
    """The buckets of a root module."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._keys = CodeKeys(root)
        self._beside = Beside()
        self._deliveries: Deliveries | None = None
        self._joins: Joins | None = None
        self._tells: dict[str, Told] = {}
        """What the instances say that are the same in all worlds: many buckets may ask about the same one."""

    def buckets(self, only: Path | None = None) -> Iterator[Bucket]:
        """Each instance of each bucket that is declared; `only` those of one file of the root."""
        for names, resource in self._root.resources(_KINDS.keys()):
            if only is None or (not names and resource.declared.path == only):
                yield from self._of(names, resource)

    def _of(self, names: Names, resource: Resource) -> Iterator[Bucket]:
        try:
            wheres: dict[Where, Thing] = {}
            for _, found in self._root.worlds(lambda run: list(self._root.instances(run, names, resource))):
                wheres |= {Where(thing.placed.way, resource, thing.each.key): thing for thing in found}
            yield from self._all(wheres)
        except (Exhausted, RecursionError):
            address = ".".join([*(f"module.{name}" for name in names), resource.address])
            span, path = resource.declared.block.span, resource.declared.path
            unknown = Unknown(UnknownCause.UNRESOLVED, _TOO_LONG, Advice(PLAN))
            place = Place(str(path), span.line, span.column)
            yield Bucket(
                None, resource=address, places=(place,), encryption=unknown, tags=unknown, key=unknown
            )

    def _all(self, wheres: dict[Where, Thing]) -> Iterator[Bucket]:
        """Each by itself while nothing is open; then together, unless that makes too many worlds."""
        together: dict[Where, _Ways] = {}
        rest = list(wheres)
        for number, (where, thing) in enumerate(wheres.items()):
            ways = together.get(where)
            if ways is None:
                ways = self._closed(where)
            if ways is None and number + 1 < len(rest):
                found, is_all = self._explored(rest[number:], _MOST_TOGETHER)
                together |= found if is_all else {}
                ways = together.get(where)
            if ways is None:
                found, is_all = self._explored([where], MOST)
                ways = found[where]
                if not is_all:
                    why = f"the code leaves more than {MOST} combinations open"
                    ways |= _unknown_read(
                        thing, Unknown(UnknownCause.UNRESOLVED, why, Advice("give some variables values"))
                    )
            refused = Unknown(
                UnknownCause.UNRESOLVED,
                "Terraform refuses every way in which this may come out",
                Advice(CORRECT),
            )
            yield self._described(thing, in_words(ways or _unknown_read(thing, refused)))

    def _closed(self, where: Where) -> "_Ways | None":
        """What it comes to where nothing is open; None where something is."""
        try:
            read = self._ask(self._root.base, where)
        except Asked:
            return None
        except Impossible:
            return {}
        return {} if read is None else {read: [{}]}

    def _ask(self, run: Run, where: Where) -> Read | None:
        there = where.find(run)
        return None if there is None else self._read(run, there)

    def _explored(self, wheres: list[Where], most: int) -> "tuple[dict[Where, _Ways], bool]":
        """What each comes to, and when; and whether that is all."""
        found: dict[Where, _Ways] = {where: {} for where in wheres}
        asked = self._root.worlds(lambda run: [self._ask(run, where) for where in wheres])
        for number, (said, reads) in enumerate(asked):
            if number >= most:
                return found, False
            words = {name: self._root.project.shown(value) for name, value in said.items()}
            for where, read in zip(wheres, reads, strict=True):
                if read is not None:
                    found[where].setdefault(read, []).append(words)
        return found, True

    def _described(self, thing: Thing, reads: dict[str, Read]) -> Bucket:
        outcomes = tuple(
            Outcome(when, read.encryption, read.key, read.places, read.blocked_unknown)
            for when, read in reads.items()
        )
        read = next(iter(reads.values()))
        run = self._root.lazy if thing.is_told else Run(self._root.project)
        name, region = name_of(run, thing), region_of(run, thing)
        is_named = isinstance(name, str) and is_bucket_name(name) and not run.project.is_secret(name)
        caveats = dict.fromkeys(one.caveat for one in reads.values() if one.caveat)
        return Bucket(
            name if is_named and isinstance(name, str) else None,
            region=region if region and is_region(region) else None,
            kind=_KINDS[thing.resource.type],
            resource=thing.address,
            places=read.places,
            encryption=read.encryption,
            tags=tags_of(run, thing),
            key=read.key,
            bucket_key_unknown=read.bucket_key_unknown,
            blocked_unknown=read.blocked_unknown,
            caveat="; ".join(caveats) or None,
            outcomes=outcomes if len(outcomes) > 1 else (),
            skips=self._beside.skips(thing, self._configurations(run, thing)),
            deliveries=self._delivered(thing),
        )

    def _delivered(self, thing: Thing) -> tuple[Delivery, ...]:
        if self._deliveries is None:
            self._deliveries = Deliveries(self._root)
        return self._deliveries.to(thing)

    def _configurations(self, run: Run, thing: Thing) -> list[Thing]:
        try:
            return self._matched(run, thing).certain
        except Invalid:
            return []

    def _read(self, run: Run, thing: Thing) -> Read:
        try:
            told = self._tells if run is self._root.base else {}
            return _Reading(run, self._keys, thing, told).read(self._matched(run, thing))
        except Invalid as error:
            why = f"Terraform refuses {thing.address}, or what encrypts it: {run.project.shown(str(error))}"
            unknown = Unknown(UnknownCause.UNRESOLVED, why, Advice(run.project.remedy))
            return Read(unknown, unknown, (place_of(thing),))

    def _matched(self, run: Run, thing: Thing) -> Matched:
        if thing.resource.type == TABLE_BUCKET:
            return Matched()  # its default is its own argument
        if self._joins is None:
            self._joins = Joins(self._root)
        return self._joins.of(run, thing)


class _Reading:
    """One bucket in one world."""

    def __init__(self, run: Run, keys: CodeKeys, thing: Thing, told: dict[str, Told]) -> None:
        self._run = run
        self._keys = keys
        self._thing = thing
        self._told = told
        self._sayings = Sayings(self._unknown, self._key, CORRECT)

    def read(self, matched: Matched) -> Read:
        """What it comes to. Raises Invalid where Terraform would refuse it."""
        thing = self._thing
        if trouble := _trouble(thing, matched):
            return Read(trouble, trouble, (place_of(thing),))
        own = self._tell(thing)
        certain, possible = (
            [self._tell(one) for one in some]
            for some in (matched.certain, [] if matched.certain else matched.possible)
        )
        joined = Joined([one.instance for one in certain], [one.instance for one in possible])
        default = default_of(joined, self._without(own), self._sayings, self._in_doubt)
        deciding = certain[0] if certain else own
        place = deciding.deciding(RULE if certain else INLINE)
        encryption = default.encryption
        is_directory = thing.resource.type == DIRECTORY_BUCKET
        if is_directory and isinstance(encryption, Encryption) and encryption.is_kms:
            encryption = replace(encryption, bucket_key=True)  # always on there (fact A20)
        caveats = [_KEPT] if deciding.is_kept and (certain or own.instance.values.get(INLINE_BLOCK)) else []
        caveats += [_many(thing)] if thing.is_many else []
        return Read(
            encryption,
            default.key or self._keys.behind(encryption),
            (place,),
            None if is_directory else default.bucket_key_unknown,
            default.blocked_unknown,
            "; ".join(caveats) or None,
        )

    def _tell(self, thing: Thing) -> Told:
        found = self._told.get(thing.address)
        if found is None:
            found = self._told[thing.address] = tell(self._run, thing)
        return found

    def _without(self, own: Told) -> Default:
        """Of a bucket that no configuration is for: its inline block, else what S3 does by itself (fact H4)."""
        if own.thing.resource.type == TABLE_BUCKET:
            return read_table_default(own.instance, self._sayings)
        if not own.instance.values.get(INLINE_BLOCK) and (INLINE_BLOCK,) not in own.opens:
            return SSE_S3_BY_SILENCE
        return read_default(own.instance, INLINE, self._sayings)

    def _open(self, instance: Instance, steps: Steps) -> tuple[str, Open]:
        opens = self._told[instance.address].opens
        while steps and steps not in opens:
            steps = steps[:-1]
        return opens[steps]

    def _unknown(self, what: str, instance: Instance, steps: Steps) -> Unknown:
        text, opened = self._open(instance, steps)
        why = opened.unknown.why
        written = "" if text in why else f"{text}, which is "
        said = f"{what} of {instance.address} is {written}not told: {why}"
        return Unknown(UnknownCause.UNRESOLVED, self._run.project.shown(said), opened.unknown.advice)

    def _key(self, instance: Instance, steps: Steps) -> UnknownKey:
        return self._keys.open(self._run, *self._open(instance, steps))

    def _in_doubt(self, first: Instance) -> Unknown:
        attribute = self._told[first.address].thing.block.body.attributes.get("bucket")
        thing = self._told[first.address].thing
        text = (
            thing.placed.module.text_of(attribute.expression.span, thing.path_of(attribute))
            if attribute
            else "?"
        )
        why = f"the code does not tell whether {first.address} is for this bucket: its bucket is {text}"
        return Unknown(UnknownCause.UNRESOLVED, self._run.project.shown(why), Advice(PLAN))


def _unknown_read(thing: Thing, unknown: Unknown) -> _Ways:
    return {Read(unknown, unknown, (place_of(thing),)): [{}]}


def _many(thing: Thing) -> str:
    opened = thing.expanded.opened or thing.placed.expanded.opened
    why = f": {opened.unknown.why}" if opened else ""
    return f"this stands for every instance, and how many there are is not told{why}"


def _trouble(thing: Thing, matched: Matched) -> Unknown | None:
    """What keeps anybody from telling: what Terraform refuses, and what may have a configuration and is not there."""
    if found := thing.expanded.trouble or thing.placed.expanded.trouble:
        return found
    for one in (thing, *matched.certain):
        resource = one.resource
        if (resource.mode, resource.type, resource.name) in one.placed.module.twice:
            return Unknown(
                UnknownCause.UNRESOLVED, f"{one.address} is declared more than once", Advice(CORRECT)
            )
    if matched.certain:
        return None
    if matched.handed is not None:
        why = f"a module that is given the bucket may have its configuration: {matched.handed.why}"
        return Unknown(UnknownCause.UNRESOLVED, why, matched.handed.advice)
    placed: Placed | None = thing.placed
    while placed is not None:
        for trouble in placed.module.troubles:
            where = f"{trouble.path} (line {trouble.span.line})"
            why = f"{where} cannot be read in full, and may have its configuration"
            return Unknown(UnknownCause.UNRESOLVED, why, Advice(CORRECT))
        placed = placed.above
    return None
