"""Blocks with a `condition` and an `error_message`: validation, precondition, postcondition, assert."""

from collections.abc import Iterator
from contextlib import suppress

from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.scope import ExpressionScope
from s3kms.iac.hcl.syntax_tree import Attribute, Body, Expression
from s3kms.iac.values import Rejected

_MAX_MESSAGE_CHARACTERS = 300


def find_conditions(body: Body, kind: str) -> Iterator[tuple[Expression, Attribute | None]]:
    """The condition and the error message of each block of that kind in a body."""
    for nested in find_nested_blocks(body, kind):
        if condition := nested.body.attributes.get("condition"):
            yield condition.expression, nested.body.attributes.get("error_message")


def evaluate_message(evaluator: Evaluator, message: Attribute | None, scope: ExpressionScope) -> str:
    """What the author of a condition says where it is false, on one line; its expression where it is not known."""
    if message is None:
        return "it has no error_message"
    text: object = None
    with suppress(Rejected):
        text = evaluator.value(message.expression, scope)
    if not isinstance(text, str):
        text = scope.module_instance.module.excerpt(message.expression.span, scope.path)
    text = " ".join(text.split())
    return text if len(text) <= _MAX_MESSAGE_CHARACTERS else f"{text[:_MAX_MESSAGE_CHARACTERS]}…"
