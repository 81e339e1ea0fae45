"""A run over objects read back from its journal, to go on with it or to look at what it did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from s3kms.changes.runs import Run, read_run
from s3kms.changes.stored_objects.kind import OBJECTS, ObjectsEntry
from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice, Command
from s3kms.model.errors import BadInput, Refused
from s3kms.model.plan import PlannedHazard
from s3kms.model.targets import Target
from s3kms.objects.interface import Wanted
from s3kms.objects.log.state import LogState, read_state
from s3kms.objects.reencrypt.plan import check_accepted_hazards
from s3kms.objects.reencrypt.request import ReencryptRequest
from s3kms.objects.reencrypt.run import ReencryptResult, log_path, result_of
from s3kms.objects.selection import VersionScope

_TUPLES = frozenset({"regions", "engines", "from_keys", "include", "accept"})


@dataclass(frozen=True, slots=True)
class ResumedRun:
    """The request of a run, and its progress according to its log."""

    run: str
    folder: Path
    journal: Run
    entry: ObjectsEntry
    request: ReencryptRequest
    state: LogState

    @property
    def result(self) -> ReencryptResult:
        """What it came to so far."""
        return result_of(self.run, self.folder, self.state)

    @property
    def request_of_bucket(self) -> ReencryptRequest:
        """The request, limited to the bucket of the run."""
        return replace(self.request, targets=(Target(self.entry.bucket),))

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to go on with."""
        state = self.state
        is_moved = state.is_evidence_read and not state.open and not state.failed
        return is_moved and state.verified is not None

    def check(self, wanted: Wanted, hazards: Iterable[PlannedHazard]) -> None:
        """Raises Refused where the default of the bucket is not what it was, where nothing is left to do, and where a
        hazard that was not accepted blocks the run.
        """
        check_accepted_hazards(self.request, wanted.bucket, hazards)
        if self.is_complete:
            raise Refused(
                f"run {self.run} is complete",
                advice=Advice(
                    "to verify again what it changed: {verify}", {"verify": Command("verify", (self.run,))}
                ),
            )
        if (wanted.account, wanted.key_arn, wanted.bucket_key) != (
            self.entry.account,
            self.entry.key,
            self.entry.bucket_key,
        ):
            raise Refused(
                f"the default encryption of s3://{wanted.bucket} has changed since run {self.run} "
                f"started: {self.entry.key} then, {wanted.key_arn} now",
                advice="start a new run, which re-encrypts with the key of the default encryption",
            )

    def check_evidence(self, identity: str) -> None:
        """Raises Refused where the evidence is other than it was: its places would mean other objects."""
        if identity != self.state.header.get("evidence"):
            raise Refused(
                f"the evidence is not the one that run {self.run} was started with",
                advice="use the same evidence, unchanged, or start a new run",
            )


def read_resumed_run(folder: Path, run: str, configuration: Configuration) -> ResumedRun:
    """A run over objects. Raises BadInput for another sort of run, Refused where its files were changed."""
    journal = read_run(folder, run)
    if journal.header.kind != OBJECTS.name:
        raise BadInput(
            f"run {run} changed {journal.header.kind}, not objects",
            advice=Advice("list runs with {runs}", {"runs": Command("runs")}),
        )
    if not journal.changes:
        raise BadInput(f"run {run} ended before it changed anything", advice="start a new run")
    request = request_of(journal.header.request or {}, configuration)
    return ResumedRun(run, folder, journal, journal.changes[0], request, read_state(log_path(folder, run)))


def request_of(record: Mapping[str, Any], configuration: Configuration) -> ReencryptRequest:
    """The request from its record in a journal. Raises BadInput if it is invalid."""
    known = {one.name for one in fields(ReencryptRequest)} - {"targets", "configuration"}
    values = {name: value for name, value in record.items() if name in known}
    try:
        for name in _TUPLES & values.keys():
            values[name] = tuple(map(str, values[name]))
        if "settings" in values:
            values["settings"] = tuple((str(name), str(value)) for name, value in values["settings"])
        if "versions" in values:
            values["versions"] = VersionScope(values["versions"])
        targets = tuple(Target(str(one).removeprefix("s3://")) for one in record["targets"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"the journal does not contain a valid request: {error}") from error
    return ReencryptRequest(targets=targets, configuration=configuration, **values)
