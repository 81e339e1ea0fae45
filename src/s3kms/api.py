"""The face of the library: what the command line calls, and what `import s3kms` offers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice, Wording, library_wording
from s3kms.model.bucket import Bucket, BucketKind, Evidence, Place
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.errors import (
    AccessDenied,
    AwsError,
    BadAnswer,
    BadInput,
    Conflict,
    CredentialsProblem,
    NotFound,
    NothingToCheck,
    Refused,
    S3kmsError,
    Stopped,
    Throttled,
    Unreachable,
)
from s3kms.model.exits import Exit
from s3kms.model.findings import Difference, Finding, GoneFinding, Severity, Summary, Verdict
from s3kms.model.stream import AccountComplete, Note, Progress, ScanEvent, Unlisted, findings_in
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.reports.interface import Format, ReportStyle
from s3kms.rules.interface import Example, Rule, RuleDoc, RuleResult
from s3kms.scan.request import ScanRequest

if TYPE_CHECKING:
    import boto3

    from s3kms.aws.connection import Connection
    from s3kms.model.targets import ScanTarget
    from s3kms.scan.engine import BucketProof
    from s3kms.scan.open import OpenScan


__all__ = [
    "AccessDenied",
    "AccountComplete",
    "Advice",
    "AsyncCheck",
    "AsyncClient",
    "AwsError",
    "BadAnswer",
    "BadInput",
    "Bucket",
    "BucketKind",
    "Change",
    "Check",
    "Client",
    "Configuration",
    "Conflict",
    "CredentialsProblem",
    "Difference",
    "Encryption",
    "Evidence",
    "Example",
    "Exit",
    "Finding",
    "Format",
    "GoneFinding",
    "KeyKind",
    "NotFinished",
    "NotFound",
    "Note",
    "NothingToCheck",
    "Place",
    "Progress",
    "Refused",
    "ReportStyle",
    "Rule",
    "RuleDoc",
    "RuleResult",
    "S3kmsError",
    "ScanEvent",
    "ScanRequest",
    "Severity",
    "Stopped",
    "Summary",
    "Throttled",
    "Unknown",
    "UnknownCause",
    "Unlisted",
    "Unreachable",
    "Verdict",
    "all_rules",
    "check_code",
    "explain",
    "render",
]
"""What `import s3kms` offers."""


class CheckOptions(TypedDict, total=False):
    """The options of a check, by keyword: the fields of `s3kms.ScanRequest`, with paths also as text."""

    rules: Iterable[str]
    """Ids of companion rules, besides the default one."""
    extra_rules: "Iterable[Rule]"
    """Rules that are not part of s3kms."""
    regions: Iterable[str]
    directory_buckets: bool | None
    org: bool
    accounts: Iterable[str]
    exclude_accounts: Iterable[str]
    assume_role: str | None
    external_id: str | None
    confirm: bool
    max_age: int | None
    """Hours."""
    iac: Iterable[str | Path]
    variables: Iterable[tuple[str, str]]
    variable_files: Iterable[str | Path]
    workspace: str
    parameter_files: Iterable[str | Path]
    honor_skips: bool
    since: str | Path | None
    state: str | Path | None
    configuration: "str | Path | Configuration | None"
    """A file, or what was read of one; None states nothing."""


class NotFinished(S3kmsError):
    """The sum of a check was asked for before its end, or its events a second time though they were not kept."""


class Check:
    """A check, lazily: iterating it runs it. Findings as they come, passes included.

    What could not be listed, an account say, is a finding, too: `bucket` is None and its verdict UNKNOWN. Events are
    kept, so that a check can be iterated again, or rendered; `keep_events=False` streams in constant memory.
    Raises AwsError, BadInput and NothingToCheck while it is iterated.
    """

    def __init__(self, open_: "Callable[[], OpenScan]", *, keep_events: bool = True) -> None:
        self._open = open_
        self._keeps = keep_events
        self._kept: list[ScanEvent] = []
        self._source: Iterator[ScanEvent] | None = None
        self._summary: Summary | None = None

    def __iter__(self) -> Iterator[Finding]:
        for event in self.events():
            yield from findings_in(event)

    def events(self) -> Iterator[ScanEvent]:
        """Findings, notes, progress and the rest; the summary is the last. This is what `render` takes."""
        if self._source is not None and not self._keeps:
            raise NotFinished("the events of this check were not kept", advice="run it with keep_events=True")
        if self._source is None:
            self._source = self._opened()
        at = 0
        while True:
            if at == len(self._kept):
                event = next(self._source, None)
                if event is None:
                    return
                if isinstance(event, Summary):
                    self._summary = event
                if not self._keeps:
                    yield event
                    continue
                self._kept.append(event)
            yield self._kept[at]
            at += 1

    @property
    def summary(self) -> Summary:
        """The sum. Raises NotFinished before the check has come to its end."""
        if self._summary is None:
            raise NotFinished("the check has not come to its end", advice="iterate it first")
        return self._summary

    def close(self) -> None:
        """End a check that is not iterated to its end."""
        if close := getattr(self._source, "close", None):
            close()

    def _opened(self) -> Iterator[ScanEvent]:
        yield from self._open().events()


class AsyncCheck:
    """A check, lazily, for `async for`. See `Check`; events are not kept."""

    def __init__(self, open_: "Callable[[], OpenScan]") -> None:
        self._open = open_
        self._summary: Summary | None = None

    async def __aiter__(self) -> AsyncIterator[Finding]:
        async with aclosing(self.events()) as events:
            async for event in events:
                for finding in findings_in(event):
                    yield finding

    async def events(self) -> AsyncGenerator[ScanEvent]:
        """Findings, notes, progress and the rest; the summary is the last."""
        opened = await asyncio.to_thread(self._open)
        async with aclosing(opened.events_async()) as events:
            async for event in events:
                if isinstance(event, Summary):
                    self._summary = event
                yield event

    @property
    def summary(self) -> Summary:
        """The sum. Raises NotFinished before the check has come to its end."""
        if self._summary is None:
            raise NotFinished("the check has not come to its end", advice="iterate it first")
        return self._summary


class _ClientBase:
    """What both clients know: how to reach AWS."""

    def __init__(
        self,
        *,
        profile: str | None = None,
        session: "boto3.Session | None" = None,
        endpoint_url: str | None = None,
        concurrency: int = 64,
        max_rps: float | None = None,
    ) -> None:
        """`profile` names one of the AWS configuration; `session` is used instead, where there is one.

        `concurrency` is the most calls at once, `max_rps` the most calls a second to S3. AWS is not called here.
        """
        self._settings: dict[str, Any] = {
            "profile": profile,
            "session": session,
            "endpoint_url": endpoint_url,
            "concurrency": concurrency,
            "max_rps": max_rps,
        }
        self._connection: Connection | None = None

    def connect(self) -> "Connection":
        """The connection, made at the first call. Raises BadInput for an unusable AWS configuration."""
        if self._connection is None:
            from s3kms.aws.connection import Connection, ConnectionSettings  # noqa: PLC0415 - imports boto3

            self._connection = Connection(ConnectionSettings(**self._settings))
        return self._connection

    def _opener(self, targets: tuple[str, ...], options: CheckOptions) -> "Callable[[], OpenScan]":
        request = check_request(targets, **options)
        return lambda: open_check(request, self.connect)


class Client(_ClientBase):
    """s3kms for one identity: `with s3kms.Client(profile="prod") as client: ...`.

    Works in a script and inside a running event loop (a notebook). Prints nothing, sets no signal handlers.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the connection. A later call makes a new one."""
        self._connection = None

    def check(self, *targets: str, keep_events: bool = True, **options: Unpack[CheckOptions]) -> Check:
        """Find the buckets whose default encryption is not SSE-KMS.

        Targets are `s3://bucket`, patterns, names, ARNs, `config://AGGREGATOR`, or paths of code; none is every
        bucket of the account. Costs the listing and one call a bucket. Raises BadInput for wrong options at once, and
        AwsError while the check is iterated.

            >>> findings = list(client.check("s3://acme-web-*"))
            >>> findings[0].verdict
            <Verdict.FAIL: 'fail'>
        """
        return Check(self._opener(targets, options), keep_events=keep_events)


class AsyncClient(_ClientBase):
    """s3kms for one identity, for `async with` and `async for`."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection = None

    def check(self, *targets: str, **options: Unpack[CheckOptions]) -> AsyncCheck:
        """Find the buckets whose default encryption is not SSE-KMS; see `Client.check`."""
        return AsyncCheck(self._opener(targets, options))


