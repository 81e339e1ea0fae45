"""The key that a default is about to name, examined first: S3 itself does not look (fact A4)."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from s3kms.aws import kms
from s3kms.aws.connection import Connection
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.aws.s3.endpoints import is_aws_url
from s3kms.aws.sync import iterate_sync
from s3kms.model.errors import (
    AccessDenied,
    AwsError,
    CredentialsProblem,
    NotFound,
    Refused,
    Throttled,
    Unreachable,
)
from s3kms.model.grants import KeyGrant
from s3kms.model.keys import (
    AWS_S3_ALIAS,
    OTHER_KEY,
    KeyForm,
    KeyReference,
    KmsKey,
    MissingKey,
    OtherServiceKey,
    UnusedAwsManagedKey,
    fact_of_text,
    problem_of,
    problem_of_other_service,
    problem_of_reference,
)
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown

T = TypeVar("T")

_ANY_NAME = re.compile("[!-~]{1,2048}")
"""The name of a key of another server: `my-minio-key`."""


class KeyExaminer:
    """What to write for a key reference, for buckets of one account; one question a key and region."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str | None, str], ExaminedKey] = {}
        self._refused: dict[tuple[str | None, str], Refused] = {}
        self._managed: dict[str, KeyDocuments | None] = {}

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
        return self._known[asked].name

    def managed_access(self, region: str) -> "KeyDocuments | None":
        """Who may use aws/s3, read once a region; None where what KMS documents of it has to do (fact B6)."""
        if region not in self._managed:
            self._managed[region] = _ask(self._connection, lambda reader: _managed_of(reader, region))
        return self._managed[region]

    def examined(self, arn: str | None) -> KmsKey | None:
        """A key that was examined; None for aws/s3 and for what no KMS was asked about."""
        return next((one.key for one in self._known.values() if one.key and one.key.arn == arn), None)

    @property
    def unexamined(self) -> list[str]:
        """The keys that were taken as they are named, because the server has no KMS to ask."""
        return sorted({key.name for key in self._known.values() if key.name and not key.is_examined})

    def why_no_key(self, text: str | None, region: str) -> str | None:
        """Why a text names no key that S3 can use, whatever KMS holds; None where it may name one.

        A server other than AWS may have keys of any name, so that it is asked.
        """
        by_name = fact_of_text(text)
        if isinstance(by_name, OtherServiceKey):
            return problem_of_other_service(by_name.alias)[0]
        if not isinstance(by_name, MissingKey):
            return None
        if not kms.is_aws(self._connection.key_endpoint_of(region)):
            try:
                _ask(self._connection, lambda reader: reader.describe(KeyReference.parse(text), region))
            except NotFound:
                return by_name.why
            except (CredentialsProblem, Unreachable):
                raise
            except AwsError:
                return None
            return None
        return by_name.why


@dataclass(frozen=True, slots=True)
class ExaminedKey:
    """The key to write."""

    name: str | None
    """The full ARN; None for aws/s3; of another server its own name, which may be anything."""
    is_examined: bool = True
    key: KmsKey | None = None
    """What KMS says of it."""


@dataclass(frozen=True, slots=True)
class KeyDocuments:
    """What says who may use a customer managed key."""

    policy: PolicyDocument | Unknown
    grants: tuple[KeyGrant, ...] | Unknown
    shared: PolicyDocument | Unknown | None = None
    """The policy of AWS RAM, where the key is shared (fact B9)."""
    arn: str = ""
    """Of the key."""
    aliases: tuple[str, ...] | Unknown | None = None
    """Of the key, which IAM policies may look at; None where nobody asked."""


def read_key_documents(connection: Connection, key: KmsKey) -> KeyDocuments:
    """Who may use a key, asked over a connection of its account, without which KMS tells nobody (fact A27)."""
    return _ask(connection, lambda reader: _documents_of(reader, key))


