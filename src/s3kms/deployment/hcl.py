"""Values in Terraform's language."""

import re
from collections.abc import Mapping, Sequence

from s3kms.text.quoting import quote_hcl

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Expression(str):
    """Text that stands in the code as it is; never of a user."""

    __slots__ = ()


Value = str | int | bool | Mapping[str, "Value"] | Sequence["Value"]


def hcl_value(value: "Value", indent: str = "") -> str:
    """A literal; names and texts in it cannot end it, nor be evaluated."""
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quote_hcl(value)
    inner = f"{indent}  "
    if isinstance(value, Mapping):
        width = max((len(_name(name)) for name in value), default=0)
        lines = [f"{inner}{_name(name):<{width}} = {hcl_value(one, inner)}\n" for name, one in value.items()]
        return f"{{\n{''.join(lines)}{indent}}}" if lines else "{}"
    if all(isinstance(one, str | int) for one in value):
        return f"[{', '.join(hcl_value(one) for one in value)}]"
    items = "".join(f"{inner}{hcl_value(one, inner)},\n" for one in value)
    return f"[\n{items}{indent}]"


def hcl_block(header: str, arguments: Mapping[str, "Value"], *blocks: str) -> str:
    """A block: arguments, then blocks in it."""
    width = max((len(name) for name in arguments), default=0)
    lines = [f"  {name:<{width}} = {hcl_value(value, '  ')}\n" for name, value in arguments.items()]
    nested = "".join(
        ("\n" if lines or number else "")
        + "".join(f"  {line}\n" if line else "\n" for line in block.splitlines())
        for number, block in enumerate(blocks)
    )
    return f"{header} {{\n{''.join(lines)}{nested}}}\n"


def _name(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else quote_hcl(name)
