"""What is special about some names, some functions, and values that are open."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from s3kms.iac.hcl import functions
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.module_loader import ModuleLoader
from s3kms.iac.hcl.native_syntax import parse_native
from s3kms.iac.hcl.scope import ExpressionScope, ModuleInstance
from s3kms.iac.hcl.symbols import derive_unknown, find_unknown, make_symbol
from s3kms.iac.hcl.syntax_tree import TemplateExpression
from s3kms.iac.hcl.type_constraints import to_text
from s3kms.iac.hcl.values import LENGTH_ATTRIBUTE, SetValue, Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.iac.worlds import World
from s3kms.model.advice import Advice
from s3kms.model.unknown import Unknown, UnknownCause

_NEVER_THE_SAME = frozenset({"uuid", "bcrypt", "timestamp", "plantimestamp"})
_MOST_CHOICES = 32
_PLAN = "check a plan: terraform show -json PLAN > plan.json"
_OUTSIDE = "a file that is not read: it is not there, hidden, or far outside of the code"


def surroundings(loader: ModuleLoader, module_instance: ModuleInstance, root: str, name: str) -> Value:
    """`path.…` and `terraform.…`."""
    if root == "path" and name == "module":
        return os.path.relpath(module_instance.module.folder, loader.folder)
    if root == "path" and name == "root":
        return "."
    if root in {"terraform", "tofu"} and name == "workspace":
        return loader.workspace
    found = f"{root}.{name}"
    return UnknownValue(
        found,
        Unknown(UnknownCause.UNRESOLVED, f"{found} is known only where Terraform runs", Advice(_PLAN)),
        symbol=found,
    )


# Choices.


def settle(world: World | None, found: UnknownValue) -> Value:
    """What a world takes an open value for; one that can only be one of a few is one of them."""
    if world is None or not found.symbol:
        return found
    text = world.value_of(found.symbol)
    if text is None and found.options:
        text = world.bind(found.symbol, tuple(json.dumps(option) for option in found.options))
        world.said[found.expression] = _in_words(text)
    if text is None:
        return found
    value: Value = json.loads(text)
    return value


def decide(world: World | None, found: UnknownValue, text: str, place: str) -> bool:
    """Which of true and false a world takes an open value for."""
    if world is None:
        raise Rejected("nothing is chosen here")
    answer = world.bind(found.symbol or place, ("true", "false"))
    world.said[found.expression if found.symbol == found.expression else text] = answer
    return answer == "true"


def is_same(world: World | None, found: UnknownValue, other: Value) -> bool | None:
    """Whether a world takes an open value for that one; None where it cannot say."""
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
    if answer:
        world.said[found.expression] = _in_words(text)
    else:
        world.said[f"{found.expression} == {text}"] = "false"
    return answer


def _in_words(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text


# Functions.


def call_function(evaluator: Evaluator, name: str, args: tuple[Value, ...], scope: ExpressionScope) -> Value:
    """What a function makes of its arguments. Raises Rejected."""
    name = name.removeprefix("core::")
    if name in functions.NEEDS_FILES:
        return _with_file(evaluator, name, args, scope)
    if name == "sensitive":
        evaluator.loader.add_secret(args[0] if args else None)
    if name == "join" and len(args) == 2 and (alone := _alone(args[1])):  # noqa: PLR2004 - one list
        return alone[0]
    if evaluator.world is not None and (chosen := _choosing(evaluator, name, args)) is not None:
        return chosen[0]
    if (
        name == "length"
        and len(args) == 1
        and isinstance(args[0], UnknownValue)
        and (found := _length(args[0]))
    ):
        return found
    value = functions.call_function(name, args)
    evaluator.loader.add_made_secret(args, value)
    if isinstance(value, UnknownValue) and not value.symbol and name not in _NEVER_THE_SAME:
        symbol = make_symbol(name, *args)
        unknown_value = find_unknown(args) or value
        return UnknownValue(unknown_value.expression, value.unknown, value.reference, symbol=symbol)
    return value


def _length(of: UnknownValue) -> UnknownValue | None:
    """Of a text that an instance will have, whatever it will be: not zero."""
    if of.reference is None or not of.reference.is_never_empty:
        return None
    reference = replace(of.reference, attribute=LENGTH_ATTRIBUTE, is_never_empty=False)
    return UnknownValue(of.expression, of.unknown, reference, symbol=make_symbol("length", of))


def _alone(texts: Value) -> tuple[UnknownValue] | None:
    """The one open value of a list: what a join makes of it is that value itself."""
    items = texts.items if isinstance(texts, SetValue) else texts
    if isinstance(items, list | tuple) and len(items) == 1 and isinstance(items[0], UnknownValue):
        return (items[0],)
    return None


def _choosing(evaluator: Evaluator, name: str, args: tuple[Value, ...]) -> tuple[Value] | None:
    """`contains` and `lookup` of a value that is open, in a collection that is not."""
    if name not in {"contains", "lookup"} or len(args) < 2 or not isinstance(args[1], UnknownValue):  # noqa: PLR2004
        return None
    of, key = args[0], args[1]
    options = list(of) if isinstance(of, dict | list) else list(of.items) if isinstance(of, SetValue) else []
    if (
        not key.symbol
        or len(options) > _MOST_CHOICES
        or any(isinstance(option, UnknownValue | list | dict) for option in options)
    ):
        return None
    for option in options:
        if evaluator.is_same(key, option):
            return (of[option] if isinstance(of, dict) and isinstance(option, str) else True,)
    if name == "contains":
        return (False,)
    return (args[2],) if len(args) > 2 else None  # noqa: PLR2004


def _hashed(name: str) -> Callable[[bytes], str]:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).hexdigest()


def _hashed64(name: str) -> Callable[[bytes], str]:
    return lambda data: base64.b64encode(hashlib.new(name, data).digest()).decode()


_OF_DATA: Mapping[str, Callable[[bytes], str]] = {
    "filebase64": lambda data: base64.b64encode(data).decode(),
    "filemd5": _hashed("md5"),
    "filesha1": _hashed("sha1"),
    "filesha256": _hashed("sha256"),
    "filesha512": _hashed("sha512"),
    "filebase64sha256": _hashed64("sha256"),
    "filebase64sha512": _hashed64("sha512"),
}


def _with_file(evaluator: Evaluator, name: str, args: tuple[Value, ...], scope: ExpressionScope) -> Value:
    if not args:
        raise Rejected(f"{name} takes a path")
    text = to_text(args[0])
    if isinstance(text, UnknownValue):
        return derive_unknown(make_symbol(name, *args), (text,))
    if text is None:
        raise Rejected(f"{name} takes a path")
    loader = evaluator.loader
    path = loader.path_of(text)
    if name == "fileset":
        return _fileset(loader, text, args[1:])
    data = loader.file(text)
    if name == "fileexists":
        return (
            UnknownValue(f"fileexists({text!r})", Unknown(UnknownCause.UNRESOLVED, _OUTSIDE, Advice(_PLAN)))
            if path is None
            else data is not None
        )
    if data is None:
        if path is not None:
            raise Rejected(f"there is no file {text}")
        return UnknownValue(f"{name}({text!r})", Unknown(UnknownCause.UNRESOLVED, _OUTSIDE, Advice(_PLAN)))
    if make := _OF_DATA.get(name):
        return make(data)
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected(f"{text} is not UTF-8") from None
    return content if name == "file" else _template(evaluator, content, args[1:], scope)


def _template(evaluator: Evaluator, content: str, args: tuple[Value, ...], scope: ExpressionScope) -> Value:
    """`templatefile`: a text with interpolations, which sees nothing but what it is given."""
    given = args[0] if args else {}
    if isinstance(given, UnknownValue):
        return derive_unknown("", (given,))
    if not isinstance(given, dict):
        raise Rejected("templatefile takes an object")
    mark = "END_OF_TEMPLATE"
    while mark in content:
        mark += "_"
    found = parse_native(f"x = <<{mark}\n{content}\n{mark}\n".encode()).body.attributes.get("x")
    expression = found.expression if found else None
    if not isinstance(expression, TemplateExpression):
        return content
    value = evaluator.value(
        expression, ExpressionScope(scope.module_instance, scope.path, given, is_certain=scope.is_certain)
    )
    return value[:-1] if isinstance(value, str) else value


def _fileset(loader: ModuleLoader, folder: str, args: tuple[Value, ...]) -> Value:
    """The files by a pattern, in one folder: what lies deeper is not listed here, and then it is open."""
    pattern = args[0] if args else None
    if isinstance(pattern, UnknownValue):
        return derive_unknown("", (pattern,))
    below, slash, last = pattern.rpartition("/") if isinstance(pattern, str) else ("*", "", "")
    where = loader.path_of(f"{folder}/{below}")
    if where is None or any(mark in below for mark in "*?[{") or "**" in last:
        return UnknownValue(
            f"fileset({folder!r})",
            Unknown(UnknownCause.UNRESOLVED, "files in folders below are not listed here", Advice(_PLAN)),
        )
    names = (name for name in loader.files.names(where))
    patterns = _braces(last)
    found = (name for name in names if any(fnmatchcase(name, one) for one in patterns))
    return SetValue(tuple(sorted(f"{below}{slash}{name}" for name in found)))


def _braces(pattern: str) -> list[str]:
    found = re.search(r"\{([^{}]{0,200})\}", pattern)
    if not found:
        return [pattern]
    return [f"{pattern[: found.start()]}{one}{pattern[found.end() :]}" for one in found[1].split(",")]
