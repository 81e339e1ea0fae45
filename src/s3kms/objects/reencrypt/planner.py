"""From a bucket to the plan of its objects: evidence, selection, engines, hazards, cost. Writes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.changes.planning.classify import by_gravity
from s3kms.changes.planning.stored_objects import StoredObjects
from s3kms.model.object_costs import EngineEstimate
from s3kms.model.object_summary import EvidenceKind
from s3kms.model.objects import ObjectEncryption
from s3kms.model.plan import PlannedHazard
from s3kms.objects.context import context_of_objects
from s3kms.objects.cost import EstimateConditions, ObjectGroup
from s3kms.objects.estimate import ENGINE_COSTS, advise_engine, estimate_engines, estimate_notes
from s3kms.objects.evidence.interface import ObjectEvidence
from s3kms.objects.interface import EngineContext, EngineKind, Wanted
from s3kms.objects.prices import OBJECT_PRICES
from s3kms.objects.reencrypt.assignment import SortedVersion, VersionSorter
from s3kms.objects.reencrypt.counting import VersionCounts, count_versions
from s3kms.objects.reencrypt.evidence import open_rows
from s3kms.objects.reencrypt.inclusion import inclusion_hazards
from s3kms.objects.reencrypt.plan import EnginePlan, PlannedObjects, ReencryptPlan
from s3kms.objects.reencrypt.request import ReencryptRequest
from s3kms.objects.selection import ALWAYS_TAKEN

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.aws.s3.client import S3Client


def wanted_of(stored: StoredObjects) -> Wanted:
    """What the objects of a bucket are brought under: the key of its default."""
    return Wanted(
        stored.bucket, stored.region, stored.account, stored.key, stored.bucket_key, stored.is_aws_managed
    )


class NoMarks:
    """The marks of an engine that is opened to plan: there are none, and none can be put."""

    def put(self, name: str, text: str) -> None:
        """Nothing is kept: a plan writes nothing."""
        raise AssertionError(f"a plan puts no mark {name} ({text})")

    def all(self) -> dict[str, str]:
        """None."""
        return {}


async def plan_objects(
    request: ReencryptRequest, stored: StoredObjects, connection: "Connection", client: "S3Client"
) -> ReencryptPlan:
    """What the re-encryption of one bucket comes to. Raises BadInput, Refused, AwsError."""
    began = datetime.now(UTC)
    wanted = wanted_of(stored)
    sorter = VersionSorter(request.selection(wanted), request.chosen_engines)
    evidence = open_rows(request, wanted, client, connection)
    counts = await count_versions(evidence, sorter, client, wanted)
    objects = tuple(_planned(counts, sorter))
    conditions = _conditions(connection, wanted, counts, evidence)
    engines = tuple(_engine_plans(request, counts, sorter, conditions))
    hazards = [
        *stored.planned.hazards,
        *inclusion_hazards(
            request, ((one.encryption, one.key_arn, one.versions) for one in objects if one.sort.is_moved)
        ),
    ]
    for one in engines:
        context = EngineContext(
            wanted=wanted,
            selection=sorter.selection,
            client=client,
            connection=connection,
            run="",
            marks=NoMarks(),
            folder=Path(),
            settings=settings_of(request, one.kind),
            canary=request.canary,
            prefix=request.prefix,
        )
        hazards += await one.kind.open(context).hazards(one.counts)
    return ReencryptPlan(
        request=request,
        stored=stored,
        wanted=wanted,
        coverage=evidence.coverage,
        objects=objects,
        unread=counts.unread,
        looks=counts.looks,
        engines=engines,
        hazards=_distinct(by_gravity(hazards)) if engines else (),
        notes=tuple(_notes(engines, conditions, counts)),
        context=context_of_objects(began, connection, wanted.bucket),
    )


def _notes(
    engines: tuple[EnginePlan, ...], conditions: EstimateConditions, counts: VersionCounts
) -> Iterator[str]:
    """What the costs rest on, and the engine that is advised for so many objects, where it is another."""
    if not engines:
        return
    yield from estimate_notes(conditions)
    if any(one.kind.name == "update" for one in engines):
        groups = [one for one in counts.groups() if one.sample.encryption in ALWAYS_TAKEN]
        advised = advise_engine(estimate_engines(groups, conditions))
        if advised not in {one.kind.name for one in engines}:
            yield f"for this many objects, the engine {advised} is recommended: AWS runs it by itself"


def _conditions(
    connection: "Connection", wanted: Wanted, counts: VersionCounts, evidence: ObjectEvidence
) -> EstimateConditions:
    """A version id shows that the bucket is versioned; without one, versioning may have been enabled since."""
    return EstimateConditions(
        bucket_key=wanted.bucket_key,
        region=wanted.region,
        is_versioned=True if counts.has_version_ids else None,
        max_rps=connection.settings.max_rps,
        listed=counts.listed if evidence.coverage.kind is EvidenceKind.LISTING else counts.looks,
    )


def settings_of(request: ReencryptRequest, kind: EngineKind) -> dict[str, str]:
    """The settings of one engine."""
    return {name: value for name, value in request.settings if name in kind.settings}


def _planned(counts: VersionCounts, sorter: VersionSorter) -> Iterator[PlannedObjects]:
    """What is alike in what becomes of it, and in encryption and key: what is moved first, then by number."""
    found: dict[tuple[SortedVersion, ObjectEncryption | None, str | None], list[int]] = {}
    for group in counts.groups():
        sample = group.sample
        sum_ = found.setdefault((sorter.sort(sample), sample.encryption, sample.key_arn), [0, 0])
        sum_[0] += group.versions
        sum_[1] += group.bytes or 0
    planned = [PlannedObjects(*alike, *sum_) for alike, sum_ in found.items()]
    yield from sorted(planned, key=lambda one: (not one.sort.is_moved, not one.sort.immovable, -one.versions))


def _engine_plans(
    request: ReencryptRequest,
    counts: VersionCounts,
    sorter: VersionSorter,
    conditions: EstimateConditions,
) -> Iterator[EnginePlan]:
    for kind in request.chosen_engines:
        selected = counts.selected(sorter, kind.name)
        if selected.versions:
            groups = [one for one in counts.groups() if sorter.sort(one.sample).engine == kind.name]
            yield EnginePlan(kind, selected, _estimate(kind.name, groups, conditions))


def _estimate(
    engine: str, groups: list[ObjectGroup], conditions: EstimateConditions
) -> EngineEstimate | None:
    cost = ENGINE_COSTS.get(engine)
    return cost(groups, conditions, OBJECT_PRICES) if cost else None


def _distinct(hazards: list[PlannedHazard]) -> tuple[PlannedHazard, ...]:
    """What two engines say alike is said once."""
    return tuple({(one.id, one.why): one for one in hazards}.values())
