"""What reading logs may cost, and the errors that end the reading of one file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogLimits:
    """Of one run, unless it says "of one"."""

    files: int = 500_000
    """Of one source: a year of one bucket's access logs, a month of a busy trail."""
    bytes: int = 64 * 1024**3
    """Unpacked, of one source."""
    file_bytes: int = 4 * 1024**3
    """Unpacked, of one file: gzip makes a thousand of one."""
    record_bytes: int = 4 * 1024**2
    """Of one record or line: an event of CloudTrail has 256 KB at most."""
    pairs: int = 200_000
    """Of bucket and principal."""
    pairs_of_bucket: int = 20_000


DEFAULT_LOG_LIMITS = LogLimits()


class UnreadableLog(Exception):
    """The rest of a file cannot be read; `str()` ends the sentence "FILE …". What was read before holds."""


class SourceExhausted(Exception):
    """A source has more than one run reads."""
