"""The key that a default is about to name, examined first: S3 itself does not look (fact A4)."""

from s3kms.aws import kms
from s3kms.aws.connection import Connection
from s3kms.model import operations as op
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound, Refused, Unreachable
from s3kms.model.keys import OTHER_KEY, KeyForm, KeyReference, UnusedAwsManagedKey, problem_of
from s3kms.model.operations import Operation

KEY_OPERATIONS: frozenset[Operation] = frozenset({op.DESCRIBE_KEY})
"""aws/s3 is never asked for: it is named by naming none (fact A12), and asking could make it (fact B5)."""


class KeyExaminer:
    """What to write for a key reference, for buckets of one account; one question a key and region."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str | None, str], str | None] = {}

    def key_for(self, reference: str | None, region: str) -> str | None:
        """The full ARN (fact A11), or None for aws/s3. Raises Refused where S3 could not use the key."""
        if (reference, region) not in self._known:
            self._known[reference, region] = examine_key(self._connection, reference, region)
        return self._known[reference, region]


def examine_key(connection: Connection, text: str | None, region: str) -> str | None:
    """The full ARN of a usable key, or None for aws/s3. Raises Refused."""
    reference = KeyReference.parse(text)
    if reference.form is KeyForm.AWS_MANAGED:
        _require_own(reference, connection, region)
        return None
    if reference.form is KeyForm.MALFORMED:
        raise Refused(
            f"{text!r} is not a reference to a KMS key",
            advice="write aws/s3, a key id, alias/NAME, or the ARN of a key or alias",
        )
    try:
        key = kms.describe_key(connection, reference, region)
    except (CredentialsProblem, Unreachable):
        raise
    except NotFound as error:
        raise Refused(str(error), advice=OTHER_KEY) from error
    except AwsError as error:
        raise Refused(
            f"KMS key {text} cannot be examined, so it is not used: {error}", advice=error.advice
        ) from error
    if isinstance(key, UnusedAwsManagedKey):
        return None
    if problem := problem_of(key, region):
        raise Refused(
            f"KMS key {text} cannot be used for buckets in {region}: {problem[0]}", advice=problem[1]
        )
    return key.arn


def _require_own(reference: KeyReference, connection: Connection, region: str) -> None:
    """The alias ARN of another account's or region's aws/s3 names a key that S3 cannot use (fact B7)."""
    if reference.region not in {None, region} or reference.account not in {None, connection.account}:
        raise Refused(
            f"{reference.text} is the AWS managed key of another account or region; "
            f"the buckets are in account {connection.account}, region {region}",
            advice="write aws/s3, which is each bucket's own",
        )
