"""S3 Control's calls about jobs: CreateJob, DescribeJob, ListJobs, UpdateJobStatus, UpdateJobPriority."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # the only XML read is our own client's
from xml.sax.saxutils import escape

from s3kms.demo.batch_faults import ReportLie
from s3kms.demo.corrections.batch_jobs import ENDED, DemoJob, DemoJobState
from s3kms.demo.corrections.batch_lists import element_of, text_of
from s3kms.demo.corrections.http import S3Error, ServerResponse

if TYPE_CHECKING:
    from s3kms.demo.corrections.batch_jobs import Serve
    from s3kms.demo.corrections.http import ServerRequest

_CANCELLABLE = set(DemoJobState) - ENDED - {DemoJobState.FAILING, DemoJobState.CANCELLING}
_jobs: dict[str, DemoJob] = {}
_tokens: dict[tuple[str, str, str], str] = {}
"""The job of a ClientRequestToken, by account and region."""


def forget_jobs() -> None:
    """Forget every job."""
    _jobs.clear()
    forget_tokens()


def forget_tokens() -> None:
    """Let the next CreateJob make a new job whatever its token: nobody tells for how long AWS remembers one."""
    _tokens.clear()


def answer_jobs(request: ServerRequest, serve: Serve) -> ServerResponse | None:
    """The answer to a call about jobs; None for any other. `serve` carries out a task's request."""
    try:
        match request.operation:
            case "CreateJob":
                return _create(request)
            case "DescribeJob":
                return _describe(request, serve)
            case "ListJobs":
                return _list(request)
            case "UpdateJobStatus":
                return _update(request)
            case _:
                return None
    except S3Error as error:
        return error.response()


def _create(request: ServerRequest) -> ServerResponse:
    """Make a job; the same token and request are the same job (fact D11)."""
    try:
        asked = ET.fromstring(request.body)  # noqa: S314 - a demo server on loopback reading its own client
    except ET.ParseError:
        raise _bad("Request is malformed") from None
    _check(asked)
    token = (request.account, request.region, text_of(asked, "ClientRequestToken"))
    if token in _tokens:
        job = _jobs[_tokens[token]]
        if job.body != request.body:
            message = "The same ClientRequestToken was used with other parameters"
            raise S3Error(400, "IdempotencyException", message)
        return _created(job)
    job = DemoJob(str(uuid.uuid4()), request.account, request.region, asked, request.body, len(_jobs) + 1)
    _jobs[job.job_id], _tokens[token] = job, job.job_id
    return _created(job)


def _created(job: DemoJob) -> ServerResponse:
    return ServerResponse.xml("CreateJobResult", f"<JobId>{job.job_id}</JobId>")


def _check(asked: ET.Element) -> None:
    """Raise S3Error for what CreateJob refuses (facts D9, D13)."""
    manifest, generator = element_of(asked, "Manifest"), element_of(asked, "ManifestGenerator")
    if (manifest is None) == (generator is None):
        raise _bad("Jobs must be created with either a manifest or a manifest generator")
    if element_of(asked, "Operation/S3UpdateObjectEncryption/ObjectEncryption/SSE-KMS") is None:
        raise _bad("The embedded AWS knows S3UpdateObjectEncryption to SSE-KMS alone")
    if not text_of(asked, "ClientRequestToken") or not text_of(asked, "RoleArn"):
        raise _bad("ClientRequestToken and RoleArn are required")
    filters = element_of(asked, "ManifestGenerator/S3JobManifestGenerator/Filter/MatchAnyObjectEncryption")
    if generator is not None and (filters is None or len(filters) != 1 or len(filters[0]) != 1):
        raise _bad("MatchAnyObjectEncryption takes exactly one filter")
    for path in ("Report/Bucket", "ManifestGenerator/S3JobManifestGenerator/ManifestOutputLocation/Bucket"):
        if text_of(asked, path).endswith("--x-s3"):
            raise _bad("Directory buckets are not supported here")


def _job_of(request: ServerRequest) -> DemoJob:
    """The job that the path names, of the caller's account and the region asked. Raises S3Error 404."""
    job = _jobs.get(request.path.strip("/").split("/")[2])
    if job is None or (job.account, job.region) != (request.account, request.region):
        raise S3Error(404, "NotFoundException", "The specified job does not exist")
    return job


