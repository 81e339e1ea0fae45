"""The face of the library: what the command line calls, and what `import s3kms` offers."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from s3kms.assessments import Assessment
from s3kms.changes.request import DEFAULT_MAX_CHANGES as DEFAULT_MAX_CHANGES
from s3kms.changes.request import FixRequest
from s3kms.checks import AsyncCheck, Check, NotFinished
from s3kms.clients import AsyncClient, Client
from s3kms.desired.configuration import Configuration
from s3kms.external_findings import read_external_findings
from s3kms.model.advice import Advice, Command, Wording, library_wording
from s3kms.model.bucket import Bucket, BucketKind, Evidence
from s3kms.model.change import Change
from s3kms.model.code_fixes import CodeFixes
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
from s3kms.model.findings import Difference, Finding, GoneFinding, Summary, Verdict
from s3kms.model.object_summary import ObjectSummary
from s3kms.model.place import Place
from s3kms.model.plan import PlanClass, PlannedBucket, PlannedHazard, PlanSummary
from s3kms.model.scan_context import ScanContext, ScanScope, ScanStarted, Severity
from s3kms.model.stream import AccountComplete, Note, Progress, ScanEvent, Unlisted
from s3kms.model.targets import CodeTarget
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.options import (
    AssessOptions,
    CheckOptions,
    FixOptions,
    ObjectsOptions,
    WaveOptions,
    build_plan_request,
)
from s3kms.options import build_check_request as build_check_request
from s3kms.options import build_fix_request as build_fix_request
from s3kms.options import parse_fix_targets as parse_fix_targets
from s3kms.options import read_configuration as read_configuration
from s3kms.permissions import operations_of as operations_of
from s3kms.reencryption import ReencryptOptions as ReencryptOptions
from s3kms.reencryption import build_reencrypt_request as build_reencrypt_request
from s3kms.reencryption import describe_reencrypt_progress as describe_reencrypt_progress
from s3kms.reencryption import reencrypt_callbacks as reencrypt_callbacks
from s3kms.reencryption import reencrypt_plan_document as reencrypt_plan_document
from s3kms.reencryption import reencrypt_result_document as reencrypt_result_document
from s3kms.reports.interface import Format, ReportStyle, SourceRoot
from s3kms.rules.interface import Example, Rule, RuleDoc, RuleResult
from s3kms.saved_results import read_result, read_trend
from s3kms.scan.request import ScanRequest
from s3kms.scan.targets import parse_bucket_targets as parse_bucket_targets
from s3kms.scan.targets import parse_scan_target as parse_scan_target
from s3kms.text.nearest import find_nearest
from s3kms.text.repository import find_repository_root as find_repository_root

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.files.planner import FilePlan
    from s3kms.changes.planning.account import OnPlanned
    from s3kms.changes.planning.request import PlanRequest
    from s3kms.hazards.interface import Hazard
    from s3kms.model.plan import PlanEvent
    from s3kms.objects.reencrypt.pacing import ReencryptProgress as ReencryptProgress
    from s3kms.objects.reencrypt.plan import ReencryptPlan as ReencryptPlan
    from s3kms.objects.reencrypt.request import ReencryptRequest as ReencryptRequest
    from s3kms.objects.reencrypt.run import ReencryptCallbacks as ReencryptCallbacks
    from s3kms.objects.reencrypt.run import ReencryptResult as ReencryptResult
    from s3kms.results.plan_v1 import PlanHeader as PlanHeader
    from s3kms.results.plan_v1 import PlanWriter
    from s3kms.scan.engine import BucketProof
    from s3kms.scan.open import OpenScan


__all__ = [
    "AccessDenied",
    "AccountComplete",
    "Advice",
    "AssessOptions",
    "Assessment",
    "AsyncCheck",
    "AsyncClient",
    "AwsError",
    "BadAnswer",
    "BadInput",
    "Bucket",
    "BucketKind",
    "Change",
    "Check",
    "CheckOptions",
    "Client",
    "CodeFixes",
    "Configuration",
    "Conflict",
    "CredentialsProblem",
    "Difference",
    "Encryption",
    "Evidence",
    "Example",
    "Exit",
    "Finding",
    "FixOptions",
    "FixRequest",
    "Format",
    "GoneFinding",
    "KeyKind",
    "NotFinished",
    "NotFound",
    "Note",
    "NothingToCheck",
    "ObjectSummary",
    "ObjectsOptions",
    "Place",
    "PlanClass",
    "PlanSummary",
    "PlannedBucket",
    "PlannedHazard",
    "Progress",
    "ReencryptOptions",
    "Refused",
    "ReportStyle",
    "Rule",
    "RuleDoc",
    "RuleResult",
    "S3kmsError",
    "ScanContext",
    "ScanEvent",
    "ScanRequest",
    "ScanScope",
    "ScanStarted",
    "Severity",
    "Stopped",
    "Summary",
    "Throttled",
    "Unknown",
    "UnknownCause",
    "Unlisted",
    "Unreachable",
    "Verdict",
    "WaveOptions",
    "all_rules",
    "assess_code",
    "check_code",
    "explain",
    "plan_code",
    "read_external_findings",
    "read_result",
    "read_trend",
    "render",
]
"""What `import s3kms` offers."""


def check_code(*paths: str | Path, keep_events: bool = True, **options: Unpack[CheckOptions]) -> Check:
    """Check the buckets that files and folders of code declare, without calling AWS.

    Raises BadInput for wrong options at once, and for what is no code while the check is iterated.
    """
    request = build_check_request(CodeTarget(tuple(map(Path, paths))), options)
    request.check()
    return Check(lambda: open_check(request, _no_connection).events(), keep_events=keep_events)


def plan_code(*paths: str | Path, **options: Unpack[FixOptions]) -> "FilePlan":
    """What moving the buckets that code declares to SSE-KMS would change in the files: `.patches`; writes nothing.

    `Client().apply(plan)` writes the files, without calling AWS. Raises BadInput, NothingToCheck where the code
    declares no bucket, Refused for a file that is a link.
    """
    from s3kms.changes.engine import plan_fix
    from s3kms.changes.files.planner import FilePlan

    request = build_fix_request(CodeTarget(tuple(map(Path, paths))), options)
    request.check()
    plan = plan_fix(request, _no_connection)
    if not isinstance(plan, FilePlan):
        raise TypeError("a plan of code edits files")
    return plan


def _no_connection() -> "Connection":
    raise AssertionError("code is checked without calling AWS")


def assess_code(*paths: str | Path, **options: Unpack[AssessOptions]) -> Assessment:
    """What would change and what would break in the buckets that code declares, without calling AWS.

    Raises BadInput for wrong options at once, and NothingToCheck while it is iterated.
    """
    request = build_plan_request(CodeTarget(tuple(map(Path, paths))), options)
    request.check()
    return Assessment(request, lambda: plan_events(request, _no_connection))


def plan_events(
    request: "PlanRequest",
    connect: "Callable[[], Connection]",
    on_planned: "OnPlanned | None" = None,
) -> "Iterator[PlanEvent]":
    """What a plan finds, bucket by bucket, the summary last; for interfaces that build requests of their own."""
    from s3kms.changes.planning.estate import plan_estate

    return plan_estate(request, connect, on_planned)


def observed_queries() -> "Mapping[str, str]":
    """The queries for Athena and CloudTrail Lake whose results tell who used buckets, by where they run."""
    from s3kms.sources.observed.query_results import QUERIES

    return QUERIES


def plan_header(request: "PlanRequest", at: datetime) -> "PlanHeader":
    """The first line of a plan's file."""
    from s3kms.changes.journal import new_run_id
    from s3kms.results.plan_v1 import PlanHeader

    return PlanHeader(new_run_id(at), at, request.recorded())


