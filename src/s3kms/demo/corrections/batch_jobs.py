"""S3 Batch Operations: jobs of UpdateObjectEncryption that are really carried out; moto knows none.

A job goes on whenever it is looked at, by one state or one lot of tasks, so that nothing here waits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree as ET  # the only XML read is our own client's

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.sts.models import sts_backends

from s3kms.demo.batch_faults import ReportLie
from s3kms.demo.corrections.batch_lists import (
    JobTask,
    ManifestUnusable,
    element_of,
    generated_tasks,
    listed_tasks,
    text_of,
)
from s3kms.demo.corrections.batch_reports import ReportWriter, TaskResult
from s3kms.demo.corrections.http import S3_NAMESPACE, S3Error, ServerRequest, ServerResponse
from s3kms.demo.corrections.ownership import bucket_named
from s3kms.demo.corrections.policies import covers, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3kms.demo.batch_faults import BatchFaults
    from s3kms.demo.corrections.http import ServerFaults

    Serve = Callable[[ServerRequest], ServerResponse | None]

SERVICE = "batchoperations.s3.amazonaws.com"
_MIN_TASKS_JUDGED = 1000
"""From then on a job fails whose tasks fail more often than not (fact D11)."""


class DemoJobState(StrEnum):
    """The states of a job, as AWS spells them (fact D11)."""

    NEW = "New"
    PREPARING = "Preparing"
    SUSPENDED = "Suspended"
    READY = "Ready"
    ACTIVE = "Active"
    COMPLETING = "Completing"
    COMPLETE = "Complete"
    CANCELLING = "Cancelling"
    CANCELLED = "Cancelled"
    FAILING = "Failing"
    FAILED = "Failed"


ENDED = {DemoJobState.COMPLETE, DemoJobState.CANCELLED, DemoJobState.FAILED}
_NEXT = {
    DemoJobState.NEW: DemoJobState.PREPARING,
    DemoJobState.COMPLETING: DemoJobState.COMPLETE,
    DemoJobState.CANCELLING: DemoJobState.CANCELLED,
    DemoJobState.FAILING: DemoJobState.FAILED,
}


@dataclass(slots=True)
class DemoJob:
    """One job, with the request that made it."""

    job_id: str
    account: str
    region: str
    request: ET.Element
    body: bytes
    number: int
    """Of all jobs, from 1."""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    state: DemoJobState = DemoJobState.NEW
    tasks: list[JobTask] = field(default_factory=list)
    results: list[TaskResult] = field(default_factory=list)
    failure: tuple[str, str] | None = None
    reason: str = ""
    _access_key: str = ""

    @property
    def role(self) -> str:
        """The ARN of the role that it works as."""
        return text_of(self.request, "RoleArn")

    def lie_of(self, faults: BatchFaults) -> ReportLie | None:
        """What is untrue about this job."""
        return faults.lie if self.number > faults.honest_jobs else None

    def go_on(self, faults: ServerFaults, serve: Serve) -> None:
        """From one state to the next, or by one lot of tasks."""
        if self.state in ENDED or faults.batch.stalls_in == self.state.value:
            return
        if self.state in {DemoJobState.COMPLETING, DemoJobState.CANCELLING, DemoJobState.FAILING}:
            self._report(faults.batch)
        if self.state in _NEXT:
            self.state = _NEXT[self.state]
        elif self.state is DemoJobState.PREPARING:
            self._prepare(faults.batch)
        elif self.state is DemoJobState.READY:
            self.state = DemoJobState.ACTIVE
        elif self.state is DemoJobState.ACTIVE:
            self._work(faults, serve)

    def _prepare(self, faults: BatchFaults) -> None:
        try:
            self._require_role()
            self.tasks = self._list_tasks(faults)
        except ManifestUnusable as error:
            self.failure, self.state = (error.code, error.reason), DemoJobState.FAILING
            return
        confirm = text_of(self.request, "ConfirmationRequired") == "true"
        self.state = DemoJobState.SUSPENDED if confirm else DemoJobState.READY

    def _list_tasks(self, faults: BatchFaults) -> list[JobTask]:
        manifest = element_of(self.request, "Manifest")
        generator = element_of(self.request, "ManifestGenerator/S3JobManifestGenerator")
        tasks: list[JobTask] = []
        if manifest is not None:
            self._require_manifest_readable(manifest)
            tasks = listed_tasks(manifest)
        elif generator is not None:
            if not self._allows("s3:PutInventoryConfiguration", text_of(generator, "SourceBucket")):
                raise ManifestUnusable("AccessDenied", "The role cannot have the list generated")
            tasks = generated_tasks(generator, noncurrent=faults.lists_noncurrent)
        if not tasks:
            raise ManifestUnusable("EmptyManifest", "The manifest has no objects")
        return tasks

    def _require_role(self) -> None:
        role = self._role()
        trusted = role is not None and any(
            statement.get("Effect") == "Allow"
            and SERVICE in listed((statement.get("Principal") or {}).get("Service"))
            for statement in listed(json.loads(role.assume_role_policy_document).get("Statement"))
        )
        if not trusted:
            raise ManifestUnusable("AccessDenied", f"S3 Batch Operations cannot assume {self.role}")

    def _require_manifest_readable(self, manifest: ET.Element) -> None:
        if not self._allows("s3:GetObject", text_of(manifest, "Location/ObjectArn")):
            raise ManifestUnusable("AccessDenied", "Reading the manifest is forbidden: AccessDenied")

    def _role(self) -> Any | None:
        try:
            return iam_backends[self.account]["aws"].get_role_by_arn(self.role)
        except NotFoundException:
            return None

    def _allows(self, action: str, resource: str) -> bool:
        """Whether the inline policies of the role allow it: no condition is judged, no attached policy read."""
        role = self._role()
        return role is not None and any(
            statement.get("Effect") == "Allow"
            and covers(statement, "Action", action, ignore_case=True)
            and covers(statement, "Resource", resource, ignore_case=False)
            for document in role.policies.values()
            for statement in listed(json.loads(document).get("Statement"))
        )

    def _work(self, faults: ServerFaults, serve: Serve) -> None:
        start = len(self.results)
        for task in self.tasks[start : start + faults.batch.tasks_per_look]:
            self.results.append(self._carry_out(task, faults, serve))
        failed = sum(1 for one in self.results if one.code)
        if len(self.results) >= _MIN_TASKS_JUDGED and failed * 2 > len(self.results):
            self.failure = ("TaskFailureThreshold", "Job failure rate exceeded 50%")
            self.state = DemoJobState.FAILING
        elif len(self.results) == len(self.tasks):
            self.state = DemoJobState.COMPLETING

    def _carry_out(self, task: JobTask, faults: ServerFaults, serve: Serve) -> TaskResult:
        if (error := faults.batch.error_of_task(task.key)) is not None:
            return TaskResult(task, error.status, error.code, error.message)
        arn = f"arn:aws:s3:::{task.bucket}/{task.key}"
        key = text_of(self.request, f"{_SSE_KMS}/KMSKeyArn")
        if not self._allows("s3:UpdateObjectEncryption", arn) or not self._allows("kms:GenerateDataKey", key):
            return TaskResult(task, 403, "AccessDenied", "Access Denied")
        if self.lie_of(faults.batch) is ReportLie.NOTHING_DONE:
            return TaskResult(task, 200, "", "Successful")
        if faults.batch.overwrites:
            self._overwrite(task)
            return TaskResult(task, 200, "", "Successful")
        try:
            serve(self._task_request(task, faults))
        except S3Error as refused:
            return TaskResult(task, refused.status, refused.code, refused.message)
        return TaskResult(task, 200, "", "Successful")

    def _overwrite(self, task: JobTask) -> None:
        """Take the task for a write, as servers do that do not know the operation (fact D31)."""
        bucket = bucket_named(task.bucket)
        if bucket is not None:
            backend = s3_backends[bucket.account_id]["aws"]
            backend.put_object(task.bucket, task.key, b"<ObjectEncryption/>", encryption="aws:kms")

    def _task_request(self, task: JobTask, faults: ServerFaults) -> ServerRequest:
        """UpdateObjectEncryption, as the role sends it."""
        if not self._access_key:
            session = sts_backends[self.account]["aws"].assume_role(
                self.region, "s3-batch-operations", self.role, "", 3600, ""
            )
            self._access_key = session.access_key_id
        query = {"encryption": "", **({"versionId": task.version} if task.version else {})}
        part = element_of(self.request, _SSE_KMS)
        inside = "" if part is None else ET.tostring(part, encoding="unicode")
        body = f'<ObjectEncryption xmlns="{S3_NAMESPACE}">{inside}</ObjectEncryption>'.encode()
        environ = {
            "REQUEST_METHOD": "PUT",
            "PATH_INFO": f"/{task.bucket}/{task.key}",
            "RAW_URI": f"/{task.bucket}/{quote(task.key)}",
            "HTTP_X_AMZ_CHECKSUM_CRC32": "of a task",
        }
        request = ServerRequest(environ, body, "s3", self.region, self._access_key, query)
        request.operation, request.account = "UpdateObjectEncryption", self.account
        request.faults = faults
        return request

    def _report(self, faults: BatchFaults) -> None:
        report = element_of(self.request, "Report")
        if report is None or not self.results or text_of(report, "Enabled") != "true":
            return  # no report where no task was carried out (fact D12)
        bucket = bucket_named(text_of(report, "Bucket").removeprefix("arn:aws:s3:::"))
        prefix = text_of(report, "Prefix")
        if bucket is None or not self._allows("s3:PutObject", f"arn:aws:s3:::{bucket.name}/{prefix}/x"):
            return
        folder = f"{prefix}/job-{self.job_id}" if prefix else f"job-{self.job_id}"
        ReportWriter(bucket, folder, faults.rows_per_file, self.lie_of(faults)).write(self.results)


_SSE_KMS = "Operation/S3UpdateObjectEncryption/ObjectEncryption/SSE-KMS"
