"""Files of parameter values, in the forms that tools take. No value of them is ever shown: some are secrets."""

import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from s3kms.iac.cloudformation.template import ParameterValues
from s3kms.iac.cloudformation.tree import (
    MAX_TREE_DEPTH,
    Array,
    Mark,
    Node,
    Scalar,
    ScalarKind,
    Table,
    TableEntry,
    TemplateSyntaxError,
    parse_template,
)
from s3kms.iac.cloudformation.values import PARAMETERS_FILE, known_at_deployment, or_check_deployed
from s3kms.iac.interface import ReadContext
from s3kms.model.errors import BadInput
from s3kms.model.unknown import Unknown

_NOWHERE = Mark(1, 1)
_PAIR = re.compile(r"""["']?(?P<name>[A-Za-z0-9]+)["']?=(?P<value>.*)""", re.DOTALL)
_WORDY = re.compile(r"ParameterKey=(?P<name>[A-Za-z0-9]+),ParameterValue=(?P<value>.*)", re.DOTALL)
_POSITION = re.compile(r"\(at line \d+, column \d+\)|\(at end of document\)")
_COMMANDS = ("global", "deploy")
"""Of a samconfig; what the latter says counts."""
_FORMS = (
    "a list of ParameterKey and ParameterValue, a mapping of names to values, one with a key Parameters, "
    "a samconfig, or lines of NAME=VALUE"
)

Pair = tuple[str, str | None]
"""A name and its value; None for UsePreviousValue."""


def read_parameters(context: ReadContext) -> ParameterValues:
    """The values that all parameter files give, by name; of a name that is there twice, the last one counts. Raises
    BadInput for a file in no known form.
    """
    given: dict[str, str | Unknown] = {}
    for path in context.inputs.parameter_files:
        data = context.files.read(path)
        if not isinstance(data, bytes):
            raise BadInput(
                f"{path} {data.why if data else 'is not there'}", advice="name a file of parameter values"
            )
        for name, value in _pairs(path, data):
            given[name] = _previous(name, path) if value is None else value
    return given


def parse_environments(path: Path, data: bytes) -> Mapping[str, tuple[Pair, ...]]:
    """The values that a file gives, by the environment of a samconfig; one called "" for every other form, and none
    for what is no file of parameter values.
    """
    try:
        tree = _tree(path, data, data.decode("utf-8-sig"))
        if isinstance(tree, Table) and (environments := _environments(tree)):
            return {name: tuple(_of_overrides(found)) for name, found in environments.items()}
        return {"": tuple(_any_form(tree))}
    except (UnicodeDecodeError, _MalformedError):
        return {}


def _previous(name: str, path: Path) -> Unknown:
    why = f"{name} keeps the value that the stack has, and {path} does not say which"
    return known_at_deployment(
        why, or_check_deployed("give it with {parameters}", parameters=PARAMETERS_FILE)
    )


class _MalformedError(Exception):
    """What is wrong with a parameter file, in words that hold no value."""


@lru_cache(maxsize=8)
def _pairs(path: Path, data: bytes) -> tuple[Pair, ...]:
    try:
        text = data.decode("utf-8-sig")
        return tuple(_any_form(_tree(path, data, text)))
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    except _MalformedError as error:
        why = str(error)
    raise BadInput(f"{path} is not a file of parameter values: {why}", advice=f"write {_FORMS}") from None


def _tree(path: Path, data: bytes, text: str) -> Node:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if path.suffix.lower() == ".toml":
        return _toml(text)
    if lines and all(_PAIR.match(line.strip()) for line in lines):
        return Scalar("\n".join(lines), _NOWHERE)
    try:
        return parse_template(data)
    except TemplateSyntaxError as broken:
        raise _MalformedError(f"it is neither JSON nor YAML (line {broken.mark.line})") from None


