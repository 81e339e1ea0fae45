"""A plan's file, read back: only what `plan` wrote, byte for byte as it wrote it.

It is read once, line by line; what it says is handed on when its seal was found to fit. The seal is no signature: it
tells of edits, and what a plan allows is computed again from the facts before anything is written.
"""

import hashlib
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from s3kms.model.advice import Advice, Command, Option, Sentence
from s3kms.model.errors import BadInput, Refused
from s3kms.model.plan import DEFAULT_MAX_AGE_HOURS, PlannedBucket
from s3kms.results.plan_records import BucketRecord, HeadRecord, RequestRecord, where_of
from s3kms.results.plan_v1 import PLAN_VERSION, SEAL

MAX_LINE_BYTES = 4_000_000
"""Of one bucket with all its hazards and their statements, and of the sum: what is longer is not ours."""
MAX_BUCKETS = 2_000_000
_SKEW = timedelta(minutes=5)
"""By as much two clocks may differ (the limit of AWS is 15 minutes)."""
_END = re.compile(rb'[0-9a-f]{64}"\}\n?')
_AGAIN = Advice("make a new one: {plan}", {"plan": Command("plan", (), (Option("out", "FILE"),))})


@dataclass(slots=True)
class SavedPlan:
    """A plan's file, believed: its seal fits, and it is young enough."""

    path: Path
    plan: str
    """Its id."""
    at: datetime
    request: RequestRecord
    buckets: list[PlannedBucket] = field(default_factory=list)
    """Those that were asked for, in the order of the file."""
    waves: Counter[int] = field(default_factory=Counter)
    """How many buckets each wave has."""
    accounts: set[str] = field(default_factory=set)
    """Of all its buckets."""
    classes: Counter[str] = field(default_factory=Counter)
    """How many buckets of each class there are."""


Head = TypeVar("Head", bound=BaseModel)
"""As what the first line is read."""
Keep = Callable[[PlannedBucket], bool]


def read_saved_plan(
    path: Path, *, now: datetime, max_age_hours: int = DEFAULT_MAX_AGE_HOURS, keep: Keep = lambda _: True
) -> SavedPlan:
    """The plan of a file, with those of its buckets that `keep` says.

    Raises BadInput for what is not a plan that this version reads, or was cut short; Refused for one that was changed
    after it was written, is too old or comes from the future. Needs memory for one line, and for what is kept.
    """
    with _opened(path) as file:
        seal = hashlib.sha256()
        head = _head(path, _line(path, file), seal, HeadRecord)
        _check_age(path, head.age(now), max_age_hours)
        plan = SavedPlan(path, head.plan, head.at.astimezone(UTC), head.request)
        seen: set[tuple[str | None, str]] = set()
        for number, line in _bucket_lines(path, file, seal):
            planned = _bucket(path, number, line)
            if planned.account is None:
                raise BadInput(
                    f"{path} is the plan of code",
                    advice=Advice("code is fixed where it stands: {fix}", {"fix": Command("fix", ("PATH",))}),
                )
            plan.accounts.add(planned.account)
            plan.classes[planned.plan_class.value] += 1
            if planned.wave is not None:
                plan.waves[planned.wave] += 1
            if keep(planned):
                if (planned.account, planned.bucket) in seen:
                    raise _edited(path, f"line {number} names s3://{planned.bucket} again")
                seen.add((planned.account, planned.bucket))
                plan.buckets.append(planned)
    return plan


def check_sealed(file: IO[bytes], path: Path, head: type[Head]) -> Head:
    """Read a plan to its end, and return its first line as this record. `path` is what the errors call it.

    Raises BadInput for what is no whole plan, and Refused for one that was changed after it was written.
    """
    seal = hashlib.sha256()
    found = _head(path, _line(path, file), seal, head)
    for _ in _bucket_lines(path, file, seal):
        pass
    return found


