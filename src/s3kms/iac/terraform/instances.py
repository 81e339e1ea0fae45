"""Resource instances, as a plan, a state or a block of code has their arguments: one form for all three."""

from dataclasses import dataclass

from s3kms.iac.hcl.scope import InstanceKey, ModulePath
from s3kms.iac.terraform.json_document import JsonObject


@dataclass(frozen=True, slots=True)
class InstanceValues:
    """One instance of a managed resource, with the values of its arguments in the form of Terraform's JSON."""

    address: str
    """`module.m.aws_s3_bucket.b["a"]`."""
    path: ModulePath
    type: str
    name: str
    key: InstanceKey
    values: JsonObject
    """Blocks are lists of objects."""
    unknown: object = None
    """Terraform's `after_unknown`: True where a value is known only after apply, in the shape of `values`."""
    sensitive: object = None
    """Terraform's `sensitive_values`, in the shape of `values`."""

    @property
    def resource(self) -> tuple[ModulePath, str, str]:
        """The instance of a module, the type and the name: what all instances of one resource share."""
        return self.path, self.type, self.name
