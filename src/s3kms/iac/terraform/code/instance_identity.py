"""The instance of a resource in whichever world, and the bucket that an instance is, or is for."""

import re
from dataclasses import dataclass
from typing import Self

from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.scope import InstanceKey, ModulePath, ResourceInstance
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.resource_types import BUCKET_TYPES, NAME_ARGUMENTS
from s3kms.iac.values import Reference, Rejected, UnknownValue

KEY_AT_END = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]$')
"""The key of an instance, at the end of its address."""
_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
_DATA_SOURCE = re.compile(r"(?:^|(?<!^module)(?<!\.module)\.)data\.\w+\.[^.\]]+$")
"""The end of the address of a data source, in whichever module; a module may be called `data`, too."""
_IDENTIFYING_ATTRIBUTES = frozenset({"id", "bucket", "bucket_name"})


def without_keys(address: str) -> str:
    """An address without any key: that of the one instance that stands for any number of them, modules included."""
    return _KEY.sub("", address)


@dataclass(frozen=True, slots=True)
class InstanceIdentity:
    """An instance of a resource, in whichever world it is there."""

    module_path: ModulePath
    resource: ResourceDeclaration
    key: InstanceKey

    @classmethod
    def of(cls, instance: ResourceInstance) -> Self:
        """The identity of an instance of one world."""
        return cls(instance.module_instance.module_path, instance.resource, instance.repetition.key)

    def find(self, evaluation: Evaluation) -> ResourceInstance | None:
        """The instance in an evaluation; None where it is not there."""
        return evaluation.find_resource_instance(self.module_path, self.resource, self.key)


def evaluate_bucket_argument(evaluation: Evaluation, configuration: ResourceInstance) -> Value:
    """What the `bucket` of a configuration comes to; None where it is rejected."""
    try:
        return evaluation.attribute(configuration, "bucket")
    except Rejected:
        return None


def evaluate_bucket_name(evaluation: Evaluation, bucket: ResourceInstance) -> Value:
    """The name of a bucket: a text, an UnknownValue, or None where it is rejected."""
    try:
        return evaluation.attribute(bucket, name_argument(bucket))
    except Rejected:
        return None


def referenced_bucket(value: Value) -> Reference | None:
    """The reference, where a value is exactly the identity of one bucket that the code declares."""
    reference = value.reference if isinstance(value, UnknownValue) else None
    is_bucket = (
        reference
        and reference.type in BUCKET_TYPES
        and reference.attribute in _IDENTIFYING_ATTRIBUTES
        and not _DATA_SOURCE.search(KEY_AT_END.sub("", reference.address))
    )
    return reference if is_bucket else None


def name_argument(bucket: ResourceInstance) -> str:
    """The argument that names a bucket of its type: `bucket`, of a table bucket `name`."""
    return NAME_ARGUMENTS.get(bucket.resource.type, "bucket")
