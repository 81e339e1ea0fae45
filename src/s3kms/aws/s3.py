"""The S3 questions, one function each. Every answer is checked before it is believed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from s3kms.aws.boundary import asking
from s3kms.aws.connection import Connection
from s3kms.aws.shape import to_api
from s3kms.estate import operations as op
from s3kms.estate.bucket import DIRECTORY_SUFFIX, BucketKind, Evidence
from s3kms.estate.encryption import NO_CONFIGURATION, Encryption
from s3kms.estate.errors import AwsError, BadAnswer, CredentialsProblem
from s3kms.estate.operations import Operation
from s3kms.estate.targets import is_region

_PROXY_HINT = "check --endpoint-url, AWS_ENDPOINT_URL and HTTPS_PROXY: this is not how AWS answers"
_NO_CONFIGURATION = "ServerSideEncryptionConfigurationNotFoundError"


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a bucket listing."""

    name: str
    region: str | None
    kind: BucketKind = BucketKind.GENERAL_PURPOSE
    is_listed: bool = True
    """False where only the user says that there is such a bucket."""


def list_buckets(connection: Connection, *, prefix: str = "", page_size: int = 1000) -> Iterator[Listed]:
    """Every general purpose bucket of the account, page by page (fact A24).

    Raises AwsError; BadAnswer where the answer is no bucket list, or was cut short.
    """
    subject = f"account {connection.account}"
    request: dict[str, Any] = {"MaxBuckets": page_size, **({"Prefix": prefix} if prefix else {})}
    seen = 0
    while True:
        with asking(op.LIST_BUCKETS, subject):
            page = connection.s3().list_buckets(**request)
        rows = _rows(page, op.LIST_BUCKETS, subject)
        seen += len(rows)
        for row in rows:
            yield Listed(_name(row, op.LIST_BUCKETS, subject), _region(row))
        token = page.get("ContinuationToken")
        if not token:
            break
        request["ContinuationToken"] = token
    if rows and len(rows) >= page_size:
        _prove_complete(connection, prefix, seen, subject)


def _prove_complete(connection: Connection, prefix: str, seen: int, subject: str) -> None:
    """A last page that is full: some servers page without ever giving a token, and lose the rest."""
    try:
        with asking(op.LIST_BUCKETS, subject):
            everything = connection.s3().list_buckets()
    except CredentialsProblem:
        raise
    except AwsError:
        return  # AWS refuses an unpaged call to accounts with a quota above 10,000, and AWS pages right (A24)
    rows = _rows(everything, op.LIST_BUCKETS, subject)
    if sum(str(row.get("Name", "")).startswith(prefix) for row in rows) > seen:
        raise BadAnswer(
            f"ListBuckets for {subject} gave a full page of {seen} and no token, yet there are more buckets",
            hint=_PROXY_HINT,
        )


def list_directory_buckets(connection: Connection, region: str, *, page_size: int = 1000) -> Iterator[Listed]:
    """The account's directory buckets in one region (fact A20).

    A server that does not know the operation answers with ListBuckets' names: they are left out.
    Raises AwsError.
    """
    subject = f"account {connection.account} in {region}"
    request: dict[str, Any] = {"MaxDirectoryBuckets": page_size}
    while True:
        with asking(op.LIST_DIRECTORY_BUCKETS, subject):
            page = connection.s3(region).list_directory_buckets(**request)
        for row in _rows(page, op.LIST_DIRECTORY_BUCKETS, subject):
            name = _name(row, op.LIST_DIRECTORY_BUCKETS, subject)
            if name.endswith(DIRECTORY_SUFFIX):
                yield Listed(name, region, BucketKind.DIRECTORY)
        token = page.get("ContinuationToken")
        if not token:
            return
        request["ContinuationToken"] = token


def get_bucket_encryption(connection: Connection, listed: Listed) -> tuple[Encryption, Evidence]:
    """The default encryption of one bucket, and the proof. Raises AwsError."""
    directory = listed.kind is BucketKind.DIRECTORY
    operation = op.GET_DIRECTORY_BUCKET_ENCRYPTION if directory else op.GET_BUCKET_ENCRYPTION
    subject = f"s3://{listed.name}"
    try:
        with asking(operation, subject):
            answer = connection.s3(listed.region).get_bucket_encryption(
                Bucket=listed.name, **_expected_owner(connection, listed)
            )
    except AwsError as error:
        if error.code == _NO_CONFIGURATION:  # matched by code: its status differs between servers (fact A7)
            return NO_CONFIGURATION, evidence(operation, error.request_id)
        raise
    encryption = encryption_from_answer(answer, subject)
    return encryption, evidence(operation, answer["ResponseMetadata"].get("RequestId"))


