"""Values of code that the code alone does not settle, and code that its deployment tool rejects.

Shared by the evaluators of every language, so that whatever judges a value asks one class what is not known of it.
"""

from dataclasses import dataclass, field

from s3kms.model.unknown import Unknown


@dataclass(frozen=True, slots=True)
class Mark:
    """A position in a file, both from 1."""

    line: int
    column: int
    uri: str = ""
    """The file, where it is another one than that of what is read: one that it includes."""


NO_MARK = Mark(0, 0)
"""Where the position is not kept with the value: HCL's expressions have it instead."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A declared resource, or one attribute of it: what a join or a key reference leads to."""

    address: str
    """Of the instance. Terraform: `module.m.aws_s3_bucket.b["a"]`, of a data source with `data.` before the type;
    CloudFormation: the logical id, after those of the nested stacks around it, with dots between."""
    type: str = ""
    """Of the resource, where the language's evaluator needs it."""
    attribute: str = ""
    """Empty for the whole resource."""
    is_never_empty: bool = False
    """Whether the attribute is a text, neither null nor empty, whatever it will be."""


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value that the code alone does not tell, or only the deployment does."""

    expression: str
    """As it is written, for a person: `var.algorithm`, `!Ref Algorithm`; of several, the innermost that is open."""
    unknown: Unknown
    """Why it is not known, and what settles it."""
    reference: Reference | None = None
    """Where it is exactly a declared resource or its attribute, not something made of it."""
    symbol: str = ""
    """What it is made of: two with the same symbol are the same value. Empty where nothing tells that."""
    options: tuple[str | int | float | bool | None, ...] = ()
    """All that it may be, where that is known."""
    piece: str = ""
    """How it is written within a text: `${Algorithm}`. Empty where the language keeps no such form."""
    mark: Mark = NO_MARK
    """Where it stands."""
    secret: str | None = field(default=None, repr=False)
    """The value itself, where it is known and must not be shown."""
    parts: "tuple[str | UnknownValue, ...]" = field(default=(), repr=False, compare=False)
    """Of a text that is made of others: these, in their order."""
    document: object = field(default=None, repr=False, compare=False)
    """Of a text that is a JSON document: the value that it encodes, in which something is unknown."""


class Rejected(Exception):
    """The deployment tool (`terraform plan`, CloudFormation) would refuse this code.

    `why` ends the sentence "… cannot be evaluated: " and holds no value that may be secret.
    """

    def __init__(self, why: str, mark: Mark = NO_MARK) -> None:
        super().__init__(why)
        self.why = why
        self.mark = mark
