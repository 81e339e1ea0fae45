"""The library's methods for existing objects: plan, re-encrypt, resume, verify."""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

from s3kms.client_base import ClientBase, in_thread
from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Wording, library_wording
from s3kms.model.errors import NothingToCheck, Refused
from s3kms.options import read_configuration
from s3kms.scan.targets import parse_bucket_targets

if TYPE_CHECKING:
    from s3kms.changes.planning.stored_objects import StoredObjects
    from s3kms.objects.reencrypt.pacing import ReencryptProgress
    from s3kms.objects.reencrypt.plan import ReencryptPlan
    from s3kms.objects.reencrypt.request import ReencryptRequest
    from s3kms.objects.reencrypt.resuming import ResumedRun
    from s3kms.objects.reencrypt.run import ReencryptCallbacks, ReencryptResult
    from s3kms.objects.reencrypt.verification import ObjectVerification

T = TypeVar("T")


class ReencryptOptions(TypedDict, total=False):
    """The options of `Client.plan_reencrypt`, by keyword."""

    regions: Iterable[str]
    key: str | None
    """The key that the default encryption must use; None accepts any."""
    engines: Iterable[str]
    """The engines that may be used, in order of preference; empty is `update`."""
    from_keys: Iterable[str]
    """ARNs of other KMS keys whose objects are re-encrypted, too."""
    include: Iterable[str]
    """Objects to include under SSE-C (`ssec`) or DSSE-KMS (`dsse`)."""
    versions: str
    """Versions to re-encrypt: `all` or `current`."""
    prefix: str
    source: str | Path | None
    """The evidence: the manifest of an inventory, `inventory`, or `listing`."""
    accept: Iterable[str]
    """Ids of the hazards that are accepted."""
    canary: int
    """Number of objects that are re-encrypted and verified before all others (10)."""
    reader_profile: str | None
    max_error_share: float
    """Share of failed objects, of 1, above which the run stops (0.05)."""
    verify_all: int
    """Up to this many objects, all are verified at the end; of more, a sample (100,000)."""
    settings: Mapping[str, str]
    """Engine-specific settings, by name."""
    configuration: str | Path | Configuration | None
    """A configuration file, or a configuration; None is an empty one."""


@dataclass(frozen=True, slots=True)
class ReencryptPlans:
    """The plans of a re-encryption, one per bucket."""

    plans: "tuple[ReencryptPlan, ...]"
    refused: tuple[Refused, ...]
    """Buckets whose objects are not re-encrypted, because their default encryption is not as wanted."""


def build_reencrypt_request(targets: Iterable[str], options: Mapping[str, Any]) -> "ReencryptRequest":
    """Build a request from options; it is not checked yet. Raises BadInput."""
    from s3kms.objects.reencrypt.request import ReencryptRequest
    from s3kms.objects.selection import VersionScope

    values = dict(options)
    for name in values.keys() & {"regions", "engines", "from_keys", "include", "accept"}:
        values[name] = tuple(values[name])
    if "settings" in values:
        values["settings"] = tuple(dict(values["settings"]).items())
    if "versions" in values:
        values["versions"] = VersionScope(values["versions"])
    if values.get("source") is not None:
        values["source"] = str(values["source"])
    configuration = values.pop("configuration", None)
    if configuration is not None:
        values["configuration"] = read_configuration(configuration)
    return ReencryptRequest(targets=parse_bucket_targets(tuple(targets)), **values)


def reencrypt_plan_document(plan: "ReencryptPlan", wording: Wording = library_wording) -> dict[str, Any]:
    """A plan as JSON data, version 1."""
    from s3kms.objects.reencrypt.document import plan_document

    return plan_document(plan, wording)


def reencrypt_result_document(
    result: "ReencryptResult", wording: Wording = library_wording
) -> dict[str, Any]:
    """The result of a run as JSON data, version 1."""
    from s3kms.objects.reencrypt.document import result_document

    return result_document(result, wording)


def describe_reencrypt_progress(progress: "ReencryptProgress") -> str:
    """The progress of a run, on one line."""
    from s3kms.objects.reencrypt.document import describe_progress

    return describe_progress(progress)


def reencrypt_callbacks(
    *, is_paused: Callable[[], bool], should_stop: Callable[[], bool], **listening: Any
) -> "ReencryptCallbacks":
    """Callbacks for a caller that pauses and stops the run; `listening` are fields of `ReencryptCallbacks`."""
    from s3kms.objects.reencrypt.pacing import RunControl
    from s3kms.objects.reencrypt.run import ReencryptCallbacks

    return ReencryptCallbacks(control=RunControl(is_paused, should_stop), **listening)


