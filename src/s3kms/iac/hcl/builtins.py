"""What the language itself provides: `path.…` and `terraform.…`, and the call of a function within an evaluation."""

import os
from dataclasses import replace

from s3kms.iac.hcl import functions
from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.composite_values import MAX_TEXT_CHARACTERS
from s3kms.iac.hcl.file_functions import call_file_function, render_template
from s3kms.iac.hcl.functions.interface import count_characters
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.module_loader import ModuleLoader
from s3kms.iac.hcl.scalars import make_too_large
from s3kms.iac.hcl.scope import ExpressionScope, ModuleInstance
from s3kms.iac.hcl.symbols import find_unknown, make_symbol
from s3kms.iac.hcl.values import LENGTH_ATTRIBUTE, SetValue, Value
from s3kms.iac.values import UnknownValue
from s3kms.model.unknown import Unknown, UnknownCause

_NEVER_THE_SAME = frozenset({"uuid", "bcrypt", "timestamp", "plantimestamp"})
"""Functions of which two calls alike do not give the same value."""
_STEPS_PER_CALL = 3
"""The time of a call beside that of its arguments, in steps."""
_MAX_CHOICES = 32
"""Elements of a collection among which a world chooses."""


def evaluate_surroundings(
    loader: ModuleLoader, module_instance: ModuleInstance, root: str, name: str
) -> Value:
    """The value of `path.NAME`, `terraform.NAME` or `tofu.NAME`; unknown for what only a run of Terraform has."""
    if root == "path" and name == "module":
        return os.path.relpath(module_instance.module.folder, loader.folder)
    if root == "path" and name == "root":
        return "."
    if root in {"terraform", "tofu"} and name == "workspace":
        return loader.workspace
    found = f"{root}.{name}"
    unknown = Unknown(UnknownCause.UNRESOLVED, f"{found} is known only where Terraform runs", CHECK_PLAN)
    return UnknownValue(found, unknown, symbol=found)


def call_function(evaluator: Evaluator, name: str, args: tuple[Value, ...], scope: ExpressionScope) -> Value:
    """What a function makes of its arguments. Raises Rejected.

    Follows which results are sensitive, and gives an unknown result a symbol, so that two calls alike are equal.
    """
    name = name.removeprefix("core::")
    if function := evaluator.loader.functions.get(name):
        return function(args, scope)
    if name in functions.NEEDS_FILES:
        return call_file_function(evaluator, name, args, scope)
    if name == "templatestring" and args and isinstance(args[0], str):
        return render_template(evaluator, name, args[0], args[1:], scope)
    if name == "sensitive" and evaluator.weights.touch(*args):
        evaluator.loader.sensitive.add(args[0] if args else None)
    if name == "join" and len(args) == 2 and (alone := _only_element(args[1])):  # noqa: PLR2004 - one list
        return alone[0]
    if evaluator.world is not None and (chosen := _choose_element(evaluator, name, args)) is not None:
        return chosen[0]
    if (
        name == "length"
        and len(args) == 1
        and isinstance(args[0], UnknownValue)
        and (found := _length_of_text(args[0]))
    ):
        return found
    value = _apply(evaluator, name, args)
    if isinstance(value, UnknownValue) and not value.symbol and name not in _NEVER_THE_SAME:
        symbol = make_symbol(name, *args)
        unknown_value = find_unknown(args) or value
        document = args[0] if name == "jsonencode" and args else None
        return UnknownValue(
            unknown_value.expression, value.unknown, value.reference, symbol=symbol, document=document
        )
    return value


def _apply(evaluator: Evaluator, name: str, args: tuple[Value, ...]) -> Value:
    """The result of a function, its work and memory counted. Raises Rejected, BudgetExhausted."""
    budget, function = evaluator.loader.budget, functions.find_function(name)
    if not evaluator.weights.touch(*args):
        return make_too_large(f"an argument of {name}")
    budget.spend(_STEPS_PER_CALL)
    if function is not None and function.work is not None:
        budget.spend(function.work(args))
    value = functions.apply_function(name, args)
    if isinstance(value, str) and len(value) > MAX_TEXT_CHARACTERS:
        return make_too_large(f"the result of {name}")
    evaluator.weights.hold(value, has_new_parts=function is not None and function.has_new_parts)
    sensitive = evaluator.loader.sensitive
    budget.touch(characters=sensitive.count * count_characters(args))
    sensitive.add_result(args, value)
    return value


def _length_of_text(of: UnknownValue) -> UnknownValue | None:
    """The length of a text that is never empty: not known, and not zero. None for any other value."""
    if of.reference is None or not of.reference.is_never_empty:
        return None
    reference = replace(of.reference, attribute=LENGTH_ATTRIBUTE, is_never_empty=False)
    return UnknownValue(of.expression, of.unknown, reference, symbol=make_symbol("length", of))


def _only_element(texts: Value) -> tuple[UnknownValue] | None:
    """The one element of a list, if it is unknown: joining the list makes that value itself."""
    items = texts.items if isinstance(texts, SetValue) else texts
    if isinstance(items, list | tuple) and len(items) == 1 and isinstance(items[0], UnknownValue):
        return (items[0],)
    return None


def _choose_element(evaluator: Evaluator, name: str, args: tuple[Value, ...]) -> tuple[Value] | None:
    """`contains` and `lookup` of an unknown value in a known collection: in a world one of its elements.

    None where that is not the case.
    """
    if name not in {"contains", "lookup"} or len(args) < 2 or not isinstance(args[1], UnknownValue):  # noqa: PLR2004
        return None
    of, key = args[0], args[1]
    options = list(of) if isinstance(of, dict | list) else list(of.items) if isinstance(of, SetValue) else []
    if (
        not key.symbol
        or len(options) > _MAX_CHOICES
        or any(isinstance(option, UnknownValue | list | dict) for option in options)
    ):
        return None
    for option in options:
        if evaluator.is_same(key, option):
            return (of[option] if isinstance(of, dict) and isinstance(option, str) else True,)
    if name == "contains":
        return (False,)
    return (args[2],) if len(args) > 2 else None  # noqa: PLR2004
