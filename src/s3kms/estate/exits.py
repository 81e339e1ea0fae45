"""The exit codes: the whole contract with a script or a CI job."""

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """What the process says when it ends. The manual's table is generated from here."""

    meaning: str

    OK = 0, "everything was checked and nothing was found"
    ERROR = 1, "the tool failed; nothing can be concluded"
    USAGE = 2, "the command line, a target or the configuration is wrong"
    NOTHING = 3, "there was no bucket to check"
    REFUSED = 4, "the change was refused; nothing was changed"
    STOPPED = 5, "a fix stopped part-way; the journal says where"
    FINDINGS = 10, "at least one bucket fails"
    UNKNOWNS = 11, "no bucket fails, but some could not be judged"

    def __new__(cls, code: int, meaning: str) -> Self:
        """An int with a sentence beside it."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member
