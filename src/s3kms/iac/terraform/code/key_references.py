"""The key that a configuration names, where the code does not write it out."""

from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.symbols import is_known
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.declared_keys import DECLARABLE_KEY_TYPES, DeclaredKeys, to_declared_key
from s3kms.iac.terraform.encryption import UnresolvedKey
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.resource_types import KMS_ALIAS, KMS_KEY, KMS_KEY_TYPES
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.encryption import Encryption
from s3kms.model.keys import AWS_S3_ALIAS, KeyFact, UnusedAwsManagedKey
from s3kms.model.unknown import Unknown, UnknownCause

_DATA = {KMS_ALIAS: "name", KMS_KEY: "key_id"}
"""Data sources that look a key up, and by what."""
_SAID = ("name", "enable_key_rotation", "arn", "key_id")


class CodeKeys:
    """The keys of a root module."""

    def __init__(self, root: RootModule) -> None:
        self._root = root
        self._known: DeclaredKeys | None = None

    def open(self, run: Evaluation, text: str, unknown_value: UnknownValue) -> UnresolvedKey:
        """Of a key whose name only the apply tells, or the user."""
        reference = unknown_value.reference
        resource_instance = run.resource_instance(reference.address) if reference is not None else None
        if reference is None or resource_instance is None or reference.type not in DECLARABLE_KEY_TYPES:
            return UnresolvedKey(run.loader.redact(text), _not_told(unknown_value))
        expression = (
            f"{reference.address}.{reference.attribute}" if reference.attribute else reference.address
        )
        if resource_instance.resource.mode == "managed":
            return UnresolvedKey(expression, to_declared_key(_instance(run, resource_instance)))
        name = _attribute(run, resource_instance, _DATA.get(reference.type, ""))
        if name == AWS_S3_ALIAS:
            return UnresolvedKey(AWS_S3_ALIAS, UnusedAwsManagedKey())
        if isinstance(name, UnknownValue) and name.reference and name.reference.address != reference.address:
            return self.open(run, text, name)
        if isinstance(name, str) and (found := self._named().find(name)):
            return UnresolvedKey(expression, to_declared_key(found))
        return UnresolvedKey(expression, _not_told(unknown_value))

    def describe_key_of(self, encryption: Encryption | Unknown) -> KeyFact | None:
        """Of a key that the code writes out."""
        return self._named().describe_key_of(encryption)

    def _named(self) -> DeclaredKeys:
        if self._known is None:
            undecided = self._root.undecided
            resource_instances = (
                resource_instance
                for names, resource in self._root.resources(DECLARABLE_KEY_TYPES)
                for resource_instance in self._root.instances(undecided, names, resource)
            )
            self._known = DeclaredKeys(
                [_instance(undecided, resource_instance) for resource_instance in resource_instances]
            )
        return self._known


def _not_told(unknown_value: UnknownValue) -> Unknown:
    return Unknown(
        UnknownCause.UNRESOLVED,
        f"the key is not told: {unknown_value.unknown.why}",
        unknown_value.unknown.advice,
    )


def _instance(run: Evaluation, resource_instance: ResourceInstance) -> InstanceValues:
    """Of a key or an alias: what decides about it."""
    values = {
        name: value
        for name in _SAID
        if is_known(value := _attribute(run, resource_instance, name)) and value is not None
    }
    if (
        resource_instance.resource.type in KMS_KEY_TYPES
        and "enable_key_rotation" not in resource_instance.block.body.attributes
    ):
        values["enable_key_rotation"] = False
    return InstanceValues(
        resource_instance.address,
        resource_instance.module_instance.module_path,
        resource_instance.resource.type,
        resource_instance.resource.name,
        resource_instance.repetition.key,
        values,
    )


def _attribute(run: Evaluation, resource_instance: ResourceInstance, name: str) -> Value:
    if name not in resource_instance.block.body.attributes:
        return None
    try:
        return run.attribute(resource_instance, name)
    except Rejected:
        return None