def check_code(*paths: str | Path, keep_events: bool = True, **options: Unpack[CheckOptions]) -> Check:
    """Check the buckets that files and folders of code declare, without calling AWS.

    Raises BadInput for wrong options at once, and for what is no code while the check is iterated.
    """
    from s3kms.model.targets import CodeTarget  # noqa: PLC0415

    request = build_request(CodeTarget(tuple(map(Path, paths))), options)
    request.check()
    return Check(lambda: open_check(request, _no_connection), keep_events=keep_events)


def _no_connection() -> "Connection":
    raise AssertionError("code is checked without calling AWS")


def check_request(targets: Iterable[str], **options: Unpack[CheckOptions]) -> "ScanRequest":
    """A request from texts and keywords. Raises BadInput."""
    request = build_request(parse_scan_target(targets), options)
    request.check()
    return request


def build_request(targets: "ScanTarget", options: Mapping[str, Any]) -> "ScanRequest":
    """A request that is not checked yet. Raises BadInput for a configuration that cannot be read."""
    values: dict[str, Any] = dict(options)
    configuration = values.pop("configuration", None)
    if configuration is not None:
        values["configuration"] = read_configuration(configuration)
    for name in ("rules", "extra_rules", "regions", "accounts", "exclude_accounts", "variables"):
        if name in values:
            values[name] = tuple(values[name])
    for name in ("iac", "variable_files", "parameter_files"):
        if name in values:
            values[name] = tuple(map(Path, values[name]))
    for name in ("since", "state"):
        if values.get(name) is not None:
            values[name] = Path(values[name])
    return ScanRequest(targets=targets, **values)


