"""What an expression of a template comes to in one world, and what stands in the way where it comes to nothing."""

from dataclasses import dataclass

from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, Table
from s3kms.iac.values import Reference, Rejected, UnknownValue
from s3kms.model.advice import Advice, Command, Option
from s3kms.model.unknown import Unknown, UnknownCause

CHECK_DEPLOYED = Advice(
    "check the bucket once it is deployed: {check}", {"check": Command("check", ("s3://BUCKET",))}
)
"""What settles everything that a template alone cannot."""
PARAMETERS_FILE = Option("parameter_files", "FILE")
"""How a person gives values of parameters."""
CORRECT_TEMPLATE = Advice("correct the template; cfn-lint says more")
"""What settles what CloudFormation would reject."""


def or_check_deployed(action: str, **fields: object) -> Advice:
    """An action that settles it before the deployment, or the check after it."""
    return Advice(f"{action}, or {{deployed}}", {**fields, "deployed": CHECK_DEPLOYED})


@dataclass(frozen=True, slots=True)
class NoValue:
    """AWS::NoValue: as if it were not there."""

    mark: Mark


Value = Scalar | Array | Table | NoValue | UnknownValue
"""A list or a mapping has its parts not resolved yet."""


def comparable_text(value: Value) -> str | None:
    """The text to compare with; None where it is not known, or no text."""
    if isinstance(value, UnknownValue):
        return value.secret
    return value.text if isinstance(value, Scalar) else None


class Undecided(Exception):
    """What was asked hangs on a value that is not known in this world."""

    def __init__(self, unknown: Unknown, mark: Mark) -> None:
        super().__init__(unknown.why)
        self.unknown = unknown
        self.mark = mark


UNSETTLED = (Undecided, Rejected)
"""What an evaluation raises where it has no result: a value is open, or CloudFormation would reject the template."""


def unknown_of(error: Undecided | Rejected) -> Unknown:
    """Why nothing can be said, as the fact that is then not known."""
    if isinstance(error, Undecided):
        return error.unknown
    return Unknown(UnknownCause.UNRESOLVED, error.why, CORRECT_TEMPLATE)


def known_at_deployment(why: str, advice: Advice = CHECK_DEPLOYED) -> Unknown:
    """The reason for a value that the template leaves open."""
    return Unknown(UnknownCause.UNRESOLVED, why, advice)


def named_unknown(
    expression: str,
    name: str,
    unknown: Unknown,
    mark: Mark,
    *,
    symbol: str = "",
    declared: tuple[str, ...] = (),
) -> UnknownValue:
    """An open value that a text holds as `${name}`.

    `declared` is the logical id of the resource that it is, after those of the nested stacks around that.
    """
    reference = Reference(".".join(declared)) if declared else None
    return UnknownValue(expression, unknown, reference, symbol=symbol, piece="${" + name + "}", mark=mark)


def declared_ids(value: UnknownValue) -> tuple[str, ...]:
    """The logical id of the resource that an open value is, after those of the stacks around; empty for none."""
    return tuple(value.reference.address.split(".")) if value.reference else ()


def function_call_of(node: Node) -> tuple[str, Node] | None:
    """The long name of the function and its argument, if the node is a call: `("Fn::Join", …)`."""
    if isinstance(node, Table) and len(node.entries) == 1:
        (key,) = node.entries
        if key in {"Ref", "Condition"} or (key.startswith("Fn::") and not key.startswith("Fn::ForEach")):
            return key, node.entries[key].node
    return None


def short_form(name: str) -> str:
    """The short form of a function's name: `!Join`."""
    return "!" + name.removeprefix("Fn::")
