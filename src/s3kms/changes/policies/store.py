"""Where key policies are written and read back, and whether buckets use the key."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from s3kms.aws import bucket_encryption as s3
from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.response_checks import ListedBucket
from s3kms.changes.policies.kind import PolicyChange
from s3kms.model import policy_operations as op
from s3kms.model.bucket import BucketKind
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.operations import GET_KEY_POLICY

MAX_PAGES = 10
"""Of the listing of a bucket that may hold objects under the key."""
MAX_HEADS = 200
"""Objects that are looked at one by one."""


class KeyPolicyStore(Protocol):
    """Key policies, to read and to write. Raises AwsError."""

    def read(self, change: PolicyChange) -> str:
        """The document that the key has now."""
        ...

    def write(self, change: PolicyChange) -> None:
        """Put `after`; a return proves nothing."""
        ...

    def why_in_use(self, change: PolicyChange) -> str | None:
        """Why the buckets of the change still need it; None where they do not."""
        ...


class KmsPolicyStore:
    """KMS itself; the buckets over the connection of their own account, where that is another one."""

    def __init__(self, connection: Connection, buckets: Connection | None = None) -> None:
        self._connection = connection
        self._buckets = buckets or connection

    def read(self, change: PolicyChange) -> str:
        """The document that the key has now. Raises AwsError."""
        return read_key_policy(self._connection, change.key, change.region)

    def write(self, change: PolicyChange) -> None:
        """Put `after`, never past the check of KMS against locking everybody out. Raises AwsError."""
        client = self._connection.passing_client("kms", change.region)
        with translate_errors(op.PUT_KEY_POLICY, f"KMS key {change.key}"):
            client.put_key_policy(KeyId=change.key, PolicyName="default", Policy=change.after)

    def why_in_use(self, change: PolicyChange) -> str | None:
        """The first bucket whose default names the key, or that may hold objects under it."""
        for bucket in change.buckets:
            try:
                if why := self._why(change, bucket):
                    return f"s3://{bucket} {why}"
            except NotFound:
                continue  # it is gone, and nobody reads it
            except CredentialsProblem:
                raise
            except AwsError as error:
                return f"whether s3://{bucket} uses the key could not be read: {error}"
        return None

    def _why(self, change: PolicyChange, bucket: str) -> str | None:
        listed = ListedBucket(bucket, change.region, BucketKind.GENERAL_PURPOSE)
        encryption, _ = s3.get_bucket_encryption(self._buckets, listed)
        form = KeyReference.parse(encryption.key).form
        if encryption.key in {change.key, change.key.rsplit("/", 1)[1]}:
            return "has the key as its default, and its readers would lose access"
        if form not in {KeyForm.AWS_MANAGED, KeyForm.ARN, KeyForm.ID}:
            return f"has {encryption.key} as its default, which may be the key"
        heads = 0
        for row in self._objects(change, bucket):
            if row is None:
                return f"has more than {MAX_PAGES * 1000:,} objects, and may hold some under the key"
            if row["LastModified"] < change.at:
                continue
            heads += 1
            if heads > MAX_HEADS:
                return f"has more than {MAX_HEADS} new objects, and may hold some under the key"
            if self._key_of(change, bucket, row) == change.key:
                return "holds objects under the key, and their readers would lose access"
        return None

    def _objects(self, change: PolicyChange, bucket: str) -> Iterator[Any]:
        """The rows of the listing, every version of an object; None where there are more than are read."""
        client = self._buckets.s3(change.region)
        asked: dict[str, Any] = {"Bucket": bucket, "ExpectedBucketOwner": self._buckets.account}
        for _ in range(MAX_PAGES):
            with translate_errors(op.LIST_VERSIONS_UNDER_KEY, f"s3://{bucket}"):
                page: Any = client.list_object_versions(**asked)
                needed = ("Key", "VersionId", "IsLatest", "LastModified")
                rows = [{name: row[name] for name in needed} for row in page.get("Versions", ())]
                if page.get("IsTruncated"):
                    markers = {name: page[f"Next{name}"] for name in ("KeyMarker", "VersionIdMarker")}
            yield from rows
            if not page.get("IsTruncated"):
                return
            asked |= markers
        yield None

    def _key_of(self, change: PolicyChange, bucket: str, row: Mapping[str, Any]) -> str | None:
        """The key of one version; None where it has none, or was deleted meanwhile."""
        # Of an object that has no versions the name says all, and servers other than AWS refuse `null`.
        is_plain = row["VersionId"] == "null" and row["IsLatest"]
        operation = op.HEAD_OBJECT_UNDER_KEY if is_plain else op.HEAD_VERSION_UNDER_KEY
        asked: dict[str, Any] = {} if is_plain else {"VersionId": row["VersionId"]}
        try:
            with translate_errors(operation, f"s3://{bucket}/{row['Key']}"):
                found = self._buckets.s3(change.region).head_object(
                    Bucket=bucket, Key=row["Key"], ExpectedBucketOwner=self._buckets.account, **asked
                )
        except NotFound:
            return None
        return found.get("SSEKMSKeyId")


def read_key_policy(connection: Connection, key: str, region: str) -> str:
    """The policy of a key. Raises AwsError."""
    subject = f"KMS key {key}"
    with translate_errors(GET_KEY_POLICY, subject):
        answer = connection.passing_client("kms", region).get_key_policy(KeyId=key, PolicyName="default")
    found = answer.get("Policy")
    if not isinstance(found, str):
        raise bad_answer(GET_KEY_POLICY, subject, "was answered without Policy")
    return found


def stack_of_key(connection: Connection, key: str, region: str, tag: str) -> str | None:
    """The CloudFormation stack that made a key; None where none did. Raises AwsError."""
    with translate_errors(op.LIST_KEY_TAGS, f"KMS key {key}"):
        answer = connection.passing_client("kms", region).list_resource_tags(KeyId=key)
        rows = [(str(row["TagKey"]), str(row["TagValue"])) for row in answer.get("Tags", ())]
    return dict(rows).get(tag)
