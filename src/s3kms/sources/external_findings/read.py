"""Reads files of findings of other tools: the buckets and files of code that they name, and what was passed over."""

import io
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from s3kms.model.advice import Sentence
from s3kms.model.errors import BadInput
from s3kms.model.targets import is_bucket_name, parse_target
from s3kms.sources.external_findings.checks import CheckQuestion, question_of
from s3kms.sources.external_findings.documents import FORMS, LIMITS, FindingsDocument, read_findings
from s3kms.sources.external_findings.interface import ExternalFinding, ExternalOutcome, UnreadableFindings
from s3kms.sources.observed.budget import LogLimits, UnreadableLog
from s3kms.sources.observed.metered import open_metered
from s3kms.text.count import count
from s3kms.text.repository import find_repository_root
from s3kms.text.sanitize import printable

MAX_TARGETS = 1_000_000
_SHOWN_CHARACTERS = 80
_SHOWN_ACCOUNTS = 5
_S3_ARN = "s3"
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


class PassedOver(StrEnum):
    """Why a finding gives no target."""

    OTHER_CHECK = "of other checks"
    PASSED = "passed"
    PASSED_ANY = "passed a check that SSE-S3 passes, too"
    NOT_JUDGED = "neither failed nor passed"
    CLOSED = "suppressed, muted, resolved or archived"
    OTHER_RESOURCE = "of other types of resource"


@dataclass(frozen=True, slots=True)
class FindingsFile:
    """What was taken from one file."""

    name: str
    form: str
    """The format and the tool: `OCSF of Prowler`."""
    findings: int
    targets: tuple[str, ...]
    passed_over: tuple[tuple[PassedOver, int], ...]
    accounts: tuple[str, ...] = ()
    """The accounts that the findings are of, where they tell it."""

    @property
    def sentence(self) -> Sentence:
        """What was recognized, taken and passed over."""
        left = ", ".join(f"{number:,} {reason}" for reason, number in self.passed_over)
        accounts = ", ".join(self.accounts[:_SHOWN_ACCOUNTS])
        more = len(self.accounts) - _SHOWN_ACCOUNTS
        noun = "account" if len(self.accounts) == 1 else "accounts"
        fields = {
            "name": printable(self.name),
            "form": printable(self.form[:_SHOWN_CHARACTERS]),
            "findings": count(self.findings, "finding"),
            "taken": _taken(self.targets),
            "left": f"; passed over: {left}" if left else "",
            "of": f"; of {noun} {accounts}{f' and {more:,} more' if more > 0 else ''}" if accounts else "",
        }
        return Sentence("{name} is {form}, {findings}: {taken}{left}{of}", fields)