def _opened(path: Path) -> BinaryIO:
    """A regular file, never through a link. Raises BadInput."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = "it is a link" if path.is_symlink() else error.strerror
        raise _unreadable(path, why) from error
    except ValueError as error:  # a null character in the name
        raise _unreadable(path, str(error)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unreadable(path, "it is not a file")
    return os.fdopen(descriptor, "rb")


def _unreadable(path: Path, why: str | None) -> BadInput:
    return BadInput(
        f"the plan {path} cannot be read: {why}",
        advice=Advice(
            "name the file that {out} wrote", {"out": Command("plan", (), (Option("out", "FILE"),))}
        ),
    )


def _line(path: Path, file: IO[bytes]) -> bytes:
    """The next line with its end; empty at the end of the file. Raises BadInput for one that is too long."""
    try:
        line = file.readline(MAX_LINE_BYTES)
    except OSError as error:
        raise _unreadable(path, error.strerror) from error
    if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
        raise _no_plan(path, f"it has a line of more than {MAX_LINE_BYTES} bytes")
    return line


def _head(path: Path, line: bytes, seal: "hashlib._Hash", record: type[Head]) -> Head:
    """What stands in the first line. Raises BadInput."""
    if not line:
        raise _no_plan(path, "it is empty")
    opening, marker, rest = line.rstrip(b"\n").rpartition(b', "buckets": [')
    raw = _decoded(opening + b"}") if marker and not rest else None
    if not isinstance(raw, dict):
        raise _no_plan(path, _other_layout(line))
    version = raw.get("version")
    if raw.get("kind") != "plan":
        raise _no_plan(path, "it is something else")
    if isinstance(version, int) and not isinstance(version, bool) and version != PLAN_VERSION:
        raise BadInput(
            f"{path} is a plan of version {version}, and this s3kms reads version {PLAN_VERSION}",
            advice="use the s3kms that wrote it, or make a new plan",
        )
    seal.update(line.rstrip(b"\n"))
    try:
        return record.model_validate(raw)
    except ValidationError as error:
        raise _no_plan(path, f"its first line does not hold: {where_of(error.errors())}") from error


def _other_layout(line: bytes) -> str:
    if b'"findings"' in line:
        return "it is the result of a check"
    if line.lstrip().startswith(b"{"):
        return "it is not in the layout in which plan writes it"
    return "its first line is not that of a plan"


def _check_age(path: Path, age: timedelta, max_age_hours: int) -> None:
    if age < -_SKEW:
        raise Refused(
            f"the plan {path} comes from the future: it says that it is made in {_hours(-age)}",
            advice="the clock here is wrong, or was wrong there; set it, and make a new plan",
        )
    if age > timedelta(hours=max_age_hours):
        raise Refused(
            Sentence(
                "the plan {path} is {age} old, and {max_age} is the most it may be",
                {"path": path, "age": _hours(age), "max_age": Option("max_age", max_age_hours)},
            ),
            advice=_AGAIN,
        )


def _hours(age: timedelta) -> str:
    days, hours = divmod(int(age.total_seconds() // 3600), 24)
    return f"{days} days and {hours} hours" if days else f"{hours} hours"


def _bucket_lines(path: Path, file: IO[bytes], seal: "hashlib._Hash") -> Iterator[tuple[int, bytes]]:
    """The line of each bucket, with its number; ends when the seal was found to fit, and raises otherwise."""
    expects_more, is_first = True, True
    for number in range(2, MAX_BUCKETS + 3):
        line = _line(path, file)
        if not line.endswith(b"\n") and not line.startswith(b"]"):
            raise _cut(path)
        if line.startswith(b"]"):
            if expects_more and not is_first:
                raise _edited(path, f"line {number} ends a list that goes on")
            _check_seal(path, line, seal, is_last=not _line(path, file))
            return
        text = line.removesuffix(b"\n")
        if not expects_more:
            raise _edited(path, f"line {number} stands after the last bucket")
        expects_more, is_first = text.endswith(b","), False
        seal.update(b"\n" + text)
        yield number, text.removesuffix(b",")
    raise _no_plan(path, f"it has more than {MAX_BUCKETS} buckets")


def _check_seal(path: Path, line: bytes, seal: "hashlib._Hash", *, is_last: bool) -> None:
    sealed, marker, rest = line.rpartition(SEAL)
    if not marker or (is_last and not _END.fullmatch(rest)):
        raise _cut(path)
    seal.update(b"\n" + sealed)
    if not is_last or rest[:64].decode("ascii", "replace") != seal.hexdigest():
        raise _edited(path, "its seal does not fit")


def _bucket(path: Path, number: int, line: bytes) -> PlannedBucket:
    try:
        return BucketRecord.model_validate(_decoded(line)).planned()
    except ValidationError as error:
        raise _edited(path, f"line {number}, {where_of(error.errors())}") from error
    except ValueError as error:
        raise _edited(path, f"line {number}: {error}") from error


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _no_plan(path: Path, why: str) -> BadInput:
    return BadInput(f"{path} is not a plan that s3kms wrote: {why}", advice=_AGAIN)


def _cut(path: Path) -> BadInput:
    return BadInput(
        f"the plan {path} was cut short: its end is missing", advice="take the whole file, or make a new plan"
    )


def _edited(path: Path, why: str) -> Refused:
    return Refused(
        f"the plan {path} was changed after it was written: {why}",
        advice="bring the file back as it was, or make a new plan; an edited one is not carried out",
    )
