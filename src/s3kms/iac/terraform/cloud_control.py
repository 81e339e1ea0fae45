"""The arguments of the provider awscc, which are CloudFormation's, in the form that the provider aws has them."""

from dataclasses import replace

from s3kms.iac.hcl.syntax_tree import Expression, Literal, ObjectConstructor, TupleConstructor
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import is_marked, value_at
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
    BLOCKED_TYPES,
    BUCKET_KEY_ENABLED,
    CLOUD_CONTROL_BLOCKED_TYPE,
    CLOUD_CONTROL_DEFAULT,
    CLOUD_CONTROL_ENCRYPTION,
    CLOUD_CONTROL_RULES,
    DEFAULT_BLOCK,
    INLINE_BLOCK,
    RULE,
)
from s3kms.iac.values import UnknownValue


def to_rules(argument: object) -> object:
    """The rules that `bucket_encryption` holds, as those of a configuration of its own: blocks are lists of objects.

    What is no object is not known or malformed, and stays what it is; so does every part of it.
    """
    if not isinstance(argument, dict):
        return argument
    rules = argument.get(CLOUD_CONTROL_RULES)
    return [_to_rule(rule) for rule in rules] if isinstance(rules, list) else rules


def _to_rule(rule: object) -> object:
    if not isinstance(rule, dict):
        return rule
    found = {name: part for name, part in rule.items() if name == BUCKET_KEY_ENABLED}
    default, blocked = rule.get(CLOUD_CONTROL_DEFAULT), rule.get(BLOCKED_TYPES)
    if default is not None:
        found[DEFAULT_BLOCK] = [default] if isinstance(default, dict) else default
    if blocked is not None:
        found[BLOCKED_TYPES] = (
            blocked.get(CLOUD_CONTROL_BLOCKED_TYPE) if isinstance(blocked, dict) else blocked
        )
    return found


def mark_unknown(value: object) -> object:
    """The marks of a value of code, in its shape: True where it is not known."""
    if isinstance(value, dict):
        return {name: mark_unknown(part) for name, part in value.items()}
    if isinstance(value, list):
        return [mark_unknown(item) for item in value]
    return isinstance(value, UnknownValue)


def find_algorithm(expression: Expression) -> Expression | None:
    """Where a `bucket_encryption` that is written out has its algorithm; None where it is not written out."""
    rules = _entry(expression, CLOUD_CONTROL_RULES)
    if not isinstance(rules, TupleConstructor) or len(rules.items) != 1:
        return None
    return _entry(_entry(rules.items[0], CLOUD_CONTROL_DEFAULT), ALGORITHM)


def _entry(expression: Expression | None, name: str) -> Expression | None:
    if not isinstance(expression, ObjectConstructor):
        return None
    return next(
        (part for key, part in expression.items if isinstance(key, Literal) and key.value == name), None
    )


def to_inline_block(found: InstanceValues, code: object) -> InstanceValues:
    """A bucket of a plan or a state, with its `bucket_encryption` as an inline block; `code` is that argument in the
    configuration of a plan, None where the code does not set it.
    """
    value = found.values.get(CLOUD_CONTROL_ENCRYPTION)
    marks = _written_marks(
        value_at(found.unknown, CLOUD_CONTROL_ENCRYPTION), value_at(code, "constant_value")
    )
    if value is None and not is_marked(marks):
        return found
    return replace(
        found,
        values={**found.values, INLINE_BLOCK: [{RULE: to_rules(value)}]},
        unknown=_with_inline(found.unknown, to_marks(value, marks)),
        sensitive=_with_inline(
            found.sensitive, to_marks(value, value_at(found.sensitive, CLOUD_CONTROL_ENCRYPTION))
        ),
    )


def _with_inline(marks: object, rules: object) -> object:
    """The marks of an instance, with those of the rules of its inline block."""
    return (
        marks
        if marks is True
        else {**(marks if isinstance(marks, dict) else {}), INLINE_BLOCK: [{RULE: rules}]}
    )


def _written_marks(marks: object, constant: object) -> object:
    """The marks without those of parts that the code does not write: the provider computes them all, and what comes
    of silence is what S3 does by itself.
    """
    if isinstance(marks, dict) and isinstance(constant, dict):
        return {
            name: _written_marks(mark, constant[name]) for name, mark in marks.items() if name in constant
        }
    if isinstance(marks, list) and isinstance(constant, list):
        return [_written_marks(mark, item) for mark, item in zip(marks, constant, strict=False)]
    return marks


def read_tags(value: object) -> object:
    """The tags of a resource of awscc, a list of keys and values, as a map; any other value as it is."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, dict) for item in value):
        return value
    pairs = [(item.get("key"), item.get("value")) for item in value]
    return {key: text for key, text in pairs if isinstance(key, str)}


class _Marked:
    """Stands for a value that is marked: it is known only after apply, or sensitive."""


_MARKED = _Marked()


def to_marks(argument: object, marks: object) -> object:
    """The marks of `bucket_encryption`, in the shape of its rules."""
    return _marks_of(to_rules(_merged(argument, marks)))


def _merged(value: object, marks: object) -> object:
    """The value with a placeholder for each part that is marked."""
    if is_marked(marks):
        return _MARKED
    if isinstance(marks, dict) and isinstance(value, dict):
        names = {**dict.fromkeys(value), **dict.fromkeys(marks)}
        return {name: _merged(value.get(name), marks.get(name)) for name in names}
    if isinstance(marks, list) and isinstance(value, list):
        return [_merged(item, mark) for item, mark in zip(value, [*marks, *value], strict=False)]
    return value


def _marks_of(value: object) -> object:
    if isinstance(value, dict):
        return {name: _marks_of(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_marks_of(item) for item in value]
    return value is _MARKED
