"""What an expression of a template comes to, in one world."""

from dataclasses import dataclass, field

from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, Table
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

DEPLOYED = "check the bucket once it is deployed: s3kms check s3://BUCKET"
"""What settles everything that a template alone cannot."""
CORRECT = "correct the template; cfn-lint says more"
"""What settles what CloudFormation would refuse."""


@dataclass(frozen=True, slots=True)
class NoValue:
    """AWS::NoValue: as if it were not there."""

    mark: Mark


@dataclass(frozen=True, slots=True)
class UnresolvedValue:
    """What the template alone does not tell."""

    expression: str
    """As it is written, in the short form: `!Ref Algorithm`."""
    piece: str
    """The same within a text: `${Algorithm}`."""
    unknown: Unknown
    mark: Mark
    symbol: str | None = None
    """The parameter or pseudo parameter that it is, as it stands."""
    declared: tuple[str, ...] = ()
    """The resource that it names: its logical id, after those of the nested stacks that it is in."""
    secret: str | None = field(default=None, repr=False)
    """The value, where it is known and must not be shown."""


Value = Scalar | Array | Table | NoValue | UnresolvedValue
"""A list or a mapping has its parts not resolved yet."""


def comparable_text(value: Value) -> str | None:
    """The text to compare with; None where it is not known, or no text."""
    if isinstance(value, UnresolvedValue):
        return value.secret
    return value.text if isinstance(value, Scalar) else None


class Undecided(Exception):
    """Nothing can be said of what was asked, and why."""

    def __init__(self, unknown: Unknown, mark: Mark) -> None:
        super().__init__(unknown.why)
        self.unknown = unknown
        self.mark = mark


def refused(why: str, mark: Mark) -> Undecided:
    """The template is one that CloudFormation would not take."""
    return Undecided(Unknown(UnknownCause.UNRESOLVED, why, Advice(CORRECT)), mark)


def opaque(
    expression: str,
    name: str,
    unknown: Unknown,
    mark: Mark,
    *,
    symbol: str | None = None,
    declared: tuple[str, ...] = (),
) -> UnresolvedValue:
    """Something open that has a name."""
    return UnresolvedValue(expression, "${" + name + "}", unknown, mark, symbol, declared)


def function_call_of(node: Node) -> tuple[str, Node] | None:
    """The function and its argument, if the node is a call."""
    if isinstance(node, Table) and len(node.entries) == 1:
        (key,) = node.entries
        if key in {"Ref", "Condition"} or (key.startswith("Fn::") and not key.startswith("Fn::ForEach")):
            return key, node.entries[key].node
    return None


def short_form(name: str) -> str:
    """The short form of a function's name: `!Join`."""
    return "!" + name.removeprefix("Fn::")