@dataclass(frozen=True, slots=True)
class ExternalFindings:
    """The targets that findings of other tools name, file by file."""

    files: tuple[FindingsFile, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """Buckets (`s3://name`, an ARN) and files of code (`./main.tf`), each once, in their order."""
        return tuple(dict.fromkeys(target for file in self.files for target in file.targets))


def read_external_findings(
    paths: Iterable[Path], checks: Iterable[str] = (), limits: LogLimits = LIMITS
) -> ExternalFindings:
    """What these files name; `-` is stdin. Findings of `checks`, ids of the other tool, count like those we know.

    Raises BadInput for a file that is not in a known format, or that cannot be read to its end: of half a file
    nothing is taken.
    """
    own = frozenset(checks)
    return ExternalFindings(tuple(_read(path, own, limits) for path in dict.fromkeys(paths)))


def _read(path: Path, checks: frozenset[str], limits: LogLimits) -> FindingsFile:
    name = "stdin" if str(path) == "-" else str(path)
    document, taking = FindingsDocument(), _Taking(name, checks)
    try:
        with _opened(path) as file, open_metered(file, limits) as text:
            for finding in read_findings(text, document, limits):
                taking.add(finding)
    except (UnreadableFindings, UnreadableLog) as error:
        raise BadInput(f"{printable(name)} {printable(str(error))}", advice=_advice(str(error))) from error
    except OSError as error:
        raise BadInput(
            f"{printable(name)} cannot be read: {error.strerror or error}", advice="check the path"
        ) from error
    return taking.result(document)


def _advice(why: str) -> str:
    if FORMS in why:
        return "name a file that one of these tools wrote"
    return (
        "make the file again; of half a file nothing is taken"
        if "is cut" in why
        else "nothing of it was taken"
    )


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if str(path) == "-":
        yield cast("BinaryIO", _Stdin())
        return
    with path.open("rb") as file:
        yield file


class _Stdin(io.RawIOBase):
    """Stdin, which closing leaves open: a confirmation may be asked for, and whoever asks looks at it."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        data = sys.stdin.buffer.read(len(view))
        view[: len(data)] = data
        return len(data)


@dataclass(slots=True)
class _Taking:
    """One file, finding by finding."""

    name: str
    checks: frozenset[str]
    targets: dict[str, None] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)
    left: Counter[PassedOver] = field(default_factory=Counter)
    findings: int = 0

    def add(self, finding: ExternalFinding) -> None:
        """Take the target of a finding, or count why not. Raises UnreadableFindings."""
        self.findings += 1
        if (reason := self._why_not(finding)) is not None:
            self.left[reason] += 1
            return
        self.targets[_target_of(finding)] = None
        if finding.account and _ACCOUNT.fullmatch(finding.account):
            self.accounts[finding.account] = None
        if len(self.targets) > MAX_TARGETS:
            raise UnreadableFindings(f"names more than {MAX_TARGETS:,} buckets")

    def _why_not(self, finding: ExternalFinding) -> PassedOver | None:
        is_named = finding.is_every_check or not self.checks.isdisjoint(finding.checks)
        question = CheckQuestion.SSE_KMS if is_named else question_of(finding.checks)
        if question is None:
            return PassedOver.OTHER_CHECK
        if finding.path is None and not finding.is_bucket:
            return PassedOver.OTHER_RESOURCE
        if finding.outcome is ExternalOutcome.PASSED:
            return PassedOver.PASSED if question is CheckQuestion.SSE_KMS else PassedOver.PASSED_ANY
        if finding.outcome is not ExternalOutcome.FAILED:
            return PassedOver.NOT_JUDGED
        return PassedOver.CLOSED if finding.is_closed else None

    def result(self, document: FindingsDocument) -> FindingsFile:
        """What came of the file."""
        left = tuple((reason, self.left[reason]) for reason in PassedOver if self.left[reason])
        accounts = tuple(sorted(self.accounts))
        return FindingsFile(self.name, document.form, self.findings, tuple(self.targets), left, accounts)


def _target_of(finding: ExternalFinding) -> str:
    """The target that a finding means, in the words of the command line. Raises UnreadableFindings."""
    if finding.path is not None:
        return _path_of(finding.path)
    resource = finding.resource or ""
    parts = resource.split(":", 5)
    name = parts[-1] if parts[0] == "arn" and parts[2:3] == [_S3_ARN] else resource
    if is_bucket_name(name):
        return f"s3://{name}"
    if not _is_bucket_arn(resource):
        raise UnreadableFindings(f"names {_shown(resource)} as a bucket, which no bucket can be called")
    return resource


def _is_bucket_arn(text: str) -> bool:
    """Whether it is the ARN of one bucket of S3 Express, S3 Tables or S3 Vectors: no pattern of names."""
    try:
        return text.startswith("arn:") and not parse_target(text).is_glob
    except BadInput:
        return False


def _path_of(uri: str) -> str:
    """The file of a result of SARIF, below the current folder or its repository. Raises UnreadableFindings."""
    here = Path.cwd()
    root = find_repository_root(here) or here
    try:
        parts = urlsplit(uri)
        is_here = parts.scheme in {"", "file"} and not parts.netloc
        path = Path(os.path.normpath(here / unquote(parts.path)))
        is_inside = path.resolve().is_relative_to(root.resolve())
        is_file = path.is_file()
    except (OSError, ValueError) as error:  # a NUL, a name that is too long, an address that is none
        raise UnreadableFindings(f"names {_shown(uri)}, which no file can be called") from error
    if not is_here:
        raise UnreadableFindings(f"names {_shown(uri)}, which is no file of this machine")
    if not is_inside:
        raise UnreadableFindings(f"names {_shown(uri)}, which is outside of {root}")
    if not is_file:
        raise UnreadableFindings(
            f"names {_shown(uri)}, which is not there: run s3kms in the folder that the tool was run in"
        )
    relative = os.path.relpath(path, here)
    return relative if relative.startswith("..") else f"./{relative}"


def _shown(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…"


def _taken(targets: tuple[str, ...]) -> str:
    files = sum(target.startswith(".") for target in targets)
    taken = [count(len(targets) - files, "bucket")] if len(targets) - files or not files else []
    return " and ".join([*taken, *([count(files, "file")] if files else [])]) + " taken"
