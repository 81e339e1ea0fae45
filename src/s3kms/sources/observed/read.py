"""Reads every source of logs: who used which bucket, and what could not be read."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from s3kms.aws.connection import Connection
from s3kms.model.advice import Sentence
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.observed import Observations
from s3kms.sources.observed.budget import DEFAULT_LOG_LIMITS, LogLimits, SourceExhausted, UnreadableLog
from s3kms.sources.observed.calls import ObservedCall
from s3kms.sources.observed.documents import LogDocument, read_document
from s3kms.sources.observed.fold import ObservationFold
from s3kms.sources.observed.log_files import LogFile, files_of
from s3kms.text.count import count
from s3kms.text.sanitize import printable

_NAMED = 3
"""Files of which the same is to be said that are named: the others are counted."""
_MAX_REASONS = 20
_OTHERS = "could not be read whole, for other reasons"


def read_observations(
    sources: tuple[str, ...], connect: Callable[[], Connection], limits: LogLimits = DEFAULT_LOG_LIMITS
) -> Observations:
    """What all sources tell. `connect` is called where one is in a bucket.

    Raises CredentialsProblem, and BadInput for a source that is none.
    """
    fold = ObservationFold(limits)
    notes: list[Sentence] = []
    cut: list[str] = []
    for source in dict.fromkeys(sources):
        reading = _Reading(source, fold, limits)
        reading.run(connect)
        notes += reading.notes()
        cut += [source] if reading.is_cut else []
    return Observations(fold.buckets(cut), (*notes, *fold.notes()))


@dataclass(slots=True)
class _Reading:
    """One source."""

    source: str
    fold: ObservationFold
    limits: LogLimits
    calls: int = 0
    size: int = 0
    unread: dict[str, list[str]] = field(default_factory=dict)
    """The names of the first few files by what is to be said of them."""
    counts: Counter[str] = field(default_factory=Counter)
    """All of them."""
    is_cut: bool = False
    """Whether something was not read in which more requests may stand."""
    ended: Sentence | None = None
    """Why the source was not read to its end."""

    def run(self, connect: Callable[[], Connection]) -> None:
        """Raises CredentialsProblem, BadInput."""
        try:
            for number, file in enumerate(files_of(self.source, connect, self.say)):
                if number >= self.limits.files:
                    self.is_cut = True
                    self.ended = Sentence(
                        f"more than {self.limits.files:,} files, of which the rest was not read"
                    )
                    return
                self.read(file)
        except SourceExhausted as exhausted:
            self.is_cut = True
            self.ended = Sentence(str(exhausted))
        except CredentialsProblem:
            raise
        except AwsError as error:
            self.is_cut = True
            advice = " ({advice})" if error.advice else ""
            self.ended = Sentence(f"{{why}}{advice}", {"why": error.sentence, "advice": error.advice})

    def read(self, file: LogFile) -> None:
        """One file, as far as it can be read. Raises SourceExhausted, CredentialsProblem."""
        found = LogDocument()
        try:
            with file.open() as opened:
                for call in read_document(opened, found, self.limits, self.spend):
                    self.add(call, found)
        except UnreadableLog as error:
            self.say(file.name, str(error))
        except CredentialsProblem:
            raise
        except AwsError as error:
            self.say(file.name, f"could not be read: {error}")
        except OSError as error:
            self.say(file.name, f"could not be read: {error.strerror or error}")
        self.calls += found.calls
        if found.unfit:
            self.say(file.name, f"has {count(found.unfit, 'record')} that could not be read")

    def add(self, call: ObservedCall, found: LogDocument) -> None:
        """Count a call."""
        try:
            self.fold.add(call, self.source)
        except ValueError:
            found.unfit += 1

    def spend(self, size: int) -> None:
        """Count bytes. Raises SourceExhausted."""
        self.size += size
        if self.size > self.limits.bytes:
            raise SourceExhausted(
                f"more than {self.limits.bytes // 1024**2:,} MB unpacked, of which the rest was not read"
            )

    def say(self, name: str, what: str) -> None:
        """Keep what is to be said of a file: requests may stand in what was not read of it."""
        self.is_cut = True
        reason = what if what in self.unread or len(self.unread) < _MAX_REASONS else _OTHERS
        names = self.unread.setdefault(reason, [])
        self.counts[reason] += 1
        if len(names) < _NAMED:
            names.append(name)

    def notes(self) -> Iterator[Sentence]:
        """What was not read of it."""
        for what, names in self.unread.items():
            left = self.counts[what] - len(names)
            shown = f"{', '.join(names)} and {left:,} more" if left else ", ".join(names)
            each = ": each" if self.counts[what] > 1 else ""
            yield Sentence(f"{{files}}{each} {{what}}", {"files": printable(shown), "what": printable(what)})
        if self.ended:
            yield Sentence(
                "{source} was not read to its end: {why}",
                {"source": printable(self.source), "why": self.ended},
            )
        if not self.calls and not self.unread and not self.ended:
            yield Sentence("{source} tells of no request to S3", {"source": printable(self.source)})
