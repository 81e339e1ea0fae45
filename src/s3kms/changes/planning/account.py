"""The plan of one account's buckets."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from s3kms.access.observed import ObservedAccess
from s3kms.aws.connection import Connection
from s3kms.changes.buckets.keys import KeyDocuments, KeyExaminer
from s3kms.changes.buckets.operations import facts_needed_to_plan
from s3kms.changes.buckets.planner import BucketPlanner
from s3kms.changes.planning.access import access_hazards, mark_may_lose
from s3kms.changes.planning.classify import advise_key, by_gravity, class_of, find_hazards
from s3kms.changes.planning.cost import estimate_cost
from s3kms.changes.planning.deep import DeepFacts
from s3kms.changes.planning.digests import digests_of
from s3kms.changes.planning.found import AccountPlan, not_changed, unread_sentence
from s3kms.changes.planning.principals import Principals
from s3kms.changes.planning.request import PlanRequest
from s3kms.changes.usage import Siblings
from s3kms.hazards.interface import switch_between
from s3kms.model.bucket import Bucket
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, NotFound, Refused
from s3kms.model.identities import IamIdentity
from s3kms.model.observed import NO_OBSERVATIONS, Observations
from s3kms.model.plan import PlanClass, PlannedBucket, PlannedHazard
from s3kms.model.policy import PolicyDocument
from s3kms.model.request_metrics import RequestMetrics
from s3kms.model.stream import Note, ScanItem, TargetNotFound, Unlisted
from s3kms.model.targets import Target
from s3kms.model.unknown import NOT_READ, Unknown, known
from s3kms.sources.account import AccountSource
from s3kms.sources.request_metrics import read_request_metrics
from s3kms.sources.selection import Selection
from s3kms.sources.usage import read_usage

KEY_NOT_USABLE = "key_not_usable"
"""What stands where the id of a hazard stands, where the key that is wanted is the obstacle."""
OWNER_TAGS = ("Owner", "owner")


OnPlanned = Callable[[PlannedBucket, "BucketJudge"], object]


class AccountPlanner:
    """Reads one account and says of each bucket that would change what breaks. Writes nothing."""

    def __init__(
        self,
        request: PlanRequest,
        connection: Connection,
        today: date,
        principals: Principals | None = None,
        *,
        observations: Observations = NO_OBSERVATIONS,
        on_planned: OnPlanned | None = None,
        readers_only: bool = False,
        keys: KeyExaminer | None = None,
    ) -> None:
        """`principals` and `observations` are shared by the accounts of one plan; `on_planned` gets each bucket with
        the way to judge it again. `readers_only` plans for objects that are there, which nobody writes.
        """
        self._readers_only = readers_only
        self._observations = observations
        self._on_planned = on_planned
        shared = principals or Principals(request, connection, lambda _: None)
        self._principals = shared
        self._access = shared.of_account(connection)
        self._request = request
        self._connection = connection
        self._keys = keys or KeyExaminer(connection)
        self._planner = BucketPlanner(request.fix, self._keys, today)
        self._named = {target.pattern for target in request.fix.live_targets if not target.is_glob}
        self.found = AccountPlan()
        """Complete when the buckets have all been taken."""

    def buckets(self) -> Iterator[PlannedBucket]:
        """Those that would change, or of which it cannot be told, in the order of the listing. Raises AwsError."""
        fix = self._request.fix
        selection = Selection(fix.live_targets, fix.regions, fix.includes_directory_buckets)
        source = AccountSource(self._connection, selection)
        yield from self.plan_items(source.buckets(facts_needed_to_plan(fix.configuration)))

    def named(
        self, names: Sequence[str], passing: Callable[[Iterator[ScanItem]], Iterable[ScanItem]] = iter
    ) -> Iterator[PlannedBucket]:
        """Of `buckets` those of these names, none being a target by it; `passing` sees what is read go by."""
        fix = replace(self._request.fix, targets=tuple(map(Target, names)))
        selection = Selection(fix.live_targets, (), fix.includes_directory_buckets)
        source = AccountSource(self._connection, selection)
        items = source.buckets(facts_needed_to_plan(fix.configuration))
        yield from self.plan_items(passing(items), Siblings(fix))

    def plan_items(
        self, items: Iterable[ScanItem], siblings: Siblings | None = None
    ) -> Iterator[PlannedBucket]:
        """As `buckets`, of what a source yields; `siblings` where the targets do not say what it leaves out."""
        changing: list[tuple[Bucket, Change]] = []
        siblings = siblings or Siblings(self._request.fix)
        for item in items:
            match item:
                case Bucket():
                    siblings.add(item)
                    self.found.seen |= self._named & {item.name or ""}
                    found = self._change_of(item)
                    if isinstance(found, Change):
                        changing.append((item, found))
                    elif found is not None:
                        yield found
                case TargetNotFound():
                    self.found.missing.append(item)
                case Unlisted():
                    self.found.unlisted.append(unread_sentence(item.unknown))
                case Note():
                    self.found.notes.append(item.sentence)
                case _:  # deleted meanwhile, progress, the end of the account
                    pass
        yield from self.assess(changing, siblings)

    def _change_of(self, bucket: Bucket) -> Change | PlannedBucket | None:
        """None where nothing would change."""
        try:
            found = self._planner.change_of(bucket)
        except Refused as refused:
            return _without_change(bucket, _no_key(refused))
        if isinstance(found, Change):
            return found
        is_kms = isinstance(bucket.encryption, Encryption) and bucket.encryption.is_kms
        if found.is_compliant or (found.is_refusal and is_kms):
            self.found.compliant += 1
            return None
        if not found.is_unknown and not found.is_refusal:
            self.found.exempt += 1
            return None
        return _without_change(bucket, not_changed(found))

    def assess(
        self, changing: Sequence[tuple[Bucket, Change]], siblings: Siblings
    ) -> Iterator[PlannedBucket]:
        """What each change breaks and costs, in their order; reads how the buckets are used. Raises AwsError."""
        buckets = read_usage(self._connection, [bucket for bucket, _ in changing], siblings.known)
        asked = DeepFacts(self._connection) if self._request.deep and changing else None
        measured = self._request_metrics([change for _, change in changing])
        for bucket, (_, change) in zip(buckets, changing, strict=True):
            metrics = measured.get(change.bucket)
            found = asked.apply_to(bucket) if asked else bucket
            if isinstance(metrics, RequestMetrics):
                usage = replace(found.usage, requests_per_second=metrics.peak_per_second)
                found = replace(found, usage=usage)
            yield self._planned(found, change, metrics)

    def _request_metrics(self, changes: Sequence[Change]) -> Mapping[str, RequestMetrics | Unknown | None]:
        """Of each bucket; why CloudWatch did not tell is kept for the notes."""
        names: dict[str, list[str]] = {}
        for change in changes:
            names.setdefault(change.region, []).append(change.bucket)
        found: dict[str, RequestMetrics | Unknown | None] = {}
        for region, of_region in names.items():
            found.update(read_request_metrics(self._connection, region, of_region))
        self.found.unread_metrics |= {one.why for one in found.values() if isinstance(one, Unknown)}
        return found

    def _planned(
        self, bucket: Bucket, change: Change, metrics: RequestMetrics | Unknown | None
    ) -> PlannedBucket:
        seen = self._observations.buckets.get(change.bucket)
        if seen is not None:
            bucket = replace(bucket, usage=replace(bucket.usage, observed=seen))
        key = self._keys.examined(change.after.key)
        documents = self._principals.documents_of(key, self._connection) if key else None
        planned = self.judge(bucket, change, metrics, documents)
        if self._on_planned is not None:
            self._on_planned(planned, BucketJudge(self, bucket, change, metrics, documents))
        return planned

    def judge(
        self,
        bucket: Bucket,
        change: Change,
        metrics: RequestMetrics | Unknown | None,
        documents: KeyDocuments | None,
    ) -> PlannedBucket:
        """What becomes of a bucket by its facts; nothing is read but identities that nobody asked for yet."""
        seen = self._observations.buckets.get(change.bucket)
        switch = switch_between(change.before, change.after)
        if documents is not None:
            switch = replace(
                switch,
                key_policy=documents.policy,
                key_shared_policy=documents.shared,
                key_grants=documents.grants,
            )
        hazards = find_hazards(bucket, switch, readers_only=self._readers_only)
        advice = advise_key(self._asked_key(change), hazards)
        found = self._access_groups(bucket, change, documents) if switch.is_new_key else ObservedAccess(())
        of_access = access_hazards(found.groups, bucket.account, {one.id for one in hazards})
        hazards = self._accepted(tuple(by_gravity((*hazards, *of_access))))
        return PlannedBucket(
            change.bucket,
            change.account,
            change.region,
            class_of(hazards),
            change.before,
            change.after,
            hazards,
            access=found.groups,
            observed=seen,
            gone=found.gone,
            key=advice.key,
            key_reason=advice.reason,
            digests=digests_of(bucket, key=documents or NOT_READ),
            cost=estimate_cost(known(metrics), self._request.assumed_requests),
            owner=owner_of(bucket),
            tags={} if isinstance(bucket.tags, Unknown) else bucket.tags,
        )

    def identity_of(self, arn: str) -> IamIdentity | None:
        """The user or role of this ARN, of whatever account was read; None where it is none."""
        return self._access.identity_of(arn)

    def _access_groups(
        self, bucket: Bucket, change: Change, documents: KeyDocuments | None
    ) -> ObservedAccess:
        if change.after.key is None:
            documents = self._keys.managed_access(change.region)
        found = self._access.observed_groups(bucket, change, documents)
        may_lose = self._request.fix.configuration.may_lose
        return replace(found, groups=mark_may_lose(found.groups, may_lose))

    def _accepted(self, hazards: tuple[PlannedHazard, ...]) -> tuple[PlannedHazard, ...]:
        """What was accepted stands in nobody's way, and is told all the same."""
        accept = self._request.fix.accepted
        return tuple(replace(one, plan_class=PlanClass.READY) if one.id in accept else one for one in hazards)

    def _asked_key(self, change: Change) -> str | None:
        """The key that somebody chose: it stands in the change; None where aws/s3 is but the default."""
        fix = self._request.fix
        return change.after.key or ("aws/s3" if fix.key or change.before.is_kms else None)


