"""S3 Batch Operations: jobs that re-encrypt what a list names, made, followed and cancelled over S3 Control."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from botocore import xform_name

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.aws.s3.endpoints import is_aws_url
from s3kms.model import batch_operations as op
from s3kms.model.errors import AwsError
from s3kms.model.objects import ObjectEncryption
from s3kms.model.operations import Operation

MANIFEST_FORMAT = "S3BatchOperations_CSV_20180820"
GENERATED_FORMAT = "S3InventoryReport_CSV_20211130"
REPORT_FORMAT = "Report_CSV_20180820"
"""Fact D12, fact D13."""
MAX_TOKEN_CHARACTERS = 64
"""Of a ClientRequestToken, by the model."""
_PAGE_SIZE = 1000


class BatchJobState(StrEnum):
    """The states of a job, as AWS spells them (fact D11)."""

    NEW = "New"
    PREPARING = "Preparing"
    SUSPENDED = "Suspended"
    READY = "Ready"
    ACTIVE = "Active"
    PAUSING = "Pausing"
    PAUSED = "Paused"
    COMPLETING = "Completing"
    COMPLETE = "Complete"
    CANCELLING = "Cancelling"
    CANCELLED = "Cancelled"
    FAILING = "Failing"
    FAILED = "Failed"

    @property
    def has_ended(self) -> bool:
        """Whether a job stays in it for ever."""
        return self in {BatchJobState.COMPLETE, BatchJobState.CANCELLED, BatchJobState.FAILED}


@dataclass(frozen=True, slots=True)
class ListedManifest:
    """A list of ours, as an object of a bucket: CSV without a header, keys URL-encoded (fact D13)."""

    bucket: str
    key: str
    etag: str
    """Without quotes: AWS refuses another content than this."""
    has_versions: bool


@dataclass(frozen=True, slots=True)
class GeneratedManifest:
    """A list that S3 makes of a bucket, by exactly one filter (fact D9)."""

    bucket: str
    encryption: ObjectEncryption
    key_arn: str | None = None
    """Of SSE-KMS: the key that the objects are under. None is any."""
    bucket_key: bool | None = None
    """Of SSE-KMS: only objects with, or without, a bucket key."""
    prefix: str = ""
    """Keys that begin so alone."""


JobList = ListedManifest | GeneratedManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJobRequest:
    """A job as it is asked for. Two requests with one token have to be equal."""

    token: str
    """At most 64 characters; the same token finds the same job again (fact D11)."""
    description: str
    role_arn: str
    priority: int
    objects: JobList
    key_arn: str
    bucket_key: bool
    partition: str
    report_bucket: str
    report_prefix: str
    """Without a slash at its end: S3 puts one there itself (fact D12)."""


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What AWS says of a job. Numbers that it does not say are None, which is not 0."""

    job_id: str
    state: BatchJobState
    description: str = ""
    total: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    failures: tuple[str, ...] = ()
    """Why a failed job failed: code and reason of each."""
    suspended_cause: str = ""


