"""What to do about something, as data: a sentence with named fields, and no word of any one interface.

A library user reads `max_changes=60` where a user of the command line reads `--max-changes 60`: options and
commands are fields, and whoever shows the sentence words them (`Wording`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_FIELD = re.compile(r"\{(\w+)\}")
_NO_FIELDS: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a request, by its name in the library: `max_changes`."""

    name: str
    value: object = None
    """The value to give it; None where the sentence is about the option as such, or it takes none."""


@dataclass(frozen=True, slots=True)
class Command:
    """Something s3kms can do, by its name in the library: `undo`, with its arguments and options."""

    name: str
    arguments: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()


Wording = Callable[[Option | Command], str]
"""Puts an option or a command into the words of one interface."""


def library_wording(reference: Option | Command) -> str:
    """The words of the library: `max_changes=60`, `undo("20261123T114000Z-1a2b3c")`."""
    if isinstance(reference, Command):
        return _library_call(reference)
    return reference.name if reference.value is None else f"{reference.name}={reference.value!r}"


_METHODS = {"fix": "plan", "plan": "assess"}
"""What the library calls otherwise: `fix` shows and writes, and `plan` of the library only shows."""
_CODE_FUNCTIONS = frozenset({"check", "plan", "assess"})
"""Those that have a twin for code, `check_code`."""
_NOT_CODE = ("s3://", "config://", "arn:")


def _library_call(command: Command) -> str:
    """`fix PATH` is `plan_code('PATH')`, `fix --plan FILE` is `apply_saved('FILE')`, `plan --out FILE` saves one."""
    options = {one.name: one for one in command.options if one.name != "apply"}
    name, arguments, saved = _METHODS.get(command.name, command.name), command.arguments, ""
    if command.name == "fix" and "plan" in options:
        name, arguments = "apply_saved", (str(options.pop("plan").value),)
    elif name in _CODE_FUNCTIONS and arguments and not any(one.startswith(_NOT_CODE) for one in arguments):
        name = f"{name}_code"
    if command.name == "plan" and "out" in options:
        saved = f".save({options.pop('out').value!r})"
    return f"{name}({', '.join([*map(repr, arguments), *map(library_wording, options.values())])}){saved}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with named fields: `{confirm} is about AWS Config`.

    A placeholder that no field fills stays as it is, so that text from AWS may hold braces.
    """

    text: str
    fields: Mapping[str, object] = field(default_factory=dict, hash=False)

    def worded(self, wording: Wording = library_wording) -> str:
        """The sentence with every field filled in."""
        return _filled(self.text, self.fields, wording)

    def __str__(self) -> str:
        return self.worded()


@dataclass(frozen=True, slots=True)
class Advice:
    """What a person does next: `Advice("allow {action} on {resource}", {"action": ..., "resource": ...})`."""

    action: str
    """In the imperative, with placeholders."""
    fields: Mapping[str, object] = field(default_factory=dict, hash=False)
    """What fills the placeholders: texts, numbers, `Option`, `Command`."""

    def worded(self, wording: Wording = library_wording) -> str:
        """The advice as one sentence, in the words of an interface."""
        return _filled(self.action, self.fields, wording)

    def __str__(self) -> str:
        return self.worded()

    def __bool__(self) -> bool:
        return bool(self.action)

    def prefixed(self, action: str) -> "Advice":
        """This advice, after something else to do."""
        return Advice(action + self.action, self.fields)

    def extended(self, action: str, fields: Mapping[str, object] = _NO_FIELDS) -> "Advice":
        """This advice, and more of it."""
        return Advice(self.action + action, {**self.fields, **fields})


NO_ADVICE = Advice("")
"""Nothing to do, or nothing known that would help."""


def as_advice(advice: Advice | str) -> Advice:
    """A plain sentence as advice."""
    return Advice(advice) if isinstance(advice, str) else advice


def as_sentence(text: Sentence | str) -> Sentence:
    """A plain text as a sentence without fields."""
    return Sentence(text) if isinstance(text, str) else text


def _filled(text: str, fields: Mapping[str, object], wording: Wording) -> str:
    if not fields:
        return text

    def fill(found: "re.Match[str]") -> str:
        value = fields.get(found[1], found[0])
        if isinstance(value, Advice | Sentence):
            return value.worded(wording)
        return wording(value) if isinstance(value, Option | Command) else str(value)

    return _FIELD.sub(fill, text)
