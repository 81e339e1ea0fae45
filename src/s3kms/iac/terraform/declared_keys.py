"""KMS keys that the code itself declares: they are customer managed, whatever KMS may say of them later."""

from collections.abc import Iterable

from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.resource_types import KEYS_WITH_ROTATION, KMS_ALIAS, KMS_KEY_TYPES
from s3kms.model.advice import Advice, Command
from s3kms.model.encryption import Encryption
from s3kms.model.keys import DeclaredKey, KeyFact, KeyReference, Rotation, fact_of_text
from s3kms.model.unknown import Unknown, UnknownCause

DECLARABLE_KEY_TYPES = KMS_KEY_TYPES | {KMS_ALIAS}
_NAMING_ATTRIBUTES = ("arn", "key_id", "name")
_ENABLED_ATTRIBUTES = ("is_enabled", "enabled")
"""Of aws_kms_key, and of all others."""
_SPEC_ATTRIBUTES = ("customer_master_key_spec", "key_spec")
"""Of aws_kms_key, and of awscc_kms_key and external keys."""
_USAGE_ATTRIBUTE = "key_usage"
DECIDING_ATTRIBUTES = (*_ENABLED_ATTRIBUTES, *_SPEC_ATTRIBUTES, _USAGE_ATTRIBUTE)
"""What may say that S3 cannot use a key."""


class DeclaredKeys:
    """The keys and aliases of one plan, state or root module, by the names that a bucket may use for them."""

    def __init__(self, instances: Iterable[InstanceValues]) -> None:
        self._by_name: dict[str, InstanceValues] = {}
        for instance in instances:
            if instance.type in DECLARABLE_KEY_TYPES:
                names = (instance.values.get(name) for name in _NAMING_ATTRIBUTES)
                self._by_name.update((name, instance) for name in names if name and isinstance(name, str))

    def find(self, name: str) -> InstanceValues | None:
        """The key or the alias with that ARN, id or alias name; None where the code declares none."""
        return self._by_name.get(name)

    def describe_key_of(self, encryption: Encryption | Unknown) -> KeyFact | None:
        """What the code says of the key of a default encryption; None where there is no KMS key."""
        if isinstance(encryption, Unknown) or not encryption.is_kms:
            return None
        return self.describe_key(encryption.key)

    def describe_key(self, name: str | None) -> KeyFact:
        """What the code says of the key with this name."""
        if found := self._by_name.get(name or ""):
            return to_declared_key(found)
        if by_name := fact_of_text(name):
            return by_name
        return _not_asked(f"the code does not declare {name}, and KMS was not asked about it")


def to_declared_key(instance: InstanceValues) -> DeclaredKey:
    """The key that an instance declares, or that an alias leads to."""
    state = _not_asked(
        f"the code declares the key as {instance.address}, and KMS was not asked for its state"
    )
    enabled = instance.values.get("enable_key_rotation")
    rotation: Rotation | Unknown = _not_asked(f"{instance.address} does not say whether the key is rotated")
    if instance.type in KEYS_WITH_ROTATION and isinstance(enabled, bool):
        rotation = Rotation(enabled)
    return DeclaredKey(
        instance.address,
        enabled=False if _is_disabled(instance) else state,
        spec=_text(instance, _SPEC_ATTRIBUTES, "SYMMETRIC_DEFAULT"),
        usage=_text(instance, (_USAGE_ATTRIBUTE,), "ENCRYPT_DECRYPT"),
        rotation=rotation,
        region=_region_of(instance),
    )


def _is_disabled(instance: InstanceValues) -> bool:
    """Whether it says so. That it is enabled is not concluded: somebody may disable or delete it by hand."""
    return any(instance.values.get(name) in {False, "false"} for name in _ENABLED_ATTRIBUTES)


def _text(instance: InstanceValues, names: Iterable[str], default: str) -> str:
    """The first of the attributes that is a text; the default of all providers where none is written or known."""
    values = (instance.values.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), default)


def _region_of(instance: InstanceValues) -> str | None:
    """The region of a key or an alias: its argument, which provider 6 always fills in, or that of its ARN."""
    region, arn = instance.values.get("region"), instance.values.get("arn")
    if isinstance(region, str) and region:
        return region
    return KeyReference.parse(arn).region if isinstance(arn, str) else None


def _not_asked(why: str) -> Unknown:
    advice = Advice(
        "check the bucket live, with the credentials of its account: {check}",
        {"check": Command("check", ("s3://BUCKET",))},
    )
    return Unknown(UnknownCause.NOT_READ, why, advice)
