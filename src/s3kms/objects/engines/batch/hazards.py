"""What jobs of S3 Batch Operations mean for a bucket and its account besides, said before any is made. Pure."""

from s3kms.hazards.kms_request_quota import DEFAULT_QUOTA, QUOTAS
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput, Refused
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.objects.engines.batch.options import BUCKET, LIST, NEW_ROLE, ROLE, BatchOptions
from s3kms.objects.engines.batch.role import DEFAULT_ROLE_NAME
from s3kms.objects.interface import SelectedCounts, Wanted
from s3kms.text.count import count

NEEDS_BUCKET = "batch_needs_bucket"
NEEDS_ROLE = "batch_needs_role"
UNPACED = "batch_pace"
DOCUMENTED = "batch_from_documentation"
LISTED_BY_S3 = "batch_listed_by_s3"
_BUCKET_OPTION = Option("settings", f"{BUCKET}=NAME")
_SECONDS_OF_QUOTA = 60
"""Requests to KMS that are as many as the quota has in this time are worth being accepted by name."""


def hazards_of(
    wanted: Wanted, counts: SelectedCounts, options: BatchOptions, *, is_listed_by_s3: bool
) -> tuple[PlannedHazard, ...]:
    """What comes on top of UpdateObjectEncryption's own; none where there is nothing to do."""
    if not counts.versions:
        return ()
    found = [*_missing(options, wanted), _pace(wanted, counts), _DOCUMENTED]
    return (*found, _LISTED_BY_S3) if is_listed_by_s3 else tuple(found)


def _missing(options: BatchOptions, wanted: Wanted) -> list[PlannedHazard]:
    """What has to be named first, and cannot be accepted away."""
    found = []
    try:
        require_bucket(options, wanted)
    except BadInput as error:
        found.append(PlannedHazard(NEEDS_BUCKET, f"no job can be created yet: {error}", error.advice))
    if options.role_arn is None:
        try:
            require_role(options)
        except Refused as error:
            found.append(PlannedHazard(NEEDS_ROLE, f"no job can be created yet: {error}", error.advice))
    return found


def require_bucket(options: BatchOptions, wanted: Wanted) -> None:
    """Raises BadInput where no bucket for lists and reports is named, or the one itself."""
    if options.bucket is None:
        raise BadInput(
            "jobs need a bucket for their manifests and reports",
            advice=Advice(
                "name one in the same account and region with {bucket}", {"bucket": _BUCKET_OPTION}
            ),
        )
    if options.bucket == wanted.bucket:
        raise BadInput(
            f"s3://{options.bucket} cannot hold the reports of its own jobs: job reports are always "
            "encrypted with SSE-S3",  # fact D12
            advice=Advice("name another bucket with {bucket}", {"bucket": _BUCKET_OPTION}),
        )


def require_role(options: BatchOptions) -> str:
    """The name of the role to make. Raises Refused where none is named."""
    if options.new_role is None:
        raise Refused(
            "jobs need an IAM role, and none is named",
            advice=Advice(
                "name one with {role}, or have it created with {new_role}",
                {
                    "role": Option("settings", f"{ROLE}=ARN"),
                    "new_role": Option("settings", f"{NEW_ROLE}={DEFAULT_ROLE_NAME}"),
                },
            ),
        )
    return options.new_role


def _pace(wanted: Wanted, counts: SelectedCounts) -> PlannedHazard:
    """A job can neither be paused nor slowed down (fact D9), and shares the quota of KMS (fact B19)."""
    quota = QUOTAS.get(wanted.region, DEFAULT_QUOTA)
    many = not wanted.bucket_key and counts.versions > quota * _SECONDS_OF_QUOTA
    asks = (
        "a bucket key saves most of them" if wanted.bucket_key else ("without a bucket key, none are saved")
    )
    return PlannedHazard(
        UNPACED,
        "a job runs at AWS's pace: it can be canceled, but not paused or throttled. It sends at least "
        f"one KMS request for each of {count(counts.versions, 'version')} ({asks}), and the KMS quota of "
        f"the whole account in {wanted.region} is {quota:,} requests per second unless it was raised",
        Advice(
            "enable the bucket key, request a higher KMS quota, or use the engine update, which can be "
            "throttled"
        ),
        PlanClass.PREPARE if many else PlanClass.READY,
        title="a job cannot be paused or throttled",
    )


_DOCUMENTED = PlannedHazard(
    DOCUMENTED,
    "s3kms implements S3 Batch Operations from AWS's documentation alone: the successes in a job report "
    "are trusted only after a sample of them was read back",
    Advice("no action is needed: every job is verified with HeadObject"),
    PlanClass.READY,
    title="Batch Operations is implemented from AWS's documentation",
)


_LISTED_BY_S3 = PlannedHazard(
    LISTED_BY_S3,
    "S3 generates the manifests when the jobs start: objects written since the evidence was collected "
    "are included, and whether noncurrent versions are included is not confirmed by AWS",  # fact D9
    Advice(
        "use {ours} to re-encrypt exactly the selected versions", {"ours": Option("settings", f"{LIST}=ours")}
    ),
    PlanClass.READY,
    title="S3 generates the manifest",
)
