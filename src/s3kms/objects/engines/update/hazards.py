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
    """The error in a sentence; for aws/s3 with what AWS has not confirmed (fact D3)."""
    unconfirmed = "; that UpdateObjectEncryption supports aws/s3 is not confirmed by AWS"
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
        f"{count(counts.versions, 'version')} would change and this cannot be undone in place: "
        "UpdateObjectEncryption cannot return them to SSE-S3, and readers will need kms:Decrypt",  # fact D2
        Advice("make sure that every reader may use the key; only a copy of each object could undo it"),
        title="cannot be undone in place",
    )


_UNCONFIRMED = PlannedHazard(
    UNCONFIRMED_KEY,
    "the key is aws/s3: AWS's documentation says customer managed key, and whether "
    "UpdateObjectEncryption supports aws/s3 is not confirmed by AWS",  # fact D3
    Advice(
        "the canary shows it (ten objects by default); if it is refused, use a customer managed key or "
        "the engine copy"
    ),
    PlanClass.READY,
    title="aws/s3 is not confirmed",
)
_FOREIGN = PlannedHazard(
    FOREIGN_KEY,
    "the key belongs to another account: UpdateObjectEncryption supports this only within one "
    "organization, after AWS Support has approved it for the bucket's account",  # fact D3
    Advice("request approval from AWS Support first, or use a key in the bucket's own account"),
    PlanClass.READY,
    title="a key of another account needs AWS Support's approval",
)
_ANOTHER_SERVER = PlannedHazard(
    NOT_AWS,
    "the server is not AWS: some servers are known to overwrite an object with the request body",  # fact D31
    Advice("no action is needed: a temporary object is tried first, and the run is refused if that fails"),
    PlanClass.READY,
    title="the server is not AWS",
)
