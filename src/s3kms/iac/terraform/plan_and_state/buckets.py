"""The buckets that the instances of a plan or a state come to."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from s3kms.iac.budget import WorkBudget
from s3kms.iac.terraform.cloud_control import read_tags, to_inline_block
from s3kms.iac.terraform.declared_keys import DECLARABLE_KEY_TYPES, DeclaredKeys, to_declared_key
from s3kms.iac.terraform.effective_default import MADE_ELSEWHERE, BucketConfigurations, choose_default
from s3kms.iac.terraform.encryption import (
    APPLY_ADVICE,
    INLINE_RULE_PATH,
    LIVE_ADVICE,
    SSE_S3_UNDECLARED,
    AttributePath,
    DefaultEncryption,
    UnknownExplainer,
    UnresolvedKey,
    read_default_encryption,
    read_self_encrypted_default,
)
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import is_marked, value_at
from s3kms.iac.terraform.plan_and_state.address_places import AddressPlaces
from s3kms.iac.terraform.plan_and_state.configuration_matching import match_configurations
from s3kms.iac.terraform.plan_and_state.plan_configuration import PlanConfiguration
from s3kms.iac.terraform.plan_and_state.provider_endpoint import PlanEndpoints
from s3kms.iac.terraform.plan_and_state.references import ReferenceTarget, resolve_references
from s3kms.iac.terraform.plan_and_state.stacks import read_stack_buckets
from s3kms.iac.terraform.resource_types import (
    BUCKET_TYPES,
    CLOUD_CONTROL_BUCKETS,
    CLOUD_CONTROL_ENCRYPTION,
    DIRECTORY_BUCKETS,
    ENCRYPTION_CONFIGURATION,
    INLINE_BLOCK,
    NAME_ARGUMENTS,
    SELF_ENCRYPTED_BUCKETS,
    TABLE_ENCRYPTION,
    VECTOR_BUCKETS,
)
from s3kms.iac.terraform.unevaluated import STACK_TYPES
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import Encryption
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown, UnknownCause

_KEY_REFERENCE = ReferenceTarget(
    DECLARABLE_KEY_TYPES, frozenset({"arn", "key_id", "id", "name", "target_key_arn", "target_key_id"})
)
_STALE_MIRROR = (
    "no resource in the state sets it: it is as the provider last read it, and may be older than an apply that "
    "removed such a resource (terraform apply -refresh-only reads it again)"
)


class InstanceBuckets:
    """The buckets of one plan or state."""

    def __init__(
        self,
        instances: list[InstanceValues],
        places: AddressPlaces,
        *,
        configuration: PlanConfiguration | None = None,
        endpoints: PlanEndpoints | None = None,
        unprotected: frozenset[str] = frozenset(),
        caveat: str | None = None,
        budget: WorkBudget | None = None,
    ) -> None:
        """`configuration` is the code of a plan and `endpoints` those of its providers, None for a state;
        `unprotected` are the names of the buckets whose encryption configuration the plan destroys; `caveat` holds
        for all of the file; `budget` is for the templates in it.
        """
        self._instances = instances
        self._places = places
        self._configuration = configuration
        self._endpoints = endpoints
        self._unprotected = unprotected
        self._caveat = caveat
        self._budget = budget or WorkBudget()
        self._keys = DeclaredKeys(instances)
        self._explainer = UnknownExplainer(self._explain, self._explain_key)

    def buckets(self) -> Iterator[Bucket]:
        """One for each instance of each bucket, in the order of the file.

        A configuration that is for none of them stands for a bucket that is made elsewhere, under its own address.
        """
        self._instances = [self._in_own_form(found) for found in self._instances]
        matched = match_configurations(self._instances, self._configuration)
        used = {config.address for one in matched.values() for config in one.certain or one.possible}
        stacks = sum(found.type in STACK_TYPES for found in self._instances)
        for found in self._instances:
            if found.type in BUCKET_TYPES:
                yield self._at_its_endpoint(found, self._bucket(found, matched[found.address]))
            elif found.type in SELF_ENCRYPTED_BUCKETS:
                yield self._at_its_endpoint(found, self._self_encrypted(found))
            elif found.type in STACK_TYPES:
                with self._budget.part(self._budget.left // stacks):
                    places = self._places.of(found.address)
                    yield from read_stack_buckets(found, self._instances, places, self._budget)
                stacks -= 1
            elif found.type == ENCRYPTION_CONFIGURATION and found.address not in used:
                bucket = self._at_its_endpoint(found, self._bucket(found, BucketConfigurations([found])))
                yield replace(bucket, caveat="; ".join(filter(None, (bucket.caveat, MADE_ELSEWHERE))))

    def _at_its_endpoint(self, found: InstanceValues, bucket: Bucket) -> Bucket:
        """The bucket, which is not known where its server is not AWS; a server that stands in for AWS is told."""
        endpoint = self._endpoints.judge(found) if self._endpoints else None
        if isinstance(endpoint, Unknown):
            return replace(bucket, encryption=endpoint, key=endpoint)
        caveats = filter(None, (bucket.caveat, str(endpoint) if endpoint else None))
        return replace(bucket, caveat="; ".join(caveats) or None)

    def _in_own_form(self, found: InstanceValues) -> InstanceValues:
        code = self._configuration
        if found.type in VECTOR_BUCKETS:
            is_written = code is None or value_at(code.expressions(found), TABLE_ENCRYPTION) is not None
            return _vectors_in_own_form(found, is_written=is_written)
        if found.type not in CLOUD_CONTROL_BUCKETS:
            return found
        written = value_at(code.expressions(found), CLOUD_CONTROL_ENCRYPTION) if code else None
        return to_inline_block(found, written)

    def _self_encrypted(self, found: InstanceValues) -> Bucket:
        default = read_self_encrypted_default(found, self._explainer)
        argument = NAME_ARGUMENTS[found.type]
        name = found.values.get(argument)
        return Bucket(
            name if isinstance(name, str) and name and not is_marked(found.sensitive, argument) else None,
            kind=BucketKind.VECTOR if found.type in VECTOR_BUCKETS else BucketKind.TABLE,
            resource=found.address,
            places=self._places.of(found.address),
            encryption=default.encryption,
            tags=_tags(found),
            key=default.key or self._keys.describe_key_of(default.encryption),
            caveat=self._caveat,
        )

    def _bucket(self, found: InstanceValues, configurations: BucketConfigurations) -> Bucket:
        fallback = self._default_without_configuration(found)
        default = choose_default(configurations, fallback, self._explainer, self._explain_doubt)
        encryption = default.encryption
        is_directory = found.type in DIRECTORY_BUCKETS
        if is_directory and isinstance(encryption, Encryption) and encryption.is_kms:
            encryption = replace(encryption, bucket_key=True)  # always on there (fact A20)
        argument = NAME_ARGUMENTS.get(found.type, "bucket")
        name, region, arn = (found.values.get(part) for part in (argument, "region", "arn"))
        is_hidden = is_marked(found.sensitive, argument)
        is_known = isinstance(name, str) and is_bucket_name(name) and not is_hidden
        arn = arn if isinstance(arn, str) and arn.startswith("arn:") and is_known else None
        return Bucket(
            name if is_known else None,
            account=_account(arn),
            region=region if isinstance(region, str) and is_region(region) else None,
            arn=arn,
            kind=BucketKind.DIRECTORY if is_directory else BucketKind.GENERAL_PURPOSE,
            resource=found.address,
            places=self._places.of(found.address),
            encryption=encryption,
            tags=_tags(found),
            key=default.key or self._keys.describe_key_of(encryption),
            caveat=self._caveat or default.caveat,
        )

    def _default_without_configuration(self, found: InstanceValues) -> DefaultEncryption:
        """What the inline block says, or what the provider last read into it (fact H4); else SSE-S3."""
        code = self._configuration
        is_cloud_control = found.type in CLOUD_CONTROL_BUCKETS
        argument = CLOUD_CONTROL_ENCRYPTION if is_cloud_control else INLINE_BLOCK
        is_written = value_at(code.expressions(found), argument) if code else None
        name, is_computed = found.values.get("bucket"), is_marked(found.unknown, argument)
        if not is_written and (is_computed or (isinstance(name, str) and name in self._unprotected)):
            return SSE_S3_UNDECLARED
        if not is_computed and not found.values.get(INLINE_BLOCK):
            return SSE_S3_UNDECLARED
        default = read_default_encryption(found, INLINE_RULE_PATH, self._explainer)
        is_mirror = (
            code is None and not is_cloud_control and default.encryption != SSE_S3_UNDECLARED.encryption
        )
        return replace(default, caveat=_STALE_MIRROR) if is_mirror else default

    def _explain_doubt(self, configuration: InstanceValues) -> Unknown:
        bucket = self._expression(configuration, ("bucket",))
        why = f"the plan does not show whether {configuration.address} is for this bucket: its bucket is {bucket}"
        return Unknown(UnknownCause.UNRESOLVED, why, APPLY_ADVICE)

    def _expression(self, instance: InstanceValues, path: AttributePath) -> str:
        if self._configuration is None:
            return "the state does not hold it"
        if instance.type in CLOUD_CONTROL_BUCKETS and path[:1] == (INLINE_BLOCK,):
            path = (CLOUD_CONTROL_ENCRYPTION,)
        return self._configuration.origin(instance, *path)

    def _explain(self, what: str, instance: InstanceValues, path: AttributePath) -> Unknown:
        why = f"{what} is known only after apply: {self._expression(instance, path)}, in {instance.address}"
        return Unknown(UnknownCause.UNRESOLVED, why, APPLY_ADVICE)

    def _explain_key(self, instance: InstanceValues, path: AttributePath) -> UnresolvedKey:
        if self._configuration:
            referenced = resolve_references(self._configuration, instance, _KEY_REFERENCE, *path)
            if referenced.instances and not referenced.is_unclear:
                key = next(iter(referenced.instances.values()))
                return UnresolvedKey(f"{key.address} (known after apply)", to_declared_key(key))
        expression = self._expression(instance, path)
        return UnresolvedKey(f"{expression} (known after apply)", self._explain("the key", instance, path))


def _vectors_in_own_form(found: InstanceValues, *, is_written: bool) -> InstanceValues:
    """A vector bucket with its list of one encryption as an object. The provider computes what the code does not set,
    and what comes of silence is what S3 does by itself: SSE-S3 (fact A23).
    """
    parts: list[dict[str, object]] = []
    for held in (found.values, found.unknown, found.sensitive):
        whole = held if isinstance(held, dict) else {}
        inner = whole.get(TABLE_ENCRYPTION)
        if isinstance(inner, list) and len(inner) < 2:  # noqa: PLR2004 - one, or none
            inner = inner[0] if inner else None
        parts.append({**whole, TABLE_ENCRYPTION: inner})
    values, unknown, sensitive = parts
    if not is_written and is_marked(unknown, TABLE_ENCRYPTION):
        unknown = {**unknown, TABLE_ENCRYPTION: None}
    marks = found.unknown if found.unknown is True and is_written else unknown
    return replace(found, values=values, unknown=marks, sensitive=sensitive)


def _account(arn: str | None) -> str | None:
    parts = arn.split(":") if arn else []
    return parts[4] if len(parts) > 5 and len(parts[4]) == 12 and parts[4].isdigit() else None  # noqa: PLR2004 - ARN


def _tags(found: InstanceValues) -> Mapping[str, str] | Unknown:
    """The tags, with the provider's default tags where they are known."""
    for part in ("tags_all", "tags"):
        if is_marked(found.sensitive, part):
            why = f"the tags of {found.address} are marked as sensitive"
            return Unknown(UnknownCause.NOT_READ, why, LIVE_ADVICE)
        tags = read_tags(found.values.get(part))
        if isinstance(tags, dict) and not value_at(found.unknown, part):
            return {key: value for key, value in tags.items() if isinstance(value, str)}
    if value_at(found.unknown, "tags_all") or value_at(found.unknown, "tags"):
        why = f"the tags of {found.address} are known only after apply"
        return Unknown(UnknownCause.UNRESOLVED, why, APPLY_ADVICE)
    return {}
