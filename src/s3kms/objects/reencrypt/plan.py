"""What a re-encryption of one bucket comes to, before anything happens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from s3kms.changes.planning.stored_objects import StoredObjects
from s3kms.changes.request import as_id
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import Refused
from s3kms.model.exits import Exit
from s3kms.model.object_costs import EngineEstimate
from s3kms.model.object_summary import EvidenceCoverage
from s3kms.model.objects import ObjectEncryption
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.objects.interface import EngineKind, SelectedCounts, Wanted
from s3kms.objects.reencrypt.assignment import SortedVersion
from s3kms.objects.reencrypt.request import ReencryptRequest
from s3kms.text.sanitize import printable


@dataclass(frozen=True, slots=True)
class PlannedObjects:
    """Versions of which the same is meant, for the same reason."""

    sort: SortedVersion
    encryption: ObjectEncryption | None
    """None of delete markers, and where it could not be told."""
    key_arn: str | None
    versions: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """What one engine is to do."""

    kind: EngineKind
    counts: SelectedCounts
    estimate: EngineEstimate | None
    """None where nothing is known of its cost."""


@dataclass(frozen=True, slots=True)
class ReencryptPlan:
    """One bucket: what is taken by which engine, what is left, what it harms and costs."""

    request: ReencryptRequest
    stored: StoredObjects
    wanted: Wanted
    coverage: EvidenceCoverage
    objects: tuple[PlannedObjects, ...]
    """What is moved first, by the number of versions."""
    unread: Mapping[str, int]
    """Versions that could not be looked at, by the reason's word."""
    looks: int
    """Objects that S3 was asked about one by one to know this."""
    engines: tuple[EnginePlan, ...]
    """Those that have something to do."""
    hazards: tuple[PlannedHazard, ...]
    notes: tuple[str, ...] = ()

    @property
    def versions(self) -> int:
        """How many are to be moved."""
        return sum(one.counts.versions for one in self.engines)

    @property
    def immovable(self) -> int:
        """How many are meant, and cannot be moved by the chosen engines."""
        return sum(one.versions for one in self.objects if one.sort.immovable)

    @property
    def unaccepted(self) -> tuple[PlannedHazard, ...]:
        """What stands in the way: hazards that nobody accepted by name."""
        return unaccepted_hazards(self.request, self.hazards)

    @property
    def is_certain(self) -> bool:
        """Whether all that is meant can be moved, and nothing stands in the way."""
        return not (self.immovable or self.unread or self.unaccepted)

    @property
    def dollars(self) -> float | None:
        """US dollars, as far as prices are known; None where they are not."""
        estimates = [one.estimate for one in self.engines]
        if not estimates or None in estimates:
            return None
        return sum(one.dollars for one in estimates if one is not None)

    @property
    def exit(self) -> Exit:
        """How a dry run ends."""
        return Exit.OK if self.is_certain else Exit.UNKNOWNS

    def check(self) -> None:
        """Raises Refused where a hazard stands in the way."""
        check_accepted_hazards(self.request, self.wanted.bucket, self.hazards)


def unaccepted_hazards(
    request: ReencryptRequest, hazards: Iterable[PlannedHazard]
) -> tuple[PlannedHazard, ...]:
    """What stands in the way: hazards that nobody accepted by name."""
    accept = request.accepted
    return tuple(
        one for one in hazards if one.plan_class is not PlanClass.READY and as_id(one.id) not in accept
    )


def check_accepted_hazards(request: ReencryptRequest, bucket: str, hazards: Iterable[PlannedHazard]) -> None:
    """Raises Refused where a hazard stands in the way."""
    if waiting := unaccepted_hazards(request, hazards):
        first = waiting[0]
        names = ", ".join(dict.fromkeys(one.id.replace("_", "-") for one in waiting))
        advice = first.advice
        if all(as_id(one.id) in request.acceptable for one in waiting):
            accept = "{first}; or accept the hazard by name: {accept}"
            advice = Advice(accept, {"first": first.advice, "accept": Option("accept", names)})
        raise Refused(
            f"no object of s3://{printable(bucket)} was changed: blocked by "
            f"{first.id.replace('_', '-')}: {first.why}",
            advice=advice,
        )
