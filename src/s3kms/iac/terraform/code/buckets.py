"""The buckets of a root module, with every way they may come out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.conditions import describe_conditions
from s3kms.iac.hcl.advice import CORRECT_CODE
from s3kms.iac.hcl.composite_values import BudgetExhausted
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.root_module import CallNames, RootModule
from s3kms.iac.hcl.scope import ModuleInstance, ResourceInstance
from s3kms.iac.terraform.code.block_suppressions import BlockSuppressions
from s3kms.iac.terraform.code.block_values import BlockValues, evaluate_block, place_of
from s3kms.iac.terraform.code.configuration_matching import (
    ConfigurationMatcher,
    InstanceIdentity,
    MatchedConfigurations,
    evaluate_bucket_name,
)
from s3kms.iac.terraform.code.key_references import CodeKeys
from s3kms.iac.terraform.code.log_deliveries import DeclaredLogDeliveries
from s3kms.iac.terraform.code.provider_settings import evaluate_region, evaluate_tags
from s3kms.iac.terraform.effective_default import BucketConfigurations, choose_default
from s3kms.iac.terraform.encryption import (
    INLINE_RULE_PATH,
    RULE_PATH,
    SSE_S3_UNDECLARED,
    AttributePath,
    DefaultEncryption,
    UnknownExplainer,
    UnresolvedKey,
    read_default_encryption,
    read_table_bucket_default,
)
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.resource_types import BUCKET, DIRECTORY_BUCKET, INLINE_BLOCK, TABLE_BUCKET
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import MAX_WORLDS, ImpossibleWorld, NeedsChoice
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind, BucketOutcome, LogDelivery, Place
from s3kms.model.encryption import Encryption
from s3kms.model.keys import KeyFact
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown, UnknownCause

_KEPT = "lifecycle ignores changes of the encryption, so that what is there may be older than the code"
_TOO_LONG = "the code takes too many steps to be evaluated here"
_KINDS = {
    BUCKET: BucketKind.GENERAL_PURPOSE,
    DIRECTORY_BUCKET: BucketKind.DIRECTORY,
    TABLE_BUCKET: BucketKind.TABLE,
}
_MOST_TOGETHER = 32
"""Worlds in which all instances of a bucket are looked at together."""
PLAN_ADVICE = "check a plan: terraform show -json PLAN > plan.json"


@dataclass(frozen=True, slots=True)
class BucketInWorld:
    """What a bucket comes to in one world."""

    encryption: Encryption | Unknown
    key: KeyFact | None
    places: tuple[Place, ...]
    caveat: str | None = None


_Ways = dict[BucketInWorld, list[dict[str, str]]]
"""What a bucket may come to, and what was chosen on each way to it."""


class CodeBuckets:
    """The buckets of a root module."""

    def __init__(self, root: RootModule) -> None:
        self._root = root
        self._keys = CodeKeys(root)
        self._beside = BlockSuppressions()
        self._deliveries: DeclaredLogDeliveries | None = None
        self._joins: ConfigurationMatcher | None = None
        self._tells: dict[str, BlockValues] = {}
        """What the instances say that are the same in all worlds: many buckets may ask about the same one."""

    def buckets(self, only: Path | None = None) -> Iterator[Bucket]:
        """Each instance of each bucket that is declared; `only` those of one file of the root."""
        for names, resource in self._root.resources(_KINDS.keys()):
            if only is None or (not names and resource.declared.path == only):
                yield from self._of(names, resource)

    def _of(self, names: CallNames, resource: ResourceDeclaration) -> Iterator[Bucket]:
        try:
            wheres: dict[InstanceIdentity, ResourceInstance] = {}
            for _, found in self._root.worlds(lambda run: list(self._root.instances(run, names, resource))):
                wheres |= {
                    InstanceIdentity(
                        resource_instance.module_instance.module_path,
                        resource,
                        resource_instance.repetition.key,
                    ): resource_instance
                    for resource_instance in found
                }
            yield from self._all(wheres)
        except (BudgetExhausted, RecursionError):
            address = ".".join([*(f"module.{name}" for name in names), resource.address])
            span, path = resource.declared.block.span, resource.declared.path
            unknown = Unknown(UnknownCause.UNRESOLVED, _TOO_LONG, Advice(PLAN_ADVICE))
            place = Place(str(path), span.line, span.column)
            yield Bucket(
                None, resource=address, places=(place,), encryption=unknown, tags=unknown, key=unknown
            )

    def _all(self, wheres: dict[InstanceIdentity, ResourceInstance]) -> Iterator[Bucket]:
        """Each by itself while nothing is open; then together, unless that makes too many worlds."""
        together: dict[InstanceIdentity, _Ways] = {}
        rest = list(wheres)
        for number, (where, resource_instance) in enumerate(wheres.items()):
            ways = together.get(where)
            if ways is None:
                ways = self._closed(where)
            if ways is None and number + 1 < len(rest):
                found, is_all = self._explored(rest[number:], _MOST_TOGETHER)
                together |= found if is_all else {}
                ways = together.get(where)
            if ways is None:
                found, is_all = self._explored([where], MAX_WORLDS)
                ways = found[where]
                if not is_all:
                    why = f"the code leaves more than {MAX_WORLDS} combinations of values open"
                    ways |= _unknown_read(
                        resource_instance,
                        Unknown(UnknownCause.UNRESOLVED, why, Advice("give some variables values")),
                    )
            refused = Unknown(
                UnknownCause.UNRESOLVED,
                "Terraform refuses every way in which this may come out",
                CORRECT_CODE,
            )
            yield self._described(
                resource_instance, describe_conditions(ways or _unknown_read(resource_instance, refused))
            )

    def _closed(self, where: InstanceIdentity) -> "_Ways | None":
        """What it comes to where nothing is open; None where something is."""
        try:
            read = self._ask(self._root.certain, where)
        except NeedsChoice:
            return None
        except ImpossibleWorld:
            return {}
        return {} if read is None else {read: [{}]}

    def _ask(self, run: Evaluation, where: InstanceIdentity) -> BucketInWorld | None:
        there = where.find(run)
        return None if there is None else self._read(run, there)

    def _explored(
        self, wheres: list[InstanceIdentity], most: int
    ) -> "tuple[dict[InstanceIdentity, _Ways], bool]":
        """What each comes to, and when; and whether that is all."""
        found: dict[InstanceIdentity, _Ways] = {where: {} for where in wheres}
        asked = self._root.worlds(lambda run: [self._ask(run, where) for where in wheres])
        for number, (said, reads) in enumerate(asked):
            if number >= most:
                return found, False
            words = {name: self._root.loader.redact(value) for name, value in said.items()}
            for where, read in zip(wheres, reads, strict=True):
                if read is not None:
                    found[where].setdefault(read, []).append(words)
        return found, True

    def _described(self, resource_instance: ResourceInstance, reads: dict[str, BucketInWorld]) -> Bucket:
        outcomes = tuple(
            BucketOutcome(when, read.encryption, read.key, read.places) for when, read in reads.items()
        )
        read = next(iter(reads.values()))
        run = self._root.undecided if resource_instance.is_certain else self._root.evaluate_undecided()
        name, region = evaluate_bucket_name(run, resource_instance), evaluate_region(run, resource_instance)
        is_named = isinstance(name, str) and is_bucket_name(name) and not run.loader.is_secret(name)
        caveats = dict.fromkeys(one.caveat for one in reads.values() if one.caveat)
        return Bucket(
            name if is_named and isinstance(name, str) else None,
            region=region if region and is_region(region) else None,
            kind=_KINDS[resource_instance.resource.type],
            resource=resource_instance.address,
            places=read.places,
            encryption=read.encryption,
            tags=evaluate_tags(run, resource_instance),
            key=read.key,
            caveat="; ".join(caveats) or None,
            outcomes=outcomes if len(outcomes) > 1 else (),
            suppressions=self._beside.suppressions(
                resource_instance, self._configurations(run, resource_instance)
            ),
            log_deliveries=self._delivered(resource_instance),
        )

    def _delivered(self, resource_instance: ResourceInstance) -> tuple[LogDelivery, ...]:
        if self._deliveries is None:
            self._deliveries = DeclaredLogDeliveries(self._root)
        return self._deliveries.to(resource_instance)

    def _configurations(self, run: Evaluation, resource_instance: ResourceInstance) -> list[ResourceInstance]:
        try:
            return self._matched(run, resource_instance).certain
        except Rejected:
            return []

    def _read(self, run: Evaluation, resource_instance: ResourceInstance) -> BucketInWorld:
        try:
            told = self._tells if run is self._root.certain else {}
            return _Reading(run, self._keys, resource_instance, told).read(
                self._matched(run, resource_instance)
            )
        except Rejected as error:
            said = run.loader.redact(str(error))
            why = f"Terraform refuses {resource_instance.address}, or what encrypts it: {said}"
            unknown = Unknown(UnknownCause.UNRESOLVED, why, run.loader.rejection_advice)
            return BucketInWorld(unknown, unknown, (place_of(resource_instance),))

    def _matched(self, run: Evaluation, resource_instance: ResourceInstance) -> MatchedConfigurations:
        if resource_instance.resource.type == TABLE_BUCKET:
            return MatchedConfigurations()  # its default is its own argument
        if self._joins is None:
            self._joins = ConfigurationMatcher(self._root)
        return self._joins.of(run, resource_instance)


class _Reading:
    """One bucket in one world."""

    def __init__(
        self,
        run: Evaluation,
        keys: CodeKeys,
        resource_instance: ResourceInstance,
        told: dict[str, BlockValues],
    ) -> None:
        self._run = run
        self._keys = keys
        self._thing = resource_instance
        self._told = told
        self._sayings = UnknownExplainer(self._unknown, self._key, CORRECT_CODE)

    def read(self, matched: MatchedConfigurations) -> BucketInWorld:
        """What it comes to. Raises Rejected where Terraform would refuse it."""
        resource_instance = self._thing
        if trouble := _trouble(resource_instance, matched):
            return BucketInWorld(trouble, trouble, (place_of(resource_instance),))
        own = self._tell(resource_instance)
        certain, possible = (
            [self._tell(one) for one in some]
            for some in (matched.certain, [] if matched.certain else matched.possible)
        )
        joined = BucketConfigurations([one.instance for one in certain], [one.instance for one in possible])
        default = choose_default(joined, self._without(own), self._sayings, self._in_doubt)
        deciding = certain[0] if certain else own
        place = deciding.deciding(RULE_PATH if certain else INLINE_RULE_PATH)
        encryption = default.encryption
        is_directory = resource_instance.resource.type == DIRECTORY_BUCKET
        if is_directory and isinstance(encryption, Encryption) and encryption.is_kms:
            encryption = replace(encryption, bucket_key=True)  # always on there (fact A20)
        caveats = [_KEPT] if deciding.is_kept and (certain or own.instance.values.get(INLINE_BLOCK)) else []
        caveats += [_many(resource_instance)] if resource_instance.has_unknown_count else []
        return BucketInWorld(
            encryption,
            default.key or self._keys.describe_key_of(encryption),
            (place,),
            "; ".join(caveats) or None,
        )

    def _tell(self, resource_instance: ResourceInstance) -> BlockValues:
        found = self._told.get(resource_instance.address)
        if found is None:
            found = self._told[resource_instance.address] = evaluate_block(self._run, resource_instance)
        return found

    def _without(self, own: BlockValues) -> DefaultEncryption:
        """Of a bucket that no configuration is for: its inline block, else what S3 does by itself (fact H4)."""
        if own.resource_instance.resource.type == TABLE_BUCKET:
            return read_table_bucket_default(own.instance, self._sayings)
        if not own.instance.values.get(INLINE_BLOCK) and (INLINE_BLOCK,) not in own.opens:
            return SSE_S3_UNDECLARED
        return read_default_encryption(own.instance, INLINE_RULE_PATH, self._sayings)

    def _open(self, instance: InstanceValues, steps: AttributePath) -> tuple[str, UnknownValue]:
        opens = self._told[instance.address].opens
        while steps and steps not in opens:
            steps = steps[:-1]
        return opens[steps]

    def _unknown(self, what: str, instance: InstanceValues, steps: AttributePath) -> Unknown:
        text, unknown_value = self._open(instance, steps)
        why = unknown_value.unknown.why
        written = "" if text in why else f"{text}, which is "
        said = f"{what} of {instance.address} is {written}not told: {why}"
        return Unknown(UnknownCause.UNRESOLVED, self._run.loader.redact(said), unknown_value.unknown.advice)

    def _key(self, instance: InstanceValues, steps: AttributePath) -> UnresolvedKey:
        return self._keys.open(self._run, *self._open(instance, steps))

    def _in_doubt(self, first: InstanceValues) -> Unknown:
        attribute = self._told[first.address].resource_instance.block.body.attributes.get("bucket")
        resource_instance = self._told[first.address].resource_instance
        text = (
            resource_instance.module_instance.module.excerpt(
                attribute.expression.span, resource_instance.path_of(attribute)
            )
            if attribute
            else "?"
        )
        why = f"the code does not tell whether {first.address} is for this bucket: its bucket is {text}"
        return Unknown(UnknownCause.UNRESOLVED, self._run.loader.redact(why), Advice(PLAN_ADVICE))


def _unknown_read(resource_instance: ResourceInstance, unknown: Unknown) -> _Ways:
    return {BucketInWorld(unknown, unknown, (place_of(resource_instance),)): [{}]}


def _many(resource_instance: ResourceInstance) -> str:
    unknown_value = (
        resource_instance.expansion.unknown_value or resource_instance.module_instance.expansion.unknown_value
    )
    why = f": {unknown_value.unknown.why}" if unknown_value else ""
    return f"this stands for every instance, and how many there are is not told{why}"


def _trouble(resource_instance: ResourceInstance, matched: MatchedConfigurations) -> Unknown | None:
    """What keeps anybody from telling: what Terraform refuses, and what may have a configuration and is not there."""
    if (
        found := resource_instance.expansion.rejection
        or resource_instance.module_instance.expansion.rejection
    ):
        return found
    for one in (resource_instance, *matched.certain):
        resource = one.resource
        if (resource.mode, resource.type, resource.name) in one.module_instance.module.duplicates:
            return Unknown(UnknownCause.UNRESOLVED, f"{one.address} is declared more than once", CORRECT_CODE)
    if matched.certain:
        return None
    if matched.handed is not None:
        why = f"a module that is given the bucket may have its configuration: {matched.handed.why}"
        return Unknown(UnknownCause.UNRESOLVED, why, matched.handed.advice)
    module_instance: ModuleInstance | None = resource_instance.module_instance
    while module_instance is not None:
        for trouble in module_instance.module.diagnostics:
            where = f"{trouble.path} (line {trouble.span.line})"
            why = f"{where} cannot be read in full, and may have its configuration"
            return Unknown(UnknownCause.UNRESOLVED, why, CORRECT_CODE)
        module_instance = module_instance.caller
    return None
