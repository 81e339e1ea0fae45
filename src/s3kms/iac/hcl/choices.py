"""What one world takes an unknown value for."""

import json

from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import World


def settle(world: World | None, found: UnknownValue) -> Value:
    """The value that a world takes an unknown one for; the unknown one itself where it takes it for none.

    A value that can only be one of a few is one of them in every world.
    """
    if world is None or not found.symbol:
        return found
    text = world.value_of(found.symbol)
    if text is None and found.options:
        text = world.bind(found.symbol, tuple(json.dumps(option) for option in found.options))
        world.said[found.expression] = _as_words(text)
    if text is None:
        return found
    value: Value = json.loads(text)
    return value


def decide(world: World | None, found: UnknownValue, text: str, place: str) -> bool:
    """Whether a world takes an unknown condition for true. Raises Rejected where there is no world to choose.

    `text` is the condition as it is written, `place` tells it from others where it has no symbol.
    """
    if world is None:
        raise Rejected("it depends on a value that is not known")
    answer = world.bind(found.symbol or place, ("true", "false"))
    world.said[found.expression if found.symbol == found.expression else text] = answer
    return answer == "true"


def is_same(world: World | None, found: UnknownValue, other: Value) -> bool | None:
    """Whether a world takes an unknown value for another value; None where it cannot say."""
    is_text = found.reference is not None and found.reference.is_never_empty
    if is_text and not isinstance(other, UnknownValue) and (other == "" or not isinstance(other, str)):
        return False
    if isinstance(other, list | dict | SetValue | UnknownValue):
        return None
    if found.options and other not in found.options:
        return False
    if world is None or not found.symbol:
        return None
    text = json.dumps(other)
    if bound := world.value_of(found.symbol):
        return bound == text
    answer = world.is_equal(found.symbol, text)
    # What is made of an open value is not that value: `lower(var.x)`, of which the expression is `var.x`.
    written = found.symbol if "(" in found.symbol else found.expression
    if answer:
        world.said[written] = _as_words(text)
    else:
        world.said[f"{written} == {text}"] = "false"
    return answer


def _as_words(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text
