"""What UpdateObjectEncryption means for a bucket besides, said before it is done. Pure."""

from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError
from s3kms.model.keys import KeyReference
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.objects.interface import SelectedCounts, Wanted
from s3kms.text.count import count

NO_WAY_BACK = "no_way_back"
UNCONFIRMED_KEY = "aws_s3_not_confirmed"
FOREIGN_KEY = "key_of_another_account"
NOT_AWS = "not_aws"
_INVALID_REQUEST = "InvalidRequest"
"""How a key that UpdateObjectEncryption does not take is refused (fact D8)."""


def describe_refusal(wanted: Wanted, error: AwsError) -> str:
    """The error in a sentence; of aws/s3 with what nobody has confirmed (fact D3)."""
    unconfirmed = "; that UpdateObjectEncryption takes aws/s3 is not confirmed by AWS"
    return f"{error}{unconfirmed if wanted.is_aws_managed and error.code == _INVALID_REQUEST else ''}"


def hazards_of(wanted: Wanted, counts: SelectedCounts, *, is_aws: bool) -> tuple[PlannedHazard, ...]:
    """The hazards of one bucket, that one first which is to be accepted; none where there is nothing to do."""
    if not counts.versions:
        return ()
    found = [_no_way_back(counts)]
    if wanted.is_aws_managed:
        found.append(_UNCONFIRMED)
    if KeyReference.parse(wanted.key_arn).account != wanted.account:
        found.append(_FOREIGN)
    if not is_aws:
        found.append(_ANOTHER_SERVER)
    return tuple(found)


def _no_way_back(counts: SelectedCounts) -> PlannedHazard:
    return PlannedHazard(
        NO_WAY_BACK,
        f"has {count(counts.versions, 'version')} to change, and no way back: UpdateObjectEncryption does not lead "
        "to SSE-S3, and after it whoever reads them needs kms:Decrypt for good",  # fact D2
        Advice("make sure that every reader may use the key; a copy of each object is what could undo it"),
        title="there is no way back in place",
    )


_UNCONFIRMED = PlannedHazard(
    UNCONFIRMED_KEY,
    "has aws/s3 as its key: AWS's text says customer managed key, and whether UpdateObjectEncryption takes aws/s3 is "
    "not confirmed by AWS",  # fact D3
    Advice(
        "the first ten objects show it; if they are refused, name a customer managed key or use the engine copy"
    ),
    PlanClass.READY,
    title="aws/s3 is not confirmed",
)
_FOREIGN = PlannedHazard(
    FOREIGN_KEY,
    "has a key of another account: UpdateObjectEncryption takes it only within one organization, after AWS "
    "Support has approved it for the bucket's account",  # fact D3
    Advice("ask AWS Support first, or name a key of the bucket's own account"),
    PlanClass.READY,
    title="a key of another account needs AWS Support's approval",
)
_ANOTHER_SERVER = PlannedHazard(
    NOT_AWS,
    "is not on AWS: servers are known that overwrite an object with the request",  # fact D31
    Advice(
        "nothing is to be done: a throw-away object is tried first, and the run is refused if it does not hold"
    ),
    PlanClass.READY,
    title="the server is not AWS",
)
