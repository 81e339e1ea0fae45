"""The proof of a server that is not AWS: a job on a throw-away object, before there is any other (fact D31)."""

import asyncio
from dataclasses import replace
from pathlib import Path

from s3kms.aws.batch_operations import BatchJob, BatchJobs, ListedManifest
from s3kms.aws.job_files import JobFiles
from s3kms.model.errors import BadAnswer
from s3kms.model.objects import ObjectPlace, ObjectVersion
from s3kms.objects.engines.batch.jobs import JobNames, request_of
from s3kms.objects.engines.batch.lists import list_row
from s3kms.objects.engines.batch.options import BatchOptions
from s3kms.objects.engines.update.checks import RequestBody
from s3kms.objects.engines.update.proof import EndpointProof
from s3kms.objects.interface import EngineContext

_MAX_LOOKS = 1000


class JobProof(EndpointProof):
    """Tries a job of UpdateObjectEncryption on an object of its own. Belongs to one run over one bucket."""

    what = "S3 Batch Operations"

    def __init__(
        self, context: EngineContext, body: RequestBody, options: BatchOptions, jobs: BatchJobs
    ) -> None:
        """The options name the bucket of the jobs and their role."""
        super().__init__(context, body)
        self._options, self._jobs = options, jobs

    async def _change(self, place: ObjectPlace) -> None:
        """Have a job change the object. Raises AwsError; BadAnswer for a job that does not change it."""
        wanted, options = self._context.wanted, self._options
        names = JobNames(self._context.run, wanted.bucket)
        own = JobNames(
            f"{self._context.run} {place.key}", wanted.bucket
        )  # at a resume another object, another job
        listed = ObjectVersion(wanted.bucket, place.key, place.version_id)
        path = self._context.folder / "batch" / "proof.csv"
        etag = await asyncio.to_thread(self._send, path, list_row(listed), f"{names.folder}/proof.csv")
        objects = ListedManifest(
            options.bucket or "", f"{names.folder}/proof.csv", etag, place.version_id is not None
        )
        request = replace(
            request_of(wanted, names, "0", objects, options),
            token=own.token("0"),
            description=own.description("0"),
        )
        job_id = await asyncio.to_thread(self._jobs.create, request)
        job = await self._follow(job_id)
        if job.failed or job.failures or job.succeeded != 1:
            why = "; ".join(job.failures) or f"{job.failed} of {job.total} tasks failed"
            raise BadAnswer(f"its job {job_id} ended {job.state.value}: {why}")

    def _send(self, path: Path, row: bytes, key: str) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(row)
        files = JobFiles(self._context.connection, self._options.bucket or "", self._context.wanted.region)
        etag = files.send_list(path, key)
        path.unlink()
        return etag

    async def _follow(self, job_id: str) -> BatchJob:
        for _ in range(_MAX_LOOKS):
            job = await asyncio.to_thread(self._jobs.describe, job_id)
            if job.state.has_ended:
                return job
            await asyncio.sleep(self._options.first_look_seconds)
        raise BadAnswer(f"its job {job_id} did not end: its status is {job.state.value}")
