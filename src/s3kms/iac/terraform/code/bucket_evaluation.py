"""One bucket of code in one world: its default encryption, the key, and the place that decides it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from s3kms.iac.hcl.advice import CHECK_PLAN, CORRECT_CODE, MAKE_READABLE
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import FileDiagnostic
from s3kms.iac.hcl.scope import ModuleInstance, ResourceInstance
from s3kms.iac.terraform.code.block_values import BlockValues, evaluate_block, place_of, places_of_calls
from s3kms.iac.terraform.code.configuration_matching import MatchedConfigurations
from s3kms.iac.terraform.code.instance_identity import evaluate_bucket_name
from s3kms.iac.terraform.code.key_references import CodeKeys
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
    read_self_encrypted_default,
)
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.resource_types import DIRECTORY_BUCKETS, INLINE_BLOCK, SELF_ENCRYPTED_BUCKETS
from s3kms.iac.values import UnknownValue
from s3kms.model.encryption import Encryption
from s3kms.model.keys import KeyFact
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

_CHANGES_IGNORED = (
    "lifecycle ignores changes of the encryption, so that the live default may be older than the code"
)


@dataclass(frozen=True, slots=True)
class BucketInWorld:
    """What a bucket comes to in one world."""

    encryption: Encryption | Unknown
    key: KeyFact | None
    places: tuple[Place, ...]
    """The one place that decides; after it the calls that lead to its module, that of the root module last."""
    caveat: str | None = None


class BucketInWorldEvaluator:
    """Evaluates one bucket in one evaluation of its root module."""

    def __init__(
        self,
        evaluation: Evaluation,
        keys: CodeKeys,
        bucket: ResourceInstance,
        blocks: dict[str, BlockValues],
    ) -> None:
        """`blocks` keeps the values of blocks by address, for the other buckets of the same evaluation."""
        self._evaluation = evaluation
        self._keys = keys
        self._bucket = bucket
        self._blocks = blocks
        self._explainer = UnknownExplainer(self._explain, self._explain_key, CORRECT_CODE)

    def evaluate(self, matched: MatchedConfigurations) -> BucketInWorld:
        """What the bucket comes to with these configurations. Raises Rejected."""
        bucket = self._bucket
        if obstacle := _find_obstacle(bucket, matched):
            return BucketInWorld(obstacle, obstacle, (place_of(bucket), *places_of_calls(bucket)))
        own = self._block_of(bucket)
        certain = [self._block_of(one) for one in matched.certain]
        possible = [] if certain else [self._block_of(one) for one in matched.possible]
        configurations = BucketConfigurations(
            [one.instance for one in certain], [one.instance for one in possible]
        )
        fallback = self._default_without_configuration(own)
        default = choose_default(configurations, fallback, self._explainer, self._explain_doubt)
        deciding = certain[0] if certain else own
        encryption = default.encryption
        is_directory = bucket.resource.type in DIRECTORY_BUCKETS
        if is_directory and isinstance(encryption, Encryption) and encryption.is_kms:
            encryption = replace(encryption, bucket_key=True)  # always on there (fact A20)
        is_declared = bool(certain or own.instance.values.get(INLINE_BLOCK))
        caveats = [_CHANGES_IGNORED] if deciding.ignores_changes and is_declared else []
        caveats += [_describe_unknown_count(bucket)] if bucket.has_unknown_count else []
        caveats += self._describe_undeclared([own, *certain])
        return BucketInWorld(
            encryption,
            default.key or self._keys.describe_key_of(encryption),
            (deciding.deciding_place(RULE_PATH if certain else INLINE_RULE_PATH), *places_of_calls(bucket)),
            "; ".join(caveats) or None,
        )

    def _describe_undeclared(self, blocks: Iterable[BlockValues]) -> list[str]:
        """What the code refers to besides what decides, where nothing declares it."""
        values: list[object] = [value for block in blocks for _, value in block.unknown_values.values()]
        values.append(evaluate_bucket_name(self._evaluation, self._bucket))
        names = filter(None, map(self._evaluation.loader.undeclared.name_in, values))
        return [
            f"{name} is not declared, and Terraform refuses the code without it"
            for name in sorted(set(names))
        ]

    def _block_of(self, instance: ResourceInstance) -> BlockValues:
        found = self._blocks.get(instance.address)
        if found is None:
            found = self._blocks[instance.address] = evaluate_block(self._evaluation, instance)
        return found

    def _default_without_configuration(self, own: BlockValues) -> DefaultEncryption:
        """What the block of the bucket itself says; else SSE-S3, which is what S3 does by itself (fact H4)."""
        if own.resource_instance.resource.type in SELF_ENCRYPTED_BUCKETS:
            return read_self_encrypted_default(own.instance, self._explainer)
        if not own.instance.values.get(INLINE_BLOCK) and (INLINE_BLOCK,) not in own.unknown_values:
            return SSE_S3_UNDECLARED
        return read_default_encryption(own.instance, INLINE_RULE_PATH, self._explainer)

    def _unknown_value_at(self, instance: InstanceValues, path: AttributePath) -> tuple[str, UnknownValue]:
        """The unknown value at a path, or at the nearest block around it, after its expression as it is written."""
        unknown_values = self._blocks[instance.address].unknown_values
        while path and path not in unknown_values:
            path = path[:-1]
        return unknown_values[path]

    def _explain(self, what: str, instance: InstanceValues, path: AttributePath) -> Unknown:
        text, value = self._unknown_value_at(instance, path)
        why = value.unknown.why
        written = "" if text in why else f"{text}, which is "
        sentence = f"{what} of {instance.address} is {written}not known: {why}"
        return Unknown(
            value.unknown.cause, self._evaluation.loader.sensitive.redact(sentence), value.unknown.advice
        )

    def _explain_key(self, instance: InstanceValues, path: AttributePath) -> UnresolvedKey:
        return self._keys.resolve(self._evaluation, *self._unknown_value_at(instance, path))

    def _explain_doubt(self, configuration: InstanceValues) -> Unknown:
        instance = self._blocks[configuration.address].resource_instance
        attribute = instance.block.body.attributes.get("bucket")
        text = "?"
        if attribute:
            module = instance.module_instance.module
            text = module.excerpt(attribute.expression.span, instance.path_of(attribute))
        why = (
            f"the code does not show whether {configuration.address} is for this bucket: its bucket is {text}"
        )
        if instance.has_unknown_count and not self._bucket.has_unknown_count:
            why += f", and the number of its instances is not known{_explain_unknown_count(instance)}"
        return Unknown(UnknownCause.UNRESOLVED, self._evaluation.loader.sensitive.redact(why), CHECK_PLAN)


def _describe_unknown_count(bucket: ResourceInstance) -> str:
    why = _explain_unknown_count(bucket)
    return f"this stands for every instance, and how many there are is not known{why}"


def _explain_unknown_count(instance: ResourceInstance) -> str:
    value = instance.expansion.unknown_value or instance.module_instance.expansion.unknown_value
    return f": {value.unknown.why}" if value else ""


def _find_obstacle(bucket: ResourceInstance, matched: MatchedConfigurations) -> Unknown | None:
    """Why a bucket cannot be evaluated: its count or for_each is rejected, it is declared twice, or what may have its
    configuration is not there or not read. None where nothing is in the way.
    """
    if rejection := bucket.expansion.rejection or bucket.module_instance.expansion.rejection:
        return rejection
    for one in (bucket, *matched.certain):
        resource = one.resource
        if (resource.mode, resource.type, resource.name) in one.module_instance.module.duplicates:
            return Unknown(UnknownCause.UNRESOLVED, f"{one.address} is declared more than once", CORRECT_CODE)
        for diagnostic in one.module_instance.module.diagnostics:
            if diagnostic.is_of_override_file:
                return _unread(diagnostic, f"may change what {one.address} is")
    if matched.certain:
        return None
    if matched.unread is not None:
        return matched.unread
    module_instance: ModuleInstance | None = bucket.module_instance
    while module_instance is not None:
        for diagnostic in module_instance.module.diagnostics:
            return _unread(diagnostic, "may have its configuration")
        module_instance = module_instance.caller
    return None


def _unread(diagnostic: FileDiagnostic, consequence: str) -> Unknown:
    if diagnostic.is_unread:
        why = f"{diagnostic.path} {diagnostic.why}, and {consequence}"
        return Unknown(UnknownCause.FILE_UNREAD, why, MAKE_READABLE)
    why = f"{diagnostic.path} (line {diagnostic.span.line}) cannot be read in full, and {consequence}"
    return Unknown(UnknownCause.FILE_UNREAD, why, CORRECT_CODE)