def plan_writer(
    header: "PlanHeader", write: Callable[[str], object], wording: Wording = library_wording
) -> "PlanWriter":
    """Writes the document of a plan, as its buckets come."""
    from s3kms.results.plan_v1 import PlanWriter

    return PlanWriter(header, write, wording)


def objects_document(summary: ObjectSummary, wording: Wording = library_wording) -> dict[str, object]:
    """The objects of a bucket in sum as JSON data, version 1: `objects-v1.schema.json`."""
    from s3kms.results.objects_v1 import objects_v1

    return objects_v1(summary, wording)


def render_objects(
    summary: ObjectSummary,
    width: int = 120,
    *,
    color: bool = False,
    wording: Wording = library_wording,
    format: str = "table",  # noqa: A002 - the word of the command line
) -> "Iterator[str]":
    """The objects of a bucket in sum for a person: `table`, or `html`, which is one file that loads nothing."""
    style = ReportStyle(width, color, wording=wording)
    if format == "html":
        from s3kms.reports.html.objects import render as render_page

        return render_page(summary, style)
    from s3kms.reports.objects_table import render_objects as render_table

    return render_table(summary, style)


def find_configuration(code_paths: Iterable[Path] = ()) -> Path | None:
    """The configuration file nearest to these paths of code, or to the current folder. Raises BadInput."""
    from s3kms.desired.discover import find_configuration as find

    return find(code_paths)