@dataclass(slots=True)
class BatchJobs:
    """The jobs of one account in one region."""

    account: str
    region: str
    client: Any = field(repr=False)

    @classmethod
    def of(cls, connection: Connection, region: str) -> Self:
        """The jobs of the connection's account. Raises BadInput, CredentialsProblem."""
        jobs = cls(connection.account, region, connection.passing_client("s3control", region))
        if not jobs.is_aws:
            jobs.client.meta.events.register("before-sign.s3-control", _drop_account_from_host)
        return jobs

    @property
    def is_aws(self) -> bool:
        """Whether it is AWS that is asked, and no other server."""
        return is_aws_url(self.client.meta.endpoint_url)

    def create(self, request: BatchJobRequest) -> str:
        """The id of the job, which is that of an earlier call with the same token. Raises AwsError."""
        subject = f"a job on {_where(request.objects)}"
        answer = self._send(op.CREATE_JOB, subject, _request(request, self.account))
        job_id = answer.get("JobId")
        if not isinstance(job_id, str) or not job_id:
            raise bad_answer(op.CREATE_JOB, subject, "was answered without the id of a job")
        return job_id

    def describe(self, job_id: str) -> BatchJob:
        """What a job is at. Raises AwsError, NotFound for a job that is not there (any longer, fact D11)."""
        subject = f"job {job_id}"
        found = self._send(op.DESCRIBE_JOB, subject, {"JobId": job_id}).get("Job")
        if not isinstance(found, Mapping):
            raise bad_answer(op.DESCRIBE_JOB, subject, "was answered without a job")
        job = _read(found, op.DESCRIBE_JOB, subject)
        if job.job_id != job_id:
            raise bad_answer(op.DESCRIBE_JOB, subject, "was answered with another job")
        return job

    def list_jobs(self) -> Iterator[BatchJob]:
        """Every job that has not ended, and those that ended in the last 90 days (fact D11). Raises AwsError."""
        subject = f"account {self.account} in {self.region}"
        more: dict[str, str] = {}
        loop = RepeatedPages(op.LIST_JOBS, subject)
        while True:
            answer = self._send(op.LIST_JOBS, subject, {"MaxResults": _PAGE_SIZE, **more})
            rows = answer.get("Jobs")
            if not isinstance(rows, list):
                raise bad_answer(op.LIST_JOBS, subject, "was answered with no list of jobs")
            yield from (_read(row, op.LIST_JOBS, subject) for row in rows)
            token = answer.get("NextToken")
            if not token:
                return
            loop.watch(token, rows)
            more = {"NextToken": token}

    def cancel(self, job_id: str, reason: str) -> bool:
        """Ask for the end of a job; False where it has ended, or is about to, by itself. Raises AwsError."""
        asked = {"JobId": job_id, "RequestedJobStatus": "Cancelled", "StatusUpdateReason": reason[:256]}
        try:
            self._send(op.UPDATE_JOB_STATUS, f"job {job_id}", asked)
        except AwsError as error:
            if error.code == "JobStatusException":
                return False
            raise
        return True

    def _send(self, operation: Operation, subject: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        with translate_errors(operation, subject):
            method = getattr(self.client, xform_name(operation.name))
            answer: Mapping[str, Any] = method(AccountId=self.account, **request)
            return answer


def _drop_account_from_host(request: Any, **_: Any) -> None:
    """Undo what botocore does to any endpoint: another server's name need not resolve with an account before it."""
    at = urlsplit(request.url)
    account, _, host = at.netloc.partition(".")
    if len(account) == 12 and account.isdigit():  # noqa: PLR2004 - an account's digits
        request.url = urlunsplit(at._replace(netloc=host))


def _where(objects: JobList) -> str:
    return f"s3://{objects.bucket}"


def _request(request: BatchJobRequest, account: str) -> dict[str, Any]:
    """CreateJob's parameters. All places must be those of this account: another's would get to see the keys."""
    arn = f"arn:{request.partition}:s3:::"
    encryption = {"SSEKMS": {"KMSKeyArn": request.key_arn, "BucketKeyEnabled": request.bucket_key}}
    return {
        "ClientRequestToken": request.token,
        "ConfirmationRequired": False,
        "Description": request.description,
        "Priority": request.priority,
        "RoleArn": request.role_arn,
        "Operation": {"S3UpdateObjectEncryption": {"ObjectEncryption": encryption}},
        "Report": {
            "Enabled": True,
            "Bucket": arn + request.report_bucket,
            "Prefix": request.report_prefix,
            "Format": REPORT_FORMAT,
            "ReportScope": "AllTasks",
            "ExpectedBucketOwner": account,
        },
        **_list_parameters(request.objects, arn, account),
    }


def _list_parameters(objects: JobList, arn: str, account: str) -> dict[str, Any]:
    if isinstance(objects, GeneratedManifest):
        filters: dict[str, Any] = {"MatchAnyObjectEncryption": [_filter(objects)]}
        if objects.prefix:
            filters["KeyNameConstraint"] = {"MatchAnyPrefix": [objects.prefix]}
        generator = {
            "ExpectedBucketOwner": account,
            "SourceBucket": arn + objects.bucket,
            "EnableManifestOutput": False,
            "Filter": filters,
        }
        return {"ManifestGenerator": {"S3JobManifestGenerator": generator}}
    fields = ["Bucket", "Key", *(["VersionId"] if objects.has_versions else [])]
    location = {"ObjectArn": f"{arn}{objects.bucket}/{objects.key}", "ETag": objects.etag}
    return {"Manifest": {"Spec": {"Format": MANIFEST_FORMAT, "Fields": fields}, "Location": location}}


_FILTERS = {
    ObjectEncryption.SSE_S3: "SSES3",
    ObjectEncryption.SSE_KMS: "SSEKMS",
    ObjectEncryption.DSSE_KMS: "DSSEKMS",
    ObjectEncryption.SSE_C: "SSEC",
    ObjectEncryption.NOT_SSE: "NOTSSE",
}
"""As botocore names them (fact D9)."""


def _filter(objects: GeneratedManifest) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if objects.key_arn is not None:
        said["KmsKeyArn"] = objects.key_arn
    if objects.bucket_key is not None:
        said["BucketKeyEnabled"] = objects.bucket_key
    return {_FILTERS[objects.encryption]: said}


def _read(row: Mapping[str, Any], operation: Operation, subject: str) -> BatchJob:
    try:
        job_id, state = row["JobId"], BatchJobState(row["Status"])
    except (KeyError, TypeError, ValueError) as error:
        raise bad_answer(operation, subject, f"was answered with no job that is known: {error}") from error
    summary = row.get("ProgressSummary") or {}
    reasons = row.get("FailureReasons") or ()
    return BatchJob(
        job_id,
        state,
        str(row.get("Description") or ""),
        _count(summary.get("TotalNumberOfTasks")),
        _count(summary.get("NumberOfTasksSucceeded")),
        _count(summary.get("NumberOfTasksFailed")),
        tuple(": ".join(filter(None, (one.get("FailureCode"), one.get("FailureReason")))) for one in reasons),
        str(row.get("SuspendedCause") or ""),
    )


def _count(number: Any) -> int | None:
    return number if isinstance(number, int) and number >= 0 else None
