"""The exemptions of the buckets that a plan says are to stay: printed, or merged into `s3kms.toml`.

A file is only added to, so that all that stands there stays as it is, byte for byte; the whole is read again before
it is written, and has to state what it stated before and the new exemptions, and no more.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from s3kms.changes.files.edited_file import edit_file, make_file, read_now
from s3kms.desired.configuration import Configuration, Exemption
from s3kms.desired.discover import FILE_NAME, PYPROJECT, PYPROJECT_TABLE
from s3kms.desired.load import parse_wanted
from s3kms.desired.toml_lines import find_line
from s3kms.hazards.interface import HazardShape
from s3kms.model.bucket import Bucket
from s3kms.model.errors import BadInput, Refused
from s3kms.model.plan import PlanClass, PlannedBucket
from s3kms.model.targets import is_bucket_name
from s3kms.rules import IDS
from s3kms.text.quoting import escape_comment, quote_toml

DEFAULT_DAYS = 365
DEFAULT_FILE = Path(FILE_NAME)
"""What is made in the current folder, where no file configures it."""
RULE_ID = IDS[0]
"""What is not asked of an exempt bucket: SSE-KMS. Whatever else is wanted of it stays."""
_ACCOUNT = re.compile(r"[0-9]{12}")
_MAX_EVIDENCE = 1000
"""Characters: a policy may name many."""
_MAX_PLACES = 200
"""Brackets that are tried as the end of a list."""
_BY_HAND = "add them by hand; without apply they are printed"


@dataclass(frozen=True, slots=True)
class ExemptionEntry:
    """One exemption that a plan proposes."""

    bucket: str
    """Its name; the address of code where there is none."""
    account: str | None
    hazards: tuple[str, ...]
    """The ids of what does not work with SSE-KMS."""
    reason: str
    evidence: str
    owner: str | None
    until: date
    """The last day it counts."""
    place: str = ""
    """Where code declares the bucket."""
    has_name: bool = True

    def as_exemption(self) -> Exemption:
        """As the configuration has it, once it is in the file."""
        return Exemption(self.bucket, self.reason, self.account, RULE_ID, self.owner, self.until)


@dataclass(frozen=True, slots=True)
class MergedExemptions:
    """What became of the entries."""

    path: Path
    added: tuple[ExemptionEntry, ...]
    standing: tuple[ExemptionEntry, ...]
    """Of buckets that an exemption of the file covers already."""
    nameless: tuple[ExemptionEntry, ...]
    """Of code that computes the bucket's name: a comment beside it exempts it."""


def exemption_entries(
    planned: Iterable[PlannedBucket], today: date, owner: str | None = None, days: int = DEFAULT_DAYS
) -> tuple[ExemptionEntry, ...]:
    """One entry for each bucket that is to stay. The owner is what its tag says, else `owner`.

    Raises BadInput for a number of days that leads to no date after today.
    """
    try:
        until = today + timedelta(days=days)
    except OverflowError as error:
        raise BadInput(f"{days} days from today is no date") from error
    if days < 1:
        raise BadInput("an exemption that ends before tomorrow exempts nothing", advice="write 1 day or more")
    return tuple(_entry(one, until, owner) for one in planned if one.plan_class is PlanClass.STAY)


def _entry(planned: PlannedBucket, until: date, owner: str | None) -> ExemptionEntry:
    deciding = [hazard for hazard in planned.hazards if hazard.plan_class is PlanClass.STAY]
    titles = dict.fromkeys(hazard.title or hazard.id for hazard in deciding)
    evidence = "; ".join(dict.fromkeys(f"it {hazard.why}" for hazard in deciding))
    account = planned.account or ""
    return ExemptionEntry(
        planned.bucket,
        account if _ACCOUNT.fullmatch(account) else None,
        tuple(dict.fromkeys(hazard.id for hazard in deciding)),
        f"{'; '.join(titles)}: {HazardShape.UNSUPPORTED}" if titles else PlanClass.STAY.meaning,
        evidence if len(evidence) <= _MAX_EVIDENCE else f"{evidence[:_MAX_EVIDENCE]}…",
        next((one for one in (planned.owner, owner) if one and one.strip()), None),
        until,
        planned.place,
        planned.has_name and is_bucket_name(planned.bucket),
    )


def render_exemptions(entries: Iterable[ExemptionEntry], table: tuple[str, ...] = ()) -> str:
    """The entries as TOML, of a table inside the file: `("tool", "s3kms")` in a `pyproject.toml`.

    What has no name yet becomes a comment, which says what to write beside the code.
    """
    header = f"[[{'.'.join((*table, 'exemptions'))}]]"
    texts = ["\n".join((header, *_lines(one))) if one.has_name else _comment(one) for one in entries]
    return "".join(f"{text}\n" for text in "\n\n".join(texts).splitlines())


