"""Buckets of a root module that share one literal name: what refers to one of them is not for the others."""

from collections.abc import Iterable
from functools import cached_property

from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.aws_schema import AwsSchema
from s3kms.iac.terraform.code.instance_identity import (
    InstanceIdentity,
    evaluate_bucket_argument,
    referenced_bucket,
)
from s3kms.iac.terraform.resource_types import BUCKET_TYPES, NAME_ARGUMENTS

_WITHOUT_NAME = ""
"""An argument that no block has."""


class _NamelessBuckets(AwsSchema):
    """The provider's schema, but for the names of buckets: a reference to one stays one, though the name is known."""

    def repeated_argument(self, resource_type: str, attribute: str) -> str:
        name = NAME_ARGUMENTS.get(resource_type, "bucket")
        is_identity = resource_type in BUCKET_TYPES and attribute in {"id", name}
        return _WITHOUT_NAME if is_identity else super().repeated_argument(resource_type, attribute)


class SharedNames:
    """The names that several buckets of a root module have."""

    def __init__(self, root: RootModule, names: Iterable[tuple[str, Value]]) -> None:
        """`names` are those of all buckets, by their addresses."""
        self._root = root
        self._addresses: dict[str, set[str]] = {}
        for address, name in names:
            if isinstance(name, str):
                self._addresses.setdefault(name, set()).add(address)
        self._referenced: dict[InstanceIdentity, str | None] = {}

    def referenced_address(self, configuration: ResourceInstance, name: str) -> str | None:
        """The address of the bucket that a configuration refers to, where several have that name; None where only one
        has, or the configuration does not refer to one of them.
        """
        addresses = self._addresses.get(name, ())
        if len(addresses) < 2:  # noqa: PLR2004 - several
            return None
        identity = InstanceIdentity.of(configuration)
        if identity not in self._referenced:
            self._referenced[identity] = self._find_reference(identity)
        found = self._referenced[identity]
        return found if found in addresses else None

    @cached_property
    def _nameless(self) -> Evaluation:
        return Evaluation(self._root.loader, _NamelessBuckets())

    def _find_reference(self, identity: InstanceIdentity) -> str | None:
        reference = referenced_bucket(self.argument_without_names(identity))
        return reference.address if reference else None

    def argument_without_names(self, identity: InstanceIdentity) -> Value:
        """The `bucket` of a configuration, a reference to a bucket where it is one, whatever that one's name is."""
        configuration = identity.find(self._nameless)
        return None if configuration is None else evaluate_bucket_argument(self._nameless, configuration)