def _describe(request: ServerRequest, serve: Serve) -> ServerResponse:
    """What the job is at now; it goes on afterwards."""
    job = _job_of(request)
    answer = ServerResponse.xml("DescribeJobResult", f"<Job>{_details(request, job)}</Job>")
    job.go_on(request.faults, serve)
    return answer


def _details(request: ServerRequest, job: DemoJob) -> str:
    parts = ["Operation", "Manifest", "ManifestGenerator", "Report", "RoleArn", "ConfirmationRequired"]
    asked = "".join(_copied(found) for name in parts if (found := element_of(job.request, name)) is not None)
    failed = ""
    if job.failure is not None:
        code, reason = map(escape, job.failure)
        inside = f"<FailureCode>{code}</FailureCode><FailureReason>{reason}</FailureReason>"
        failed = f"<FailureReasons><member>{inside}</member></FailureReasons>"
    waits = job.state is DemoJobState.SUSPENDED
    cause = "<SuspendedCause>AwaitingConfirmation</SuspendedCause>" if waits else ""
    return f"{_summary(request, job)}{asked}{failed}{cause}"


def _copied(element: ET.Element) -> str:
    """An element of the request in the answer's namespace."""
    name = element.tag.rpartition("}")[2]
    inside = "".join(map(_copied, element)) or escape(element.text or "")
    return f"<{name}>{inside}</{name}>"


def _summary(request: ServerRequest, job: DemoJob) -> str:
    """What ListJobs tells, too."""
    failed = sum(1 for one in job.results if one.code)
    factor = 2 if job.lie_of(request.faults.batch) is ReportLie.TOO_MANY else 1
    counts = {
        "TotalNumberOfTasks": len(job.tasks) * factor,
        "NumberOfTasksSucceeded": (len(job.results) - failed) * factor,
        "NumberOfTasksFailed": failed * factor,
    }
    progress = "".join(f"<{name}>{number}</{name}>" for name, number in counts.items())
    said = {
        "JobId": job.job_id,
        "Description": text_of(job.request, "Description"),
        "Priority": text_of(job.request, "Priority"),
        "Status": job.state.value,
        "StatusUpdateReason": job.reason,
        "CreationTime": f"{job.created:%Y-%m-%dT%H:%M:%SZ}",
    }
    told = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in said.items() if value)
    return f"{told}<ProgressSummary>{progress}</ProgressSummary>"


def _list(request: ServerRequest) -> ServerResponse:
    after, largest = request.query.get("nextToken", ""), request.faults.batch.jobs_per_page
    size = int(request.query.get("maxResults", largest))
    mine = [j for j in _jobs.values() if (j.account, j.region) == (request.account, request.region)]
    rest = sorted((j for j in mine if j.job_id > after), key=lambda job: job.job_id)
    page = rest[: min(size, largest)]
    token = f"<NextToken>{page[-1].job_id}</NextToken>" if len(rest) > len(page) else ""
    operation = "<Operation>S3UpdateObjectEncryption</Operation>"
    rows = "".join(f"<member>{_summary(request, job)}{operation}</member>" for job in page)
    return ServerResponse.xml("ListJobsResult", f"{token}<Jobs>{rows}</Jobs>")


def _update(request: ServerRequest) -> ServerResponse:
    """Cancel a job, or confirm one that waits for it: nothing else can be asked (fact D9)."""
    job, wanted = _job_of(request), request.query.get("requestedJobStatus")
    if wanted == "Cancelled" and job.state in _CANCELLABLE:
        job.state = DemoJobState.CANCELLING
    elif wanted == "Ready" and job.state is DemoJobState.SUSPENDED:
        job.state = DemoJobState.READY
    else:
        raise S3Error(400, "JobStatusException", f"The job is {job.state.value}: it cannot be {wanted}")
    job.reason = request.query.get("statusUpdateReason", "")
    told = f"<JobId>{job.job_id}</JobId><Status>{job.state.value}</Status>"
    return ServerResponse.xml("UpdateJobStatusResult", told)


def _bad(message: str) -> S3Error:
    return S3Error(400, "BadRequestException", message)
