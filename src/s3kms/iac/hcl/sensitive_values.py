"""Values that are marked as sensitive, and are not shown."""

from collections.abc import Iterable

from s3kms.iac.hcl.values import SetValue, Value

SENSITIVE_PLACEHOLDER = "(sensitive)"
_MIN_CHARACTERS = 3
"""Of a sensitive string: a shorter one is part of too many texts that are not sensitive."""


class SensitiveValues:
    """The sensitive strings of one root module."""

    def __init__(self) -> None:
        self._strings: set[str] = set()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._strings)

    def add(self, value: object) -> None:
        """Marks a value as sensitive: neither it nor any text that contains it may be shown."""
        if isinstance(value, str) and len(value) >= _MIN_CHARACTERS:
            self._strings.add(value)
        elif isinstance(value, dict):
            for item in value.values():
                self.add(item)
        elif isinstance(value, list | SetValue):
            for item in value if isinstance(value, list) else value.items:
                self.add(item)

    def add_result(self, arguments: Iterable[Value], result: Value) -> None:
        """Marks what a function made of a sensitive argument as sensitive, too."""
        if not self._strings or not isinstance(result, str | list | dict | SetValue):
            return
        if any(isinstance(argument, str) and self.are_in(argument) for argument in arguments):
            self.add(result)

    def are_in(self, text: str) -> bool:
        """Whether a text contains something sensitive."""
        return any(string in text for string in self._strings)

    def redact(self, text: str) -> str:
        """A text with everything sensitive replaced by SENSITIVE_PLACEHOLDER."""
        for string in self._strings:
            text = text.replace(string, SENSITIVE_PLACEHOLDER)
        return text
