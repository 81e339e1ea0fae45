"""Keys that the code itself declares: they are customer managed, whatever KMS may say of them later."""

from collections.abc import Iterable

from s3kms.iac.terraform.instances import ALIAS, KEYS, InstanceValues
from s3kms.model.advice import Advice
from s3kms.model.encryption import Encryption
from s3kms.model.keys import DeclaredKey, KeyFact, KeyForm, KeyReference, Rotation, UnusedAwsManagedKey
from s3kms.model.unknown import Unknown, UnknownCause

DECLARABLE_KEY_TYPES = KEYS | {ALIAS}
_ASK_KMS = "check the bucket live, with the credentials of its account: s3kms check s3://…"
_NAMES = ("arn", "key_id", "name")


class DeclaredKeys:
    """Those of one plan or state, by what a bucket may call them."""

    def __init__(self, instances: Iterable[InstanceValues]) -> None:
        self._by_name: dict[str, InstanceValues] = {}
        for instance in instances:
            if instance.type in DECLARABLE_KEY_TYPES:
                names = (instance.values.get(name) for name in _NAMES)
                self._by_name.update((name, instance) for name in names if name and isinstance(name, str))

    def find(self, name: str) -> InstanceValues | None:
        """The key or the alias that is called so."""
        return self._by_name.get(name)

    def behind(self, encryption: Encryption | Unknown) -> KeyFact | None:
        """What the code says of the key of a default."""
        if isinstance(encryption, Unknown) or not encryption.is_kms:
            return None
        if KeyReference.parse(encryption.key).form is KeyForm.AWS_MANAGED:
            return UnusedAwsManagedKey()
        if found := self._by_name.get(encryption.key or ""):
            return to_declared_key(found)
        return Unknown(
            UnknownCause.UNRESOLVED,
            f"the code does not declare {encryption.key}, and KMS was not asked about it",
            Advice(_ASK_KMS),
        )


def to_declared_key(instance: InstanceValues) -> DeclaredKey:
    """The key that an instance is, or that an alias leads to."""
    enabled = instance.values.get("enable_key_rotation")
    if instance.type == "aws_kms_key" and isinstance(enabled, bool):
        return DeclaredKey(instance.address, _state(instance), rotation=Rotation(enabled))
    why = f"{instance.address} does not say whether the key is rotated"
    return DeclaredKey(
        instance.address, _state(instance), rotation=Unknown(UnknownCause.UNRESOLVED, why, Advice(_ASK_KMS))
    )


def _state(instance: InstanceValues) -> Unknown:
    return Unknown(
        UnknownCause.UNRESOLVED,
        f"the code declares the key as {instance.address}, and KMS was not asked for its state",
        Advice(_ASK_KMS),
    )
