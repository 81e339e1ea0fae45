"""The buckets of a root module, in every way they may come out."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.conditions import describe_conditions
from s3kms.iac.fair_shares import STEPS_OF_BUCKET, FairShares, Question
from s3kms.iac.hcl.advice import CORRECT_CODE
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.module_loader import CallNames
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.terraform.code.absent_buckets import describe_absent_buckets
from s3kms.iac.terraform.code.block_suppressions import BlockSuppressions
from s3kms.iac.terraform.code.block_values import BlockValues, place_of
from s3kms.iac.terraform.code.bucket_evaluation import BucketInWorld, BucketInWorldEvaluator
from s3kms.iac.terraform.code.configuration_matching import (
    ConfigurationMatcher,
    MatchedConfigurations,
    caveat_of_configuration,
)
from s3kms.iac.terraform.code.declared_usage import DeclaredUsage
from s3kms.iac.terraform.code.elsewhere import find_call_elsewhere
from s3kms.iac.terraform.code.given_up_buckets import exhausted_bucket, give_up_instance
from s3kms.iac.terraform.code.instance_identity import InstanceIdentity, evaluate_bucket_name
from s3kms.iac.terraform.code.key_references import CodeKeys
from s3kms.iac.terraform.code.obstacles import Obstacles
from s3kms.iac.terraform.code.provider_settings import evaluate_region, evaluate_tags
from s3kms.iac.terraform.resource_types import (
    BUCKET,
    BUCKET_TYPES,
    CLOUD_CONTROL_BUCKET,
    DIRECTORY_BUCKETS,
    ENCRYPTION_CONFIGURATION,
    SELF_ENCRYPTED_BUCKETS,
    TABLE_BUCKETS,
    VECTOR_BUCKETS,
)
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import ImpossibleWorld, NeedsChoice, TooManyWorlds
from s3kms.model.advice import Advice, Sentence
from s3kms.model.bucket import Bucket, BucketKind, BucketOutcome
from s3kms.model.encryption import Encryption
from s3kms.model.place import Place
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.usage import BucketUsage

_CONFIGURATION = frozenset({ENCRYPTION_CONFIGURATION})
_KINDS = {
    BUCKET: BucketKind.GENERAL_PURPOSE,
    CLOUD_CONTROL_BUCKET: BucketKind.GENERAL_PURPOSE,
    **dict.fromkeys(DIRECTORY_BUCKETS, BucketKind.DIRECTORY),
    **dict.fromkeys(TABLE_BUCKETS, BucketKind.TABLE),
    **dict.fromkeys(VECTOR_BUCKETS, BucketKind.VECTOR),
}
_MAX_WORLDS_TOGETHER = 32
"""Worlds in which all instances of a bucket are evaluated together; where there are more, each is by itself."""
_PART_FOR_THE_REST = 8
"""The part of the steps that is left for what stands beside the buckets, such as modules that are not there."""
_PART_FOR_CONFIGURATIONS = 2
"""The part of the steps that looking up all configurations may take."""
_PART_FOR_USAGE = 4
"""The part of the steps that the use of the buckets may take."""
_TOO_MANY_WORLDS = TooManyWorlds().unknown(Advice("give some variables values"))
_ALWAYS_REJECTED = Unknown(
    UnknownCause.UNRESOLVED,
    "it cannot be evaluated: Terraform rejects every combination of what the code leaves open",
    CORRECT_CODE,
)

_Ways = dict[BucketInWorld, list[dict[str, str]]]
"""What a bucket may come to, each with what was chosen in the worlds that lead to it."""


@dataclass(slots=True)
class _Together:
    """What the instances of one bucket come to, explored together."""

    ways: dict[InstanceIdentity, _Ways] = field(default_factory=dict)
    are_too_many: bool = False
    """Whether together they come out in too many ways; each is explored by itself then."""


class CodeBuckets:
    """The buckets of one root module."""

    def __init__(self, root: RootModule) -> None:
        self._root = root
        self._keys = CodeKeys(root)
        self._obstacles = Obstacles(root)
        self._suppressions = BlockSuppressions()
        self._usage: DeclaredUsage | None = None
        self._matcher: ConfigurationMatcher | None = None
        self._of_any_number: CodeBuckets | None = None
        """The same buckets where no world decides how many there are."""
        self._without_instances: dict[tuple[CallNames, ResourceDeclaration], None] = {}
        self._certain_blocks: dict[str, BlockValues] = {}
        """The blocks that are the same in all worlds, by address: many buckets may ask about the same one."""

    def buckets(self, only: Path | None = None) -> Iterator[Bucket]:
        """One for each instance of each bucket that is declared; with `only`, those of that file of the root, and of
        the modules that this file calls.

        A configuration that is for none of them declares the encryption of a bucket that is made elsewhere: it stands
        for that bucket, under its own address.
        """
        yield from self._answer(self._resources(_KINDS.keys(), only))
        configurations = list(self._resources(_CONFIGURATION, only))
        if only is not None and configurations:
            self._match_all()
        yield from self._answer(configurations)

    def _answer(self, resources: Iterable[tuple[CallNames, ResourceDeclaration]]) -> Iterator[Bucket]:
        questions = [self._question(names, resource) for names, resource in resources]
        budget = self._root.loader.budget
        with budget.part(budget.left - budget.left // _PART_FOR_THE_REST):
            yield from FairShares[Bucket](budget, self._root).answers(questions)

    def notes(self) -> Iterator[Sentence]:
        """What is declared and has no instance. To be asked after the buckets."""
        modules_with_buckets = {names for names, _ in self._root.resources(_KINDS.keys())}
        absent = [
            (names, resource)
            for names, resource in self._without_instances
            if resource.type != ENCRYPTION_CONFIGURATION or names not in modules_with_buckets
        ]
        yield from describe_absent_buckets(self._root, self._root.loader.folder, absent)

    def _resources(
        self, types: Collection[str], only: Path | None
    ) -> Iterator[tuple[CallNames, ResourceDeclaration]]:
        for names, resource in self._root.resources(types):
            if only is None or self._root.is_declared_in(only, names, resource.declared.path):
                yield names, resource

    def _match_all(self) -> None:
        """Looks up the configurations of every bucket, also of those that are not wanted."""
        for names, resource in self._root.resources(BUCKET_TYPES):
            with suppress(BudgetExhausted), within_bounds():
                for _ in self._root.ask_of_instances(names, resource, self._match_instances):
                    pass

    def _match_instances(
        self, evaluation: Evaluation, instances: list[ResourceInstance]
    ) -> list[MatchedConfigurations]:
        return [self._match(evaluation, one) for one in instances]

    def _question(self, names: CallNames, resource: ResourceDeclaration) -> Question[Bucket]:
        """What the instances of a resource come to, each a question of its own."""
        address = ".".join([*(f"module.{name}" for name in names), resource.address])
        span, path = resource.declared.block.span, resource.declared.path
        place = Place(str(path), span.line, span.column)

        instances: dict[InstanceIdentity, ResourceInstance] = {}

        def ask() -> list[Bucket | Question[Bucket]]:
            found: list[Bucket | Question[Bucket]] = []
            try:
                self._list_instances(names, resource, instances)
            except TooManyWorlds as error:
                if (settled := self._settle_whatever_their_number(names, resource)) is not None:
                    return list(settled)
                what = f"{address} may have more instances than were found"
                found.append(exhausted_bucket(what, place, error, address))
            if not instances and not found:
                self._without_instances[names, resource] = None
            self._root.loader.budget.add(len(instances) * STEPS_OF_BUCKET)
            wanted = {key: one for key, one in instances.items() if not self._is_of_bucket(key)}
            return [*found, *self._questions_of(wanted)]

        def give_up(error: BudgetExhausted) -> Iterator[Bucket]:
            yield exhausted_bucket(f"{address} cannot be evaluated", place, error, address)
            for instance in instances.values():
                yield from give_up_instance(instance, error)

        return Question(ask, give_up)

    def _settle_whatever_their_number(
        self, names: CallNames, resource: ResourceDeclaration
    ) -> list[Bucket] | None:
        """What the instances of a resource come to where that is known and one thing, however many there are; else
        None. Raises BudgetExhausted.
        """
        if self._root.undecided.leaves_numbers_open:
            return None
        if self._of_any_number is None:
            self._of_any_number = CodeBuckets(self._root.leaving_numbers_open())
        try:
            return self._of_any_number._settle(names, resource)  # noqa: SLF001 - another of the same class
        except BudgetExhausted:
            self._of_any_number = None  # what was given up on is in there
            raise

    def _settle(self, names: CallNames, resource: ResourceDeclaration) -> list[Bucket] | None:
        is_configuration = resource.type == ENCRYPTION_CONFIGURATION
        for place, bucket in self._root.resources(BUCKET_TYPES if is_configuration else ()):
            with suppress(TooManyWorlds):
                for _ in self._root.ask_of_instances(place, bucket, self._match_instances):
                    pass
        found, waiting = list[Bucket](), [self._question(names, resource)]
        while waiting:
            for answer in waiting.pop(0).ask():
                (waiting if isinstance(answer, Question) else found).append(answer)  # type: ignore[arg-type]
        if not found and not is_configuration:
            return None  # only a configuration is one of its bucket's, and has none of its own
        is_one = all(isinstance(one.encryption, Encryption) and not one.outcomes for one in found)
        return found if is_one else None

    def _list_instances(
        self,
        names: CallNames,
        resource: ResourceDeclaration,
        instances: dict[InstanceIdentity, ResourceInstance],
    ) -> None:
        """Collects the instances in all worlds. Raises TooManyWorlds after those that were looked at, and
        BudgetExhausted.
        """
        for found in self._root.ask_of_instances(names, resource, lambda _, instances: instances):
            for instance in found:
                instances.setdefault(InstanceIdentity.of(instance), instance)

    def _is_of_bucket(self, instance: InstanceIdentity) -> bool:
        """Whether it is the configuration of a bucket that was found."""
        is_configuration = instance.resource.type == ENCRYPTION_CONFIGURATION
        return is_configuration and self._configuration_matcher().is_matched(instance)

    def _questions_of(
        self, instances: dict[InstanceIdentity, ResourceInstance]
    ) -> Iterator[Question[Bucket]]:
        together = _Together()
        identities = list(instances)
        for number, instance in enumerate(instances.values()):
            yield Question(
                partial(self._ask_of, number, identities, instance, together),
                partial(give_up_instance, instance),
            )

    def _ask_of(
        self,
        number: int,
        identities: list[InstanceIdentity],
        instance: ResourceInstance,
        together: "_Together",
    ) -> list[Bucket]:
        self._check_name(instance)
        ways = self._evaluate_ways(identities[number:], instance, together)
        return [self._describe(instance, describe_conditions(ways))]

    def _check_name(self, instance: ResourceInstance) -> None:
        """Raises BudgetExhausted for a bucket whose name takes too much: what is about the bucket of a name may be
        about it, and would be passed over.
        """
        name = evaluate_bucket_name(self._root.undecided, instance)
        if isinstance(name, UnknownValue) and name.unknown.cause is UnknownCause.BUDGET:
            raise BudgetExhausted(name.unknown.why)

    def _evaluate_ways(
        self,
        identities: list[InstanceIdentity],
        instance: ResourceInstance,
        together: "_Together",
    ) -> _Ways:
        """What the first of these identities may come to: by itself while nothing is open; then together with the
        others, unless that makes too many worlds. `together` keeps what the others come to.
        """
        identity = identities[0]
        ways = together.ways.get(identity)
        if ways is None:
            ways = self._evaluate_certain(identity)
        if ways is None and len(identities) > 1 and not together.are_too_many:
            found, is_all = self._explore(identities, only_within=_MAX_WORLDS_TOGETHER)
            together.are_too_many = not is_all
            together.ways.update(found if is_all else {})
            ways = together.ways.get(identity)
        if ways is None:
            found, is_all = self._explore([identity])
            ways = found[identity]
            if not is_all:
                ways |= _unknown_ways(instance, _TOO_MANY_WORLDS)
        return ways or _unknown_ways(instance, _ALWAYS_REJECTED)

    def _evaluate_certain(self, identity: InstanceIdentity) -> _Ways | None:
        """What an instance comes to where nothing is open; None where something is."""
        try:
            found = self._evaluate(self._root.certain, identity)
        except NeedsChoice:
            return None
        except ImpossibleWorld:
            return {}
        return {} if found is None else {found: [{}]}

    def _explore(
        self, identities: list[InstanceIdentity], only_within: int | None = None
    ) -> tuple[dict[InstanceIdentity, _Ways], bool]:
        """What each comes to in the worlds that are looked at; and whether those are all worlds."""
        ways: dict[InstanceIdentity, _Ways] = {identity: {} for identity in identities}
        worlds = self._root.worlds(
            lambda evaluation: [self._evaluate(evaluation, identity) for identity in identities], only_within
        )
        try:
            for said, results in worlds:
                choices = {name: self._root.loader.sensitive.redact(value) for name, value in said.items()}
                for identity, result in zip(identities, results, strict=True):
                    if result is not None:
                        ways[identity].setdefault(result, []).append(choices)
        except TooManyWorlds:
            return ways, False
        return ways, True

    def _evaluate(self, evaluation: Evaluation, identity: InstanceIdentity) -> BucketInWorld | None:
        """What an instance comes to; None where it is not there in that world."""
        bucket = identity.find(evaluation)
        if bucket is None:
            return None
        blocks = self._certain_blocks if evaluation is self._root.certain else {}
        try:
            matched = self._match(evaluation, bucket)
            if obstacle := self._obstacles.find(evaluation, bucket, matched):
                return BucketInWorld(obstacle, obstacle, (place_of(bucket),))
            return BucketInWorldEvaluator(evaluation, self._keys, bucket, blocks).evaluate(matched)
        except Rejected as rejected:
            loader = evaluation.loader
            why = f"{bucket.address} cannot be evaluated: {loader.sensitive.redact(rejected.why)}"
            unknown = Unknown(UnknownCause.UNRESOLVED, why, loader.rejection_advice)
            return BucketInWorld(unknown, unknown, (place_of(bucket),))

    def _match(self, evaluation: Evaluation, bucket: ResourceInstance) -> MatchedConfigurations:
        if bucket.resource.type in SELF_ENCRYPTED_BUCKETS:
            return MatchedConfigurations()  # its default is its own argument
        if bucket.resource.type == ENCRYPTION_CONFIGURATION:
            return MatchedConfigurations(certain=[bucket])
        return self._configuration_matcher().match(evaluation, bucket)

    def _configuration_matcher(self) -> ConfigurationMatcher:
        if self._matcher is None:
            budget = self._root.loader.budget
            with budget.shared(), budget.part(budget.left // _PART_FOR_CONFIGURATIONS):
                self._matcher = ConfigurationMatcher(self._root)
        return self._matcher

    def _describe(self, instance: ResourceInstance, results: dict[str, BucketInWorld]) -> Bucket:
        """The bucket with all its outcomes; the first one's facts are the bucket's."""
        call = find_call_elsewhere(self._root, instance)
        outcomes = tuple(
            BucketOutcome(when, result.encryption, result.key, call.places or result.places)
            for when, result in results.items()
        )
        first = next(iter(results.values()))
        evaluation = self._root.undecided if instance.is_certain else self._root.evaluate_undecided()
        name, region = evaluate_bucket_name(evaluation, instance), evaluate_region(evaluation, instance)
        is_named = (
            isinstance(name, str) and is_bucket_name(name) and not evaluation.loader.sensitive.are_in(name)
        )
        caveats = dict.fromkeys(result.caveat for result in results.values() if result.caveat)
        if instance.resource.type == ENCRYPTION_CONFIGURATION:
            caveats[caveat_of_configuration(self._root, instance)] = None
        caveats |= dict.fromkeys(call.caveats)
        configurations = self._certain_configurations(evaluation, instance)
        caveats |= dict.fromkeys(self._obstacles.caveats(evaluation, instance, configurations))
        return Bucket(
            name if is_named and isinstance(name, str) else None,
            region=region if region and is_region(region) else None,
            kind=_KINDS.get(instance.resource.type, BucketKind.GENERAL_PURPOSE),
            resource=instance.address,
            places=call.places or first.places,
            encryption=first.encryption,
            tags=evaluate_tags(evaluation, instance),
            key=first.key,
            caveat="; ".join(caveats) or None,
            outcomes=outcomes if len(outcomes) > 1 else (),
            suppressions=self._suppressions.suppressions(instance, configurations),
            usage=self._usage_of(instance),
        )

    def _certain_configurations(
        self, evaluation: Evaluation, bucket: ResourceInstance
    ) -> list[ResourceInstance]:
        try:
            return self._match(evaluation, bucket).certain
        except Rejected:
            return []

    def _usage_of(self, bucket: ResourceInstance) -> BucketUsage:
        if self._usage is None:
            budget = self._root.loader.budget
            self._root.allow_retry()  # a use whose bucket was given up would be passed over
            with budget.shared(), budget.part(budget.left // _PART_FOR_USAGE):
                self._usage = DeclaredUsage(self._root)
        return self._usage.of(bucket)


def _unknown_ways(bucket: ResourceInstance, unknown: Unknown) -> _Ways:
    return {BucketInWorld(unknown, unknown, (place_of(bucket),)): [{}]}