def _lines(entry: ExemptionEntry) -> Iterator[str]:
    ids = [quote_toml(one) for one in entry.hazards]
    values = {
        "buckets": quote_toml(entry.bucket),
        "account": quote_toml(entry.account) if entry.account else "",
        "rule": quote_toml(RULE_ID),
        "reason": quote_toml(entry.reason),
        "hazard": ids[0] if len(ids) == 1 else f"[{', '.join(ids)}]" if ids else "",
        "evidence": quote_toml(entry.evidence) if entry.evidence.strip() else "",
        "owner": quote_toml(entry.owner) if entry.owner else "",
        "until": entry.until.isoformat(),
    }
    yield from (f"{key} = {value}" for key, value in values.items() if value)


def _comment(entry: ExemptionEntry) -> str:
    exempt = f"s3kms: exempt {RULE_ID} until {entry.until.isoformat()} {entry.reason}"
    return (
        f"# {escape_comment(entry.place or entry.bucket)}: the bucket has no name yet; write beside its code\n"
        f"#     {escape_comment(exempt)}"
    )


def missing_exemptions(
    configuration: Configuration, entries: Iterable[ExemptionEntry], today: date
) -> tuple[ExemptionEntry, ...]:
    """Those whose bucket no exemption covers that is in force; each bucket once."""
    found: dict[tuple[str, str | None], ExemptionEntry] = {}
    for entry in entries:
        bucket = Bucket(entry.bucket, account=entry.account)
        if entry.has_name and not configuration.exemption_for(bucket, RULE_ID, today):
            found.setdefault((entry.bucket, entry.account), entry)
    return tuple(found.values())


def merge_exemptions(path: Path, entries: Sequence[ExemptionEntry], today: date) -> MergedExemptions:
    """Add the entries to a configuration file, which is made where there is none; those that stand are not repeated.

    Raises BadInput for a file that is not a valid configuration, Refused for one that is a link, or where they cannot
    be added: nothing is written then. Raises S3kmsError where the file could not be written.
    """
    real = Path(os.path.realpath(path.parent)) / path.name
    before = _read(real)
    text = _decoded(before or b"", path)
    table = PYPROJECT_TABLE if path.name == PYPROJECT else ()
    configuration = parse_wanted(text, str(path), IDS)
    missing = missing_exemptions(configuration, entries, today)
    new = set(missing)
    named = [entry for entry in entries if entry.has_name]
    merged = MergedExemptions(
        path,
        missing,
        tuple(one for one in named if one not in new),
        tuple(one for one in entries if not one.has_name),
    )
    if not missing:
        return merged
    after = _with_entries(text, path, missing, table, configuration)
    if before is None:
        make_file(real, after.encode())
    else:
        edit_file(real, before, before[: len(before) - len(text.encode())] + after.encode())
    return merged


def _read(path: Path) -> bytes | None:
    """None where there is no file. Raises Refused for a link, and for what is no file."""
    try:
        is_link = stat.S_ISLNK(path.lstat().st_mode)
    except FileNotFoundError:
        return None
    except OSError:
        is_link = False  # reading it says what is wrong
    if is_link:
        raise Refused(f"{path} is a symbolic link, and only the file itself is written", advice=_BY_HAND)
    return read_now(path)


def _decoded(data: bytes, path: Path) -> str:
    """The text behind a byte order mark. Raises BadInput."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text (byte {error.start})") from error


def _with_entries(
    text: str,
    path: Path,
    missing: tuple[ExemptionEntry, ...],
    table: tuple[str, ...],
    before: Configuration,
) -> str:
    """The text with the entries in it, proven to say just that. Raises Refused."""
    wanted = replace(before, exemptions=(*before.exemptions, *(one.as_exemption() for one in missing)))
    newline = "\r\n" if "\r\n" in text else "\n"
    for candidate in _candidates(text, missing, table, newline):
        try:
            if parse_wanted(candidate, str(path), IDS) == wanted:
                return candidate
        except BadInput:
            continue
    raise Refused(f"{path} is written in a way that no exemption can be added to", advice=_BY_HAND)


def _candidates(
    text: str, missing: Sequence[ExemptionEntry], table: tuple[str, ...], newline: str
) -> Iterator[str]:
    """First at the end, as tables of their own; then at the end of a list, which a file may have in their place."""
    added = render_exemptions(missing, table).replace("\n", newline)
    gap = "" if not text else newline if text.endswith("\n") else newline * 2
    yield f"{text}{gap}{added}"
    items = [f"{{ {', '.join(_lines(one))} }}" for one in missing]
    for end in _list_ends(text, (*table, "exemptions")):
        line = text.rfind("\n", 0, end) + 1
        if text[line:end].strip():  # something stands before the bracket
            yield f"{text[:end]}, {', '.join(items)}{text[end:]}"
            yield f"{text[:end]}{', '.join(items)}{text[end:]}"
        else:
            yield text[:line] + "".join(f"    {item},{newline}" for item in items) + text[line:]
            yield text[:line] + "".join(f"    , {item}{newline}" for item in items) + text[line:]


def _list_ends(text: str, path: tuple[str, ...]) -> Iterator[int]:
    """Where a closing bracket stands, from the line of a key on."""
    line = find_line(text, path) or 1
    begin = sum(len(one) for one in text.splitlines(keepends=True)[: line - 1])
    for _, found in zip(range(_MAX_PLACES), re.finditer(r"\]", text[begin:]), strict=False):
        yield begin + found.start()