def parse_scan_target(targets: Iterable[str]) -> "ScanTarget":
    """What these words mean: buckets, an aggregator or code. Raises BadInput."""
    from s3kms.scan.targets import parse_scan_target as parse  # noqa: PLC0415

    return parse(targets)


def find_configuration(code_paths: Iterable[Path] = ()) -> Path | None:
    """The configuration file nearest to these paths of code, or to the current folder. Raises BadInput."""
    from s3kms.desired.discover import find_configuration as find  # noqa: PLC0415

    return find(code_paths)


def read_configuration(source: "str | Path | Configuration") -> "Configuration":
    """What a file `s3kms.toml` states. Raises BadInput with one line a mistake."""
    from s3kms.desired.load import load_configuration  # noqa: PLC0415
    from s3kms.rules import IDS  # noqa: PLC0415

    if isinstance(source, str | Path):
        return load_configuration(Path(source), IDS)
    return source


def open_check(
    request: "ScanRequest",
    connect: "Callable[[], Connection]",
    given: frozenset[str] | None = None,
    proofs: "tuple[BucketProof, ...]" = (),
) -> "OpenScan":
    """A scan that is ready to run; for interfaces that build requests of their own."""
    from s3kms.scan.open import open_scan  # noqa: PLC0415

    return open_scan(request, connect, given=given, proofs=proofs)


def render(
    events: Iterable[ScanEvent],
    format: str = "table",  # noqa: A002 - the word of the command line
    *,
    width: int = 120,
    color: bool = False,
    passes: bool = False,
    compared: bool = False,
    wording: Wording = library_wording,
) -> str:
    """The events of a check as text: `table`, `json`, `jsonl`, `csv`, `markdown` or `sarif`.

    `passes` lists the buckets that pass, too, in formats that leave them out. Raises BadInput for a format that there
    is not, and ValueError for events that do not end with a summary.
    """
    from s3kms.reports import find_format  # noqa: PLC0415

    style = ReportStyle(width, color, passes, wording, compared)
    return "".join(find_format(format).render(events, style))


def explain(
    rule: str, *, bucket: str | None = None, region: str = "us-east-1", key: str | None = None
) -> str:
    """A rule in Markdown: overview, risk, remediation in four forms, verification, notes. Raises BadInput.

    >>> import s3kms
    >>> print(s3kms.explain("s3_bucket_kms_encryption").splitlines()[0])
    # Default encryption is SSE-KMS
    """
    from s3kms.explanation import explain_rule  # noqa: PLC0415

    return explain_rule(rule, bucket=bucket, region=region, key=key)


def all_rules() -> "tuple[Rule, ...]":
    """Every rule there is, the default one first."""
    from s3kms.rules import RULES  # noqa: PLC0415

    return RULES