class ReencryptMethods(ClientBase):
    """The methods of a client for existing objects."""

    def plan_reencrypt(self, *targets: str, **options: Unpack[ReencryptOptions]) -> ReencryptPlans:
        """Plan the re-encryption of existing objects with the key of their bucket's default encryption.

        Lists the buckets, and reads every object whose encryption the evidence does not include. Writes nothing.
        Raises BadInput, NothingToCheck, Refused if no bucket can be planned for, AwsError.
        """
        return self.plan_reencrypt_request(build_reencrypt_request(targets, options))

    def plan_reencrypt_request(
        self, request: "ReencryptRequest", *, on_note: Callable[[str], object] = lambda _: None
    ) -> ReencryptPlans:
        """Plan as `plan_reencrypt` does, for a request; `on_note` is called with the cost of the evidence first."""
        from s3kms.objects.reencrypt.evidence import describe_reading
        from s3kms.objects.reencrypt.spine import plan_reencryption

        request.check()
        connection = self.connect()
        plans: list[ReencryptPlan] = []
        refused: list[Refused] = []
        for found in self._stored(request):
            if isinstance(found, Refused):
                refused.append(found)
                continue
            if note := describe_reading(request, found.bucket):
                on_note(note)
            plans.append(_only(partial(plan_reencryption, request, found, connection)))
        if not plans:
            raise (
                refused[0]
                if refused
                else NothingToCheck("no bucket was found whose objects can be re-encrypted")
            )
        return ReencryptPlans(tuple(plans), tuple(refused))

    def reencrypt(
        self,
        plan: "ReencryptPlan",
        *,
        callbacks: "ReencryptCallbacks | None" = None,
        command: str = "",
    ) -> "ReencryptResult":
        """Carry out the plan of one bucket: canary, all other objects, verification; with a journal and a log.

        Raises Refused before anything is written. Later problems are in the result (`.stopped`, `.exit`), and
        `resume_reencrypt` continues the run.
        """
        from s3kms.objects.reencrypt.run import ReencryptCallbacks
        from s3kms.objects.reencrypt.spine import carry_out_plan

        connection, heard = self.connect(), callbacks or ReencryptCallbacks()
        return _only(lambda: carry_out_plan(plan, connection, self.journal, heard, command))

    def resume_reencrypt(
        self,
        run: str,
        *,
        callbacks: "ReencryptCallbacks | None" = None,
        configuration: str | Path | Configuration | None = None,
    ) -> "ReencryptResult":
        """Resume a run that was stopped or killed: nothing is done twice, and nothing is skipped.

        Raises BadInput, and Refused if the bucket, its default encryption or the evidence has changed.
        """
        from s3kms.objects.reencrypt.run import ReencryptCallbacks
        from s3kms.objects.reencrypt.spine import continue_run

        resumed, stored = self._resumed(run, configuration)
        connection, heard = self.connect(), callbacks or ReencryptCallbacks()
        return _only(lambda: continue_run(resumed, stored, connection, heard))

    def read_reencrypt(self, run: str) -> "ReencryptResult":
        """The result of a run so far, from its log. Does not call AWS. Raises BadInput, Refused."""
        from s3kms.objects.reencrypt.resuming import read_resumed_run

        return read_resumed_run(self.journal, run, Configuration()).result

    def left_objects(self, run: str) -> Iterator[dict[str, Any]]:
        """The versions that a run did not re-encrypt, with the reasons, from its log. Does not call AWS.

        Raises BadInput, Refused.
        """
        from s3kms.objects.reencrypt.document import left_document
        from s3kms.objects.reencrypt.leftovers import left_versions
        from s3kms.objects.reencrypt.resuming import read_resumed_run
        from s3kms.objects.reencrypt.run import log_path

        bucket = read_resumed_run(self.journal, run, Configuration()).entry.bucket
        return map(left_document, left_versions(log_path(self.journal, run), bucket))

    def verify_objects(self, run: str) -> "ObjectVerification":
        """Verify again the objects that a run changed; writes nothing. Raises BadInput, Refused, AwsError."""
        from s3kms.objects.reencrypt.spine import verify_run

        resumed, stored = self._resumed(run, None)
        connection = self.connect()
        return _only(lambda: verify_run(resumed, stored, connection))

    def _resumed(
        self, run: str, configuration: str | Path | Configuration | None
    ) -> "tuple[ResumedRun, StoredObjects]":
        from s3kms.objects.reencrypt.resuming import read_resumed_run

        stated = Configuration() if configuration is None else read_configuration(configuration)
        resumed = read_resumed_run(self.journal, run, stated)
        (found,) = self._stored(resumed.request_of_bucket)
        if isinstance(found, Refused):
            raise found
        return resumed, found

    def _stored(self, request: "ReencryptRequest") -> "Iterable[StoredObjects | Refused]":
        from s3kms.changes.planning.stored_objects import read_stored_objects

        today = datetime.now(UTC).date()
        return read_stored_objects(request.as_plan(), self.connect(), today)


class AsyncReencryptMethods(ClientBase):
    """The methods of an asynchronous client for existing objects; each runs in a thread."""

    async def plan_reencrypt(self, *targets: str, **options: Unpack[ReencryptOptions]) -> ReencryptPlans:
        """Plan the re-encryption of existing objects; see `Client.plan_reencrypt`."""
        return await in_thread(lambda: self._methods().plan_reencrypt(*targets, **options))

    async def reencrypt(
        self, plan: "ReencryptPlan", *, callbacks: "ReencryptCallbacks | None" = None
    ) -> "ReencryptResult":
        """Carry out the plan of one bucket; see `Client.reencrypt`. Canceling the task does not interrupt it;
        callbacks with a `RunControl` do.
        """
        return await in_thread(lambda: self._methods().reencrypt(plan, callbacks=callbacks))

    async def resume_reencrypt(
        self, run: str, *, callbacks: "ReencryptCallbacks | None" = None
    ) -> "ReencryptResult":
        """Resume a run; see `Client.resume_reencrypt`."""
        return await in_thread(lambda: self._methods().resume_reencrypt(run, callbacks=callbacks))

    async def verify_objects(self, run: str) -> "ObjectVerification":
        """Verify again the objects that a run changed; see `Client.verify_objects`."""
        return await in_thread(lambda: self._methods().verify_objects(run))

    def _methods(self) -> ReencryptMethods:
        """The synchronous methods, with this one's connection."""
        methods = ReencryptMethods(**self._settings, journal=self._journal)
        methods._connection = self.connect()  # noqa: SLF001 - one of ours
        return methods


def _only(stream: Callable[[], AsyncGenerator[T]]) -> T:
    from s3kms.aws.sync import iterate_sync

    (found,) = iterate_sync(stream)
    return found
