"""Servers that give the same pages for ever are found out."""

from collections.abc import Sequence
from typing import Any

from s3kms.aws.boundary import bad_answer
from s3kms.model.operations import Operation


class RepeatedPages:
    """Finds out a server that gives the same pages for ever, with one page remembered (Brent's method).

    The token alone proves nothing: it may be the name of a cursor that moves.
    """

    def __init__(self, operation: Operation, subject: str) -> None:
        self._operation = operation
        self._subject = subject
        self._seen: tuple[str, Sequence[Any]] | None = None
        self._stride = self._left = 1

    def watch(self, token: str, rows: Sequence[Any]) -> None:
        """Raises BadAnswer where this page and token were here before."""
        if self._seen == (token, rows):
            raise bad_answer(
                self._operation, self._subject, "was answered with the same page again and again"
            )
        self._left -= 1
        if not self._left:
            self._stride *= 2
            self._left, self._seen = self._stride, (token, rows)
