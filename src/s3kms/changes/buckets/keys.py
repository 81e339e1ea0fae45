"""The key that a default is about to name, examined first: S3 itself does not look (fact A4)."""

from s3kms.aws import kms
from s3kms.aws.connection import Connection
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound, Refused, Unreachable
from s3kms.model.keys import (
    OTHER_KEY,
    KeyForm,
    KeyReference,
    MissingKey,
    OtherServiceKey,
    UnusedAwsManagedKey,
    fact_of_text,
    problem_of,
    problem_of_other_service,
    problem_of_reference,
)


class KeyExaminer:
    """What to write for a key reference, for buckets of one account; one question a key and region."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str | None, str], str | None] = {}
        self._refused: dict[tuple[str | None, str], Refused] = {}

    @property
    def has_usable_key(self) -> bool:
        """Whether S3 can use one of the keys that were examined."""
        return bool(self._known)

    def key_for(self, reference: str | None, region: str) -> str | None:
        """The full ARN (fact A11), or None for aws/s3. Raises Refused where S3 could not use the key."""
        asked = (reference, region)
        if refused := self._refused.get(asked):
            raise refused
        if asked not in self._known:
            try:
                self._known[asked] = examine_key(self._connection, reference, region)
            except Refused as refused:
                self._refused[asked] = refused
                raise
        return self._known[asked]

    def why_no_key(self, text: str | None, region: str) -> str | None:
        """Why a text names no key that S3 can use, whatever KMS holds; None where it may name one.

        A server other than AWS may have keys of any name, so that it is asked.
        """
        by_name = fact_of_text(text)
        if isinstance(by_name, OtherServiceKey):
            return problem_of_other_service(by_name.alias)[0]
        if not isinstance(by_name, MissingKey):
            return None
        if not kms.is_aws(self._connection, region):
            try:
                kms.describe_key(self._connection, KeyReference.parse(text), region)
            except NotFound:
                return by_name.why
            except (CredentialsProblem, Unreachable):
                raise
            except AwsError:
                return None
            return None
        return by_name.why


def examine_key(connection: Connection, text: str | None, region: str) -> str | None:
    """The full ARN of a usable key, or None for aws/s3. Raises Refused."""
    reference = KeyReference.named(text)
    if reference.form is KeyForm.MALFORMED:
        raise Refused(
            f"{text!r} is not a reference to a KMS key",
            advice="write aws/s3, a key id, alias/NAME, or the ARN of a key or alias",
        )
    if problem := problem_of_reference(reference, connection.account, region):
        raise _unusable(text, region, problem)
    if reference.form is KeyForm.AWS_MANAGED:
        return None
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
        raise _unusable(text, region, problem)
    return key.arn


def _unusable(text: str | None, region: str, problem: tuple[str, str]) -> Refused:
    why, remedy = problem
    return Refused(f"KMS key {text} cannot be used for buckets in {region}: {why}", advice=remedy)
