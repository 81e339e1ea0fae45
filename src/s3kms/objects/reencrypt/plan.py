"""The plan of a re-encryption of one bucket, before anything is changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from s3kms.changes.planning.stored_objects import StoredObjects
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import Refused
from s3kms.model.exits import Exit
from s3kms.model.hazard_ids import as_id, as_written
from s3kms.model.object_costs import EngineEstimate
from s3kms.model.object_summary import EvidenceCoverage
from s3kms.model.objects import ObjectEncryption
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.model.scan_context import ScanContext
from s3kms.objects.interface import EngineKind, SelectedCounts, Wanted
from s3kms.objects.reencrypt.assignment import SortedVersion
from s3kms.objects.reencrypt.request import ReencryptRequest
from s3kms.text.sanitize import printable


@dataclass(frozen=True, slots=True)
class PlannedObjects:
    """Versions with the same planned action, for the same reason."""

    sort: SortedVersion
    encryption: ObjectEncryption | None
    """None for delete markers, and where it is unknown."""
    key_arn: str | None
    versions: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """The part of a plan that one engine carries out."""

    kind: EngineKind
    counts: SelectedCounts
    estimate: EngineEstimate | None
    """None where the cost is unknown."""


@dataclass(frozen=True, slots=True)
class ReencryptPlan:
    """The plan of one bucket: what each engine re-encrypts, what is skipped, the hazards and the cost."""

    request: ReencryptRequest
    stored: StoredObjects
    wanted: Wanted
    coverage: EvidenceCoverage
    objects: tuple[PlannedObjects, ...]
    """Re-encrypted versions first, each group ordered by the number of versions."""
    unread: Mapping[str, int]
    """How many versions could not be read, by reason."""
    looks: int
    """Number of objects that were read one by one with HeadObject."""
    engines: tuple[EnginePlan, ...]
    """The engines that re-encrypt at least one version."""
    hazards: tuple[PlannedHazard, ...]
    notes: tuple[str, ...] = ()
    context: ScanContext | None = None
    """As whom and when it was made, and by which s3kms."""

    @property
    def versions(self) -> int:
        """How many versions are to be re-encrypted."""
        return sum(one.counts.versions for one in self.engines)

    @property
    def immovable(self) -> int:
        """How many selected versions the chosen engines cannot re-encrypt."""
        return sum(one.versions for one in self.objects if one.sort.immovable)

    @property
    def unaccepted(self) -> tuple[PlannedHazard, ...]:
        """The hazards that block the run: those that were not accepted by name."""
        return unaccepted_hazards(self.request, self.hazards)

    @property
    def is_certain(self) -> bool:
        """Whether every selected version can be re-encrypted, and no hazard blocks the run."""
        return not (self.immovable or self.unread or self.unaccepted)

    @property
    def dollars(self) -> float | None:
        """The estimated cost in US dollars, as far as prices are known; None if they are unknown."""
        estimates = [one.estimate for one in self.engines]
        if not estimates or None in estimates:
            return None
        return sum(one.dollars for one in estimates if one is not None)

    @property
    def exit(self) -> Exit:
        """The exit code of a dry run."""
        return Exit.OK if self.is_certain else Exit.UNKNOWNS

    def check(self) -> None:
        """Raises Refused if a hazard blocks the run."""
        check_accepted_hazards(self.request, self.wanted.bucket, self.hazards)


def unaccepted_hazards(
    request: ReencryptRequest, hazards: Iterable[PlannedHazard]
) -> tuple[PlannedHazard, ...]:
    """The hazards that block the run: those that were not accepted by name."""
    accept = request.accepted
    return tuple(
        one for one in hazards if one.plan_class is not PlanClass.READY and as_id(one.id) not in accept
    )


def check_accepted_hazards(request: ReencryptRequest, bucket: str, hazards: Iterable[PlannedHazard]) -> None:
    """Raises Refused if a hazard blocks the run."""
    if waiting := unaccepted_hazards(request, hazards):
        first = waiting[0]
        names = ", ".join(dict.fromkeys(as_written(one.id) for one in waiting))
        advice = first.advice
        if all(as_id(one.id) in request.acceptable for one in waiting):
            accept = "{first}; or accept the hazard by name: {accept}"
            advice = Advice(accept, {"first": first.advice, "accept": Option("accept", names)})
        raise Refused(
            f"no object of s3://{printable(bucket)} was changed: blocked by "
            f"{as_written(first.id)}: {first.why}",
            advice=advice,
        )
