"""The exit codes: the whole contract with a script or a CI job."""

from enum import IntEnum


class Exit(IntEnum):
    """What the process says when it ends. The manual's table is generated from here."""

    OK = 0
    ERROR = 1
    USAGE = 2
    NOTHING = 3
    REFUSED = 4
    STOPPED = 5
    FINDINGS = 10
    UNKNOWNS = 11
    INTERRUPTED = 130
    TERMINATED = 143

    @property
    def meaning(self) -> str:
        """In words."""
        return _MEANINGS[self]


_MEANINGS = {
    Exit.OK: "success, no findings",
    Exit.ERROR: "the tool failed and nothing can be concluded, or not all that was to be sent was sent",
    Exit.USAGE: "the command line, a target or the configuration is wrong",
    Exit.NOTHING: "there was no bucket to look at",
    Exit.REFUSED: "the change was refused; nothing was changed",
    Exit.STOPPED: "a fix stopped part-way; the journal says where",
    Exit.FINDINGS: "at least one bucket fails, or code would change where a fix only checks",
    Exit.UNKNOWNS: "no bucket fails, but some could not be checked, or not be changed",
    Exit.INTERRUPTED: "interrupted while nothing was being written (an interrupted fix is 5)",
    Exit.TERMINATED: "terminated while nothing was being written",
}
