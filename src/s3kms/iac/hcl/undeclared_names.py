"""Names that the code refers to and nothing that was read declares: of a partial checkout, or of generated files.

Terraform refuses such code as it stands. What it declares besides is still what it declares, so that such a name is
an unknown value, and only what is made of it is unknown, too.
"""

from s3kms.iac.hcl.scope import ModuleInstance, qualify_address
from s3kms.iac.values import Reference, UnknownValue
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

_DECLARE = Advice("declare it, or check the complete code: generated files may be missing")


class UndeclaredNames:
    """The undeclared names that the evaluations of one root module came across."""

    def __init__(self) -> None:
        self._names: dict[Unknown, str] = {}

    def value(
        self, module_instance: ModuleInstance, name: str, reference: Reference | None = None
    ) -> UnknownValue:
        """The value of an undeclared name: `var.x`, `module.m`. `reference` is what it would refer to."""
        address = qualify_address(module_instance, name)
        unknown = Unknown(UnknownCause.UNRESOLVED, f"{address} is not declared", _DECLARE)
        self._names[unknown] = address
        return UnknownValue(name, unknown, reference, symbol=address)

    def name_in(self, value: object) -> str | None:
        """The undeclared name for which a value is unknown; None where there is another reason, or none."""
        return self._names.get(value.unknown) if isinstance(value, UnknownValue) else None