def _toml(text: str) -> Node:
    try:
        return _node(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        where = _POSITION.search(str(error))
        raise _MalformedError(f"it is not TOML {where[0]}" if where else "it is not TOML") from None
    except RecursionError:
        raise _MalformedError("it is nested too deeply") from None


def _node(value: Any, depth: int = 0) -> Node:
    """A value of TOML as the tree that JSON and YAML give."""
    if depth > MAX_TREE_DEPTH:
        raise _MalformedError("it is nested too deeply")
    if isinstance(value, dict):
        entries = {key: TableEntry(_NOWHERE, _node(part, depth + 1)) for key, part in value.items()}
        return Table(entries, _NOWHERE)
    if isinstance(value, list):
        return Array(tuple(_node(part, depth + 1) for part in value), _NOWHERE)
    if isinstance(value, bool):
        return Scalar(str(value).lower(), _NOWHERE, ScalarKind.BOOL)
    return Scalar(str(value), _NOWHERE)


def _any_form(node: Node) -> Iterator[Pair]:
    """The pairs of a file. Raises _MalformedError."""
    if isinstance(node, Table):
        yield from _of_table(node)
    elif isinstance(node, Array):
        yield from _listed(node)
    elif node.kind is not ScalarKind.NULL and "=" in node.text:
        yield from _words(node.text)
    else:
        raise _MalformedError("it has neither a mapping nor a list nor lines of NAME=VALUE")


def _of_table(table: Table) -> Iterator[Pair]:
    for key in ("Parameters", "parameters"):
        inner = table.get(key)
        if isinstance(inner, Array):
            yield from _listed(inner)
            return
        if isinstance(inner, Table):
            yield from _mapped(inner)
            return
    if overrides := _of_sam(table):
        yield from _of_overrides(overrides)
        return
    yield from _mapped(table)


def _of_overrides(overrides: Iterable[Node]) -> Iterator[Pair]:
    for override in overrides:
        yield from _mapped(override) if isinstance(override, Table) else _any_form(override)


def _environments(table: Table) -> dict[str, list[Node]]:
    """The `parameter_overrides` of every environment of a samconfig; none where it is no samconfig."""
    named = {name: list(_overrides(entry.node)) for name, entry in table.entries.items()}
    return {name: found for name, found in named.items() if found}


def _of_sam(table: Table) -> list[Node] | None:
    """The `parameter_overrides` of a samconfig: of the environment `default`, or of the only one."""
    named = _environments(table)
    if not named:
        return None
    if "default" not in named and len(named) > 1:
        raise _MalformedError(f"its environments are {', '.join(named)}, and none is called default")
    return named.get("default") or next(iter(named.values()))


def _overrides(environment: Node) -> Iterator[Node]:
    for command in _COMMANDS:
        found: Node | None = environment
        for key in (command, "parameters", "parameter_overrides"):
            found = found.get(key) if isinstance(found, Table) else None
        if found is not None:
            yield found


def _mapped(table: Table) -> Iterator[Pair]:
    for name, entry in table.entries.items():
        yield name, _value(name, entry.node)


def _value(name: str, node: Node) -> str:
    if isinstance(node, Scalar) and node.kind is not ScalarKind.NULL:
        return node.text
    if isinstance(node, Array) and all(isinstance(item, Scalar) for item in node.items):
        return ",".join(item.text for item in node.items if isinstance(item, Scalar))
    raise _MalformedError(f"what {name} has is neither a text nor a list of texts")


def _listed(items: Array) -> Iterator[Pair]:
    for number, item in enumerate(items.items, 1):
        if isinstance(item, Scalar):
            yield _pair(item.text, number)
            continue
        name = item.get("ParameterKey") if isinstance(item, Table) else None
        if not isinstance(item, Table) or not isinstance(name, Scalar):
            raise _MalformedError(f"its part {number} has no ParameterKey")
        previous, value = item.get("UsePreviousValue"), item.get("ParameterValue")
        if isinstance(previous, Scalar) and previous.text.lower() == "true":
            yield name.text, None
        elif value is None:
            raise _MalformedError(f"its part {number} has no ParameterValue")
        else:
            yield name.text, _value(name.text, value)


def _words(text: str) -> Iterator[Pair]:
    """`A=b C="d e"`, as a shell reads it."""
    try:
        words: Iterable[str] = shlex.split(text)
    except ValueError:
        raise _MalformedError("a quotation mark in it is not closed") from None
    for number, word in enumerate(words, 1):
        yield _pair(word, number)


def _pair(text: str, number: int) -> Pair:
    found = _WORDY.fullmatch(text) or _PAIR.fullmatch(text)
    if not found:
        raise _MalformedError(f"its part {number} is not NAME=VALUE")
    return found["name"], found["value"]