def open_check(
    request: "ScanRequest",
    connect: "Callable[[], Connection]",
    given: frozenset[str] | None = None,
    proofs: "tuple[BucketProof, ...]" = (),
) -> "OpenScan":
    """A scan that is ready to run; for interfaces that build requests of their own."""
    from s3kms.changes.files.code_fixes import fixes_of_scan
    from s3kms.scan.open import open_scan

    return open_scan(request, connect, given=given, proofs=proofs, code_fixes=fixes_of_scan(request))


def render(
    events: Iterable[ScanEvent],
    format: str = "table",  # noqa: A002 - the word of the command line
    *,
    width: int = 120,
    color: bool = False,
    passes: bool = False,
    compared: bool = False,
    wording: Wording = library_wording,
    code: Iterable[str | Path] = (),
) -> str:
    """The events of a check as text: `table`, `json`, `jsonl`, `csv`, `markdown`, `sarif` or `html`.

    `passes` lists the buckets that pass, too, in formats that leave them out. SARIF tells paths from the root of the
    repository of the first path of `code`, or of the current folder; of a check of code it has the edits that
    `plan_code` would make, which are planned here. Raises BadInput for a format that there is not,
    and ValueError for events that do not end with a summary.
    """
    from s3kms.reports import find_format

    style = ReportStyle(width, color, passes, wording, compared, find_source_root(map(Path, code)))
    return "".join(find_format(format).render(events, style))


def find_source_root(code: Iterable[Path] = ()) -> SourceRoot:
    """Where the paths of a report begin: the repository of the first path of code, or of the current folder."""
    here = Path.cwd()
    first = next(iter(code), here)
    root = find_repository_root(Path(os.path.abspath(first)))  # noqa: PTH100 - links stay as they are named
    return SourceRoot(here.as_posix(), (root or here).as_posix())


def explain(
    rule: str, *, bucket: str | None = None, region: str = "us-east-1", key: str | None = None
) -> str:
    """A rule or a hazard in Markdown: overview, risk, remediation in four forms, verification. Raises BadInput.

    >>> import s3kms
    >>> print(s3kms.explain("s3_bucket_kms_encryption").splitlines()[0])
    # Default encryption is SSE-KMS
    """
    from s3kms.explanation import explain_hazard, explain_rule
    from s3kms.hazards import IDS, find_hazard
    from s3kms.rules import installed_rules

    ours = [one.id for one in all_rules()]
    if rule not in ours:
        rules = ours if rule in IDS else [*ours, *(one.id for one in installed_rules())]
        near = rule if rule in rules else find_nearest(rule, (*IDS, *rules))
        if near is None:
            raise BadInput(
                f"there is no rule or hazard {rule!r}",
                advice=Advice("{explain} lists both", {"explain": Command("explain")}),
            )
        if near in IDS:
            return explain_hazard(find_hazard(rule))
    return explain_rule(rule, bucket=bucket, region=region, key=key)


def remedy_names() -> tuple[str, ...]:
    """The forms in which a change can be printed: `console`, `cli`, `cloudformation`, `terraform`."""
    from s3kms.remedies import REMEDIES

    return tuple(remedy.name for remedy in REMEDIES)


def all_rules() -> "tuple[Rule, ...]":
    """Every rule there is, the default one first."""
    from s3kms.rules import RULES

    return RULES


def hazards() -> "tuple[Hazard, ...]":
    """Everything that is known to break under SSE-KMS, in the order of proven harm."""
    from s3kms.hazards import all_hazards

    return all_hazards()