@dataclass(frozen=True, slots=True)
class BucketJudge:
    """Judges one bucket of a plan again, by the facts that were read, with other policies of its key and its own."""

    planner: AccountPlanner
    bucket: Bucket
    change: Change
    metrics: RequestMetrics | Unknown | None
    documents: KeyDocuments | None

    def with_policies(self, policies: Mapping[str, str]) -> PlannedBucket:
        """What becomes of it with these documents, each by the ARN of a key or `s3://bucket`."""
        bucket, documents, key = self.bucket, self.documents, self.change.after.key
        if (own := policies.get(f"s3://{self.change.bucket}")) is not None:
            usage = replace(bucket.usage, policies=(PolicyDocument(own, "its policy"),))
            bucket = replace(bucket, usage=usage)
        if documents is not None and key is not None and key in policies:
            source = getattr(documents.policy, "source", f"the policy of {key}")
            documents = replace(documents, policy=PolicyDocument(policies[key], source))
        return self.planner.judge(bucket, self.change, self.metrics, documents)

    def identity_of(self, arn: str) -> IamIdentity | None:
        """The user or role of this ARN, of whatever account was read; None where it is none."""
        return self.planner.identity_of(arn)


def owner_of(bucket: Bucket) -> str | None:
    """What its tag Owner says."""
    tags = {} if isinstance(bucket.tags, Unknown) else bucket.tags
    return next((tags[name] for name in OWNER_TAGS if name in tags), None)


def _without_change(bucket: Bucket, hazard: PlannedHazard) -> PlannedBucket:
    before = bucket.encryption if isinstance(bucket.encryption, Encryption) else None
    return PlannedBucket(
        bucket.label,
        bucket.account,
        bucket.region,
        hazard.plan_class,
        before,
        hazards=(hazard,),
        digests=digests_of(bucket),
        owner=owner_of(bucket),
    )


def _no_key(refused: Refused) -> PlannedHazard:
    """A key that is there and cannot be used is known; one that could not be looked at is not."""
    is_unread = isinstance(refused.__cause__, AwsError) and not isinstance(refused.__cause__, NotFound)
    return PlannedHazard(
        KEY_NOT_USABLE,
        f"cannot get its key: {refused}",
        refused.advice,
        PlanClass.LOOK if is_unread else PlanClass.PREPARE,
        "a key that S3 cannot use",
    )
