"""What it means for the users of a bucket that the objects already there come under the key of its default."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from s3kms.aws.connection import Connection
from s3kms.changes.buckets.keys import KeyExaminer
from s3kms.changes.buckets.operations import facts_needed_to_plan
from s3kms.changes.buckets.planner import BucketPlanner
from s3kms.changes.planning.account import AccountPlanner
from s3kms.changes.planning.request import PlanRequest
from s3kms.changes.usage import Siblings
from s3kms.model.advice import Advice, Command, Option
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.change import Change
from s3kms.model.encryption import DSSE_KMS, SSE_S3, Encryption
from s3kms.model.errors import NothingToCheck, Refused
from s3kms.model.plan import PlannedBucket
from s3kms.model.skipped import Skipped
from s3kms.model.stream import DeletedDuringScan, Note, TargetNotFound, Unlisted
from s3kms.model.unknown import Unknown, known
from s3kms.sources.account import AccountSource
from s3kms.sources.selection import Selection
from s3kms.text.sanitize import printable


@dataclass(frozen=True, slots=True)
class StoredObjects:
    """A bucket whose default is the wanted key, so that its objects may follow."""

    bucket: str
    account: str
    region: str
    key: str
    """The ARN of the key; of another server than AWS the key's own name."""
    is_aws_managed: bool
    bucket_key: bool
    planned: PlannedBucket
    """Who keeps access, who loses it, and what breaks, for objects that were under SSE-S3."""


BucketsToFollow = StoredObjects | Refused
"""A bucket, or why its objects are left: its default is not what is wanted, or no engine can do anything there."""


def read_stored_objects(
    request: PlanRequest, connection: Connection, today: date
) -> Iterator[BucketsToFollow]:
    """The buckets that are meant, in the order of the listing. Writes nothing.

    Raises BadInput, NothingToCheck for a named bucket that is not there, AwsError.
    """
    fix = request.fix
    keys = KeyExaminer(connection)
    planner = BucketPlanner(fix, keys, today)
    assessor = AccountPlanner(request, connection, today, readers_only=True, keys=keys)
    selection = Selection(fix.live_targets, fix.regions, fix.includes_directory_buckets)
    source = AccountSource(connection, selection)
    for item in source.buckets(facts_needed_to_plan(fix.configuration)):
        match item:
            case Bucket():
                yield _judged(item, planner, keys, assessor, Siblings(fix))
            case TargetNotFound():
                raise NothingToCheck(item.advice.worded() or f"bucket {item.name} does not exist")
            case Unlisted():
                yield Refused(item.unknown.why, advice=item.unknown.advice)
            case DeletedDuringScan():
                yield Refused(f"s3://{item.name} was deleted during the run")
            case Note():
                yield Refused(item.sentence)
            case _:  # progress, and the end of the account
                pass


def _judged(
    bucket: Bucket, planner: BucketPlanner, keys: KeyExaminer, assessor: AccountPlanner, siblings: Siblings
) -> BucketsToFollow:
    name, region = bucket.name or "", bucket.region or ""
    default = bucket.encryption
    try:
        found = planner.change_of(bucket)
        if obstacle := _obstacle(bucket, found):
            return obstacle
        if isinstance(default, Unknown):
            return Refused(f"s3://{printable(name)}: {default.why}", advice=default.advice)
        key = keys.key_for(default.key, region)
    except Refused as refused:
        return refused
    managed = keys.managed_access(region) if key is None else None
    if key is None and managed is None:
        return _no_managed_key(name, region)
    before = Encryption(SSE_S3)
    change = Change(name, bucket.account or "", region, before, replace(default, key=key))
    (planned,) = assessor.assess([(bucket, change)], siblings)
    return StoredObjects(
        name,
        change.account,
        region,
        key or (managed.arn if managed else ""),
        is_aws_managed=key is None,
        bucket_key=bool(known(default.bucket_key)),
        planned=planned,
    )


def _obstacle(bucket: Bucket, found: Change | Skipped) -> Refused | None:
    """Why the objects of a bucket do not follow its default."""
    subject = f"s3://{printable(bucket.label)}"
    if bucket.kind is not BucketKind.GENERAL_PURPOSE:
        return Refused(
            f"{subject} is a directory bucket, whose objects can neither be updated nor copied in place",
            advice="write them again",
        )
    if isinstance(found, Change):
        target = (f"s3://{bucket.name}",)
        return Refused(
            f"the default of {subject} is not the wanted key yet: new objects would not be under it",
            advice=Advice("plan that first: {plan}", {"plan": Command("plan", target)}),
        )
    default = bucket.encryption
    if not isinstance(default, Unknown) and not default.is_kms:
        return Refused(
            f"the default of {subject} is {default.name}: it {found.reason}",
            advice=Advice(
                "name a key with {key}, or leave its objects as they are", {"key": Option("key", "KEY")}
            ),
        )
    if not isinstance(default, Unknown) and default.algorithm == DSSE_KMS:
        return Refused(
            f"the default of {subject} is DSSE-KMS, to which no object can be re-encrypted in place",
            advice="write the objects again, or make SSE-KMS the default",
        )
    if found.is_unknown:
        return Refused(f"{subject} {found.reason}", advice=found.remedy)
    return None


def _no_managed_key(bucket: str, region: str) -> Refused:
    """KMS makes aws/s3 at the first write that asks for it, and only then it has an ARN (fact B5)."""
    return Refused(
        f"the aws/s3 key of {region} could not be read; objects of s3://{printable(bucket)} cannot be re-encrypted",
        advice=(
            "KMS creates it when the first object is written under it: write one, and allow kms:ListAliases, "
            "kms:DescribeKey and kms:GetKeyPolicy"
        ),
    )
