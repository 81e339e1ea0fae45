"""From instances to buckets."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from s3kms.iac.terraform.declared_keys import DECLARABLE_KEY_TYPES, DeclaredKeys, to_declared_key
from s3kms.iac.terraform.effective_default import choose_default
from s3kms.iac.terraform.encryption import (
    APPLY_ADVICE,
    INLINE_BLOCK,
    INLINE_RULE_PATH,
    SSE_S3_UNDECLARED,
    AttributePath,
    DefaultEncryption,
    UnknownExplainer,
    UnresolvedKey,
    read_default_encryption,
    read_table_bucket_default,
)
from s3kms.iac.terraform.instances import BUCKETS, DIRECTORY_BUCKET, TABLE_BUCKET, InstanceValues
from s3kms.iac.terraform.json_document import at, is_marked
from s3kms.iac.terraform.plan_and_state.address_places import AddressPlaces
from s3kms.iac.terraform.plan_and_state.configuration_matching import (
    BucketConfigurations,
    match_configurations,
)
from s3kms.iac.terraform.plan_and_state.plan_configuration import PlanConfiguration
from s3kms.iac.terraform.plan_and_state.references import ReferenceTarget, resolve_references
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import Encryption
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown, UnknownCause

_KEY_WISH = ReferenceTarget(
    DECLARABLE_KEY_TYPES, frozenset({"arn", "key_id", "id", "name", "target_key_arn", "target_key_id"})
)
_MIRROR = (
    "no resource of the state sets it: it is as the provider last read it, and older than an apply that took such a "
    "resource away (terraform apply -refresh-only reads again)"
)


class InstanceBuckets:
    """The buckets of one plan or state."""

    def __init__(
        self,
        instances: list[InstanceValues],
        places: AddressPlaces,
        *,
        configuration: PlanConfiguration | None = None,
        unprotected: frozenset[str] = frozenset(),
        caveat: str | None = None,
    ) -> None:
        self._instances = instances
        self._places = places
        self._configuration = configuration
        self._unprotected = unprotected
        self._caveat = caveat
        self._keys = DeclaredKeys(instances)
        self._sayings = UnknownExplainer(self._after_apply, self._unknown_key)

    def buckets(self) -> Iterator[Bucket]:
        """Each instance of each bucket, in the order of the file."""
        joined = match_configurations(self._instances, self._configuration)
        for found in self._instances:
            if found.type in BUCKETS:
                yield self._bucket(found, joined[found.address])
            elif found.type == TABLE_BUCKET:
                yield self._table_bucket(found)

    def _table_bucket(self, found: InstanceValues) -> Bucket:
        default = read_table_bucket_default(found, self._sayings)
        name = found.values.get("name")
        return Bucket(
            name if isinstance(name, str) and name and not is_marked(found.sensitive, "name") else None,
            kind=BucketKind.TABLE,
            resource=found.address,
            places=self._places.of(found.address),
            encryption=default.encryption,
            tags=_tags(found),
            key=default.key or self._keys.behind(default.encryption),
            caveat=self._caveat,
        )

    def _bucket(self, found: InstanceValues, joined: BucketConfigurations) -> Bucket:
        default = choose_default(joined, self._without(found), self._sayings, self._in_doubt)
        encryption = default.encryption
        is_directory = found.type == DIRECTORY_BUCKET
        if is_directory and isinstance(encryption, Encryption) and encryption.is_kms:
            encryption = replace(encryption, bucket_key=True)  # always on there (fact A20)
        name, region, arn = (found.values.get(part) for part in ("bucket", "region", "arn"))
        hidden = is_marked(found.sensitive, "bucket")
        known = isinstance(name, str) and is_bucket_name(name) and not hidden
        arn = arn if isinstance(arn, str) and arn.startswith("arn:") and known else None
        return Bucket(
            name if known else None,
            account=_account(arn),
            region=region if isinstance(region, str) and is_region(region) else None,
            arn=arn,
            kind=BucketKind.DIRECTORY if is_directory else BucketKind.GENERAL_PURPOSE,
            resource=found.address,
            places=self._places.of(found.address),
            encryption=encryption,
            tags=_tags(found),
            key=default.key or self._keys.behind(encryption),
            caveat=self._caveat or default.caveat,
        )

    def _in_doubt(self, first: InstanceValues) -> Unknown:
        why = f"the plan does not tell whether {first.address} is for this bucket"
        return Unknown(
            UnknownCause.UNRESOLVED,
            f"{why}: its bucket is {self._expression(first, ('bucket',))}",
            Advice(APPLY_ADVICE),
        )

    def _without(self, found: InstanceValues) -> DefaultEncryption:
        """Of a bucket that has no configuration of its own: the inline block, or what the provider saw (fact H4)."""
        written = at(self._configuration.expressions(found), INLINE_BLOCK) if self._configuration else None
        name, is_computed = found.values.get("bucket"), is_marked(found.unknown, INLINE_BLOCK)
        if not written and (is_computed or (isinstance(name, str) and name in self._unprotected)):
            return SSE_S3_UNDECLARED
        if not is_computed and not found.values.get(INLINE_BLOCK):
            return SSE_S3_UNDECLARED
        default = read_default_encryption(found, INLINE_RULE_PATH, self._sayings)
        is_mirror = self._configuration is None and default.encryption != SSE_S3_UNDECLARED.encryption
        return replace(default, caveat=_MIRROR) if is_mirror else default

    def _expression(self, instance: InstanceValues, steps: AttributePath) -> str:
        if self._configuration is None:
            return "the state does not hold it"
        return self._configuration.origin(instance, *steps)

    def _after_apply(self, what: str, instance: InstanceValues, steps: AttributePath) -> Unknown:
        expression = self._expression(instance, steps)
        return Unknown(
            UnknownCause.UNRESOLVED,
            f"{what} is known only after apply: {expression}, in {instance.address}",
            Advice(APPLY_ADVICE),
        )

    def _unknown_key(self, instance: InstanceValues, steps: AttributePath) -> UnresolvedKey:
        expression = self._expression(instance, steps)
        meant = (
            resolve_references(self._configuration, instance, _KEY_WISH, *steps)
            if self._configuration
            else None
        )
        if meant and meant.instances and not meant.is_unclear:
            key = next(iter(meant.instances.values()))
            return UnresolvedKey(f"{key.address} (known after apply)", to_declared_key(key))
        why = f"the key is known only after apply: {expression}, in {instance.address}"
        return UnresolvedKey(
            f"{expression} (known after apply)", Unknown(UnknownCause.UNRESOLVED, why, Advice(APPLY_ADVICE))
        )


def _account(arn: str | None) -> str | None:
    parts = arn.split(":") if arn else []
    return parts[4] if len(parts) > 5 and len(parts[4]) == 12 and parts[4].isdigit() else None  # noqa: PLR2004 - ARN


def _tags(found: InstanceValues) -> Mapping[str, str] | Unknown:
    """With those of the provider, where they are known."""
    for part in ("tags_all", "tags"):
        if is_marked(found.sensitive, part):
            return Unknown(
                UnknownCause.UNRESOLVED,
                f"the tags of {found.address} are marked as sensitive",
                Advice("check the bucket live"),
            )
        tags = found.values.get(part)
        unknown = at(found.unknown, part)
        if isinstance(tags, dict) and not unknown:
            return {key: value for key, value in tags.items() if isinstance(value, str)}
    unknown = at(found.unknown, "tags_all"), at(found.unknown, "tags")
    if any(unknown):
        return Unknown(
            UnknownCause.UNRESOLVED,
            f"the tags of {found.address} are known only after apply",
            Advice(APPLY_ADVICE),
        )
    return {}