def put_bucket_encryption(connection: Connection, listed: Listed, encryption: Encryption) -> str | None:
    """Replace the whole rule of one bucket (fact A19); the id of the request. Raises AwsError.

    A 200 proves nothing: S3 does not look at the key (fact A4), and other servers keep what they know.
    """
    directory = listed.kind is BucketKind.DIRECTORY
    operation = op.PUT_DIRECTORY_BUCKET_ENCRYPTION if directory else op.PUT_BUCKET_ENCRYPTION
    configuration: Any = to_api(encryption)
    with asking(operation, f"s3://{listed.name}"):
        answer = connection.s3(listed.region).put_bucket_encryption(
            Bucket=listed.name,
            ServerSideEncryptionConfiguration=configuration,
            **_expected_owner(connection, listed),
        )
    return answer["ResponseMetadata"].get("RequestId")


def get_bucket_tags(connection: Connection, listed: Listed) -> dict[str, str]:
    """The bucket's tags; none is an empty dict. Raises AwsError."""
    try:
        with asking(op.GET_BUCKET_TAGGING, f"s3://{listed.name}"):
            answer = connection.s3(listed.region).get_bucket_tagging(
                Bucket=listed.name, **_expected_owner(connection, listed)
            )
            return {tag["Key"]: tag["Value"] for tag in answer.get("TagSet", [])}
    except AwsError as error:
        if error.code == "NoSuchTagSet":
            return {}
        raise


def encryption_from_answer(answer: Mapping[str, Any], subject: str) -> Encryption:
    """The rule in a GetBucketEncryption answer. Raises BadAnswer where there is not exactly one.

    An empty list is not "SSE-S3": a server that does not know the sub-resource answers
    with something else, which parses as no rules.
    """
    rules = (answer.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    if len(rules) != 1:
        count = len(rules) or "no"
        raise BadAnswer(
            f"GetBucketEncryption for {subject} was answered with {count} rules", hint=_PROXY_HINT
        )
    rule = rules[0]
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    blocked = rule.get("BlockedEncryptionTypes")
    if not default and blocked is None and "BucketKeyEnabled" not in rule:
        raise BadAnswer(
            f"GetBucketEncryption for {subject} was answered with an empty rule", hint=_PROXY_HINT
        )
    return Encryption(
        algorithm=default.get("SSEAlgorithm"),
        key=default.get("KMSMasterKeyID") or None,
        bucket_key=rule.get("BucketKeyEnabled"),
        blocked=None if blocked is None else tuple(blocked.get("EncryptionType") or ()),
    )


def _expected_owner(connection: Connection, listed: Listed) -> dict[str, Any]:
    """A name can be re-created by a stranger (fact A26); a directory bucket answers 501 (fact A20)."""
    return {} if listed.kind is BucketKind.DIRECTORY else {"ExpectedBucketOwner": connection.account}


def evidence(operation: Operation, request_id: str | None) -> Evidence:
    """A call that was just made, or refused."""
    return Evidence(operation.name, request_id, datetime.now(UTC))


def _rows(page: Mapping[str, Any], operation: Operation, subject: str) -> list[dict[str, Any]]:
    """The list in the answer. An empty account still sends the element; a proxy's page does not."""
    rows = page.get("Buckets")
    if rows is None:
        raise BadAnswer(f"{operation.name} for {subject} was answered with no bucket list", hint=_PROXY_HINT)
    return list(rows)


def _region(row: Mapping[str, Any]) -> str | None:
    """What is no region's name is no region: the bucket is then asked where the account's calls go."""
    region = str(row.get("BucketRegion") or "")
    return region if is_region(region) else None


def _name(row: Mapping[str, Any], operation: Operation, subject: str) -> str:
    name = row.get("Name")
    if not name:
        raise BadAnswer(f"{operation.name} for {subject} listed a bucket without a name", hint=_PROXY_HINT)
    return str(name)