async def _documents_of(reader: kms.KeyReader, key: KmsKey) -> KeyDocuments:
    """The policy and the grants; a key of another account tells neither (fact A27)."""
    policy = await reader.policy(key)
    if key.account != reader.account and isinstance(policy, Unknown):
        return KeyDocuments(policy, policy, arn=key.arn)
    grants, shared = await reader.grants(key), await reader.shared_policy(key)
    return KeyDocuments(policy, grants, shared, key.arn, await reader.aliases(key))


async def _managed_of(reader: kms.KeyReader, region: str) -> "KeyDocuments | None":
    """The policy of aws/s3 in a region; None where KMS has not made the key (fact B5), or does not tell it."""
    try:
        key = await reader.describe(KeyReference.named("aws/s3"), region)
    except CredentialsProblem:
        raise
    except AwsError:
        return None
    if isinstance(key, UnusedAwsManagedKey):
        return None
    policy = await reader.policy(key)
    return (
        None
        if isinstance(policy, Unknown)
        else KeyDocuments(policy, (), arn=key.arn, aliases=(AWS_S3_ALIAS,))
    )


def examine_key(connection: Connection, text: str | None, region: str) -> ExaminedKey:
    """A key that S3 can use. Raises Refused.

    A server other than AWS may have keys of any name, and no KMS that could be asked: the key is taken as named then.
    """
    reference = KeyReference.named(text)
    is_other = not is_aws_url(connection.endpoint_of(region, directory=False).origin)
    if reference.form is KeyForm.MALFORMED and not (is_other and _ANY_NAME.fullmatch(text or "")):
        raise Refused(
            f"{text!r} is not a reference to a KMS key",
            advice="write aws/s3, a key id, alias/NAME, or the ARN of a key or alias",
        )
    if problem := problem_of_reference(reference, connection.account, region):
        raise _unusable(text, region, problem)
    if reference.form is KeyForm.AWS_MANAGED:
        return ExaminedKey(None)
    key = _described(connection, reference, region, is_other=is_other)
    if key is None:
        return ExaminedKey(text, is_examined=False)
    if isinstance(key, UnusedAwsManagedKey):
        return ExaminedKey(None)
    if problem := problem_of(key, region):
        raise _unusable(text, region, problem)
    return ExaminedKey(key.arn, key=key)


def _described(
    connection: Connection, reference: KeyReference, region: str, *, is_other: bool
) -> KmsKey | UnusedAwsManagedKey | None:
    """What KMS says of a key; None where S3 is of another server that has no KMS. Raises Refused."""
    if is_other and kms.is_aws(connection.key_endpoint_of(region)):  # AWS knows nothing of that server's keys
        return None
    try:
        return _ask(connection, lambda reader: reader.describe(reference, region))
    except (CredentialsProblem, Unreachable):
        raise
    except AwsError as error:
        if is_other and not _is_from_kms(error):
            return None
        if isinstance(error, NotFound):
            raise Refused(str(error), advice=OTHER_KEY) from error
        raise Refused(
            f"KMS key {reference.text} cannot be examined, so it is not used: {error}", advice=error.advice
        ) from error


def _ask(connection: Connection, question: Callable[[kms.KeyReader], Awaitable[T]]) -> T:
    """The answer of KMS to one question. Raises AwsError."""

    async def ask() -> AsyncGenerator[T]:
        async with open_client(connection) as context:
            yield await question(kms.KeyReader(S3Client(connection, context), connection.account))

    (found,) = iterate_sync(ask)
    return found


def _is_from_kms(error: AwsError) -> bool:
    """Whether something that knows KMS gave the error: its codes end so, but for the common ones of all APIs."""
    return error.code.endswith("Exception") or isinstance(error, AccessDenied | Throttled)


def _unusable(text: str | None, region: str, problem: tuple[str, str]) -> Refused:
    why, remedy = problem
    return Refused(f"KMS key {text} cannot be used for buckets in {region}: {why}", advice=remedy)
