"""Whether buckets still need a policy that is about to be narrowed: their readers or writers would lose access."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Protocol

from s3kms.aws import bucket_encryption as s3
from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.aws.response_checks import ListedBucket
from s3kms.changes.policies.kind import (
    BucketPolicyChange,
    BucketsGiven,
    KeyUser,
    PolicyChange,
    PolicyT_contra,
)
from s3kms.model import policy_operations as op
from s3kms.model.bucket import DIRECTORY_SUFFIX, BucketKind
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.operations import LIST_BUCKETS

MAX_PAGES = 10
"""Of the listing of a bucket that may hold objects under the key."""
MAX_HEADS = 200
"""Objects that are looked at one by one."""
CLOCK_SKEW = timedelta(minutes=15)
"""By as much the clock of whoever prepared may differ from that of S3, which signs nothing beyond it."""
ConnectionTo = Callable[[str], Connection | None]


class PolicyUsers(Protocol[PolicyT_contra]):
    """Whoever tells whether a policy is needed."""

    def why_in_use(self, change: PolicyT_contra) -> str | None:
        """Why the policy is still needed; None where it is not."""
        ...


class BucketsUnderKey:
    """Looks at every bucket of the accounts that a policy was prepared for, in the region of the key.

    The statements let principals in, not buckets: whoever gave a bucket the key later relies on them, too.
    """

    def __init__(self, connection_to: ConnectionTo, given: BucketsGiven) -> None:
        """`given` tells by the journals which buckets had the key once."""
        self._connection_to = connection_to
        self._given = given

    def why_in_use(self, change: PolicyChange) -> str | None:
        """The first bucket whose default names the key, or that may hold objects under it; or what hides that.

        Raises CredentialsProblem.
        """
        given = self._given(change.key)
        if isinstance(given, str):
            return given
        users = tuple(dict.fromkeys((*change.users, *(one for one in given if one not in change.earlier))))
        for account in sorted({one.account for one in users}):
            if why := self._of_account(
                change, account, [one.bucket for one in users if one.account == account]
            ):
                return why
        return None

    def _of_account(self, change: PolicyChange, account: str, users: list[str]) -> str | None:
        try:
            connection = self._connection_to(account)
            if connection is None:
                return (
                    f"whether buckets in account {account} use the key is not known: there are no credentials "
                    "for that account"
                )
            others = _bucket_names(connection, change.region)
            done_without = {one.bucket for one in change.earlier if one.account == account}
            names = dict.fromkeys((*users, *(name for name in others if name not in done_without)))
        except CredentialsProblem:
            raise
        except AwsError as error:
            return f"whether buckets in account {account} use the key could not be read: {error}"
        look = _Look(connection, change)
        return next(filter(None, (look.why(name, holds=name in users) for name in names)), None)


class BucketUnderItsDefault:
    """Looks at the bucket whose policy is about to be narrowed: its writers need it as long as it has the default."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def why_in_use(self, change: BucketPolicyChange) -> str | None:
        """That the bucket has the default that the policy would keep out; or what hides that.

        Raises CredentialsProblem.
        """
        try:
            found = _default_of(self._connection, change.bucket, change.region)
        except CredentialsProblem:
            raise
        except NotFound:
            return None
        except AwsError as error:
            return f"the default encryption of s3://{change.bucket} could not be read: {error}"
        why = why_default_is(found, change.key)
        return f"s3://{change.bucket} {why}, and its writers would be denied" if why else None


def buckets_under(connection: Connection, key: str, region: str) -> tuple[KeyUser, ...]:
    """The buckets of an account whose default is the key, or may be; those that cannot be read, too.

    Raises AwsError where they cannot be listed.
    """
    names = _bucket_names(connection, region)
    return tuple(
        KeyUser(connection.account, name) for name in names if _is_under(connection, name, key, region)
    )


def _is_under(connection: Connection, bucket: str, key: str, region: str) -> bool:
    try:
        found = _default_of(connection, bucket, region)
    except CredentialsProblem:
        raise
    except AwsError:
        return True
    return why_default_is(found, key) is not None


def _default_of(connection: Connection, bucket: str, region: str) -> Encryption:
    kind = BucketKind.DIRECTORY if bucket.endswith(DIRECTORY_SUFFIX) else BucketKind.GENERAL_PURPOSE
    return s3.get_bucket_encryption(connection, ListedBucket(bucket, region, kind))[0]


def why_default_is(default: Encryption, key: str | None) -> str | None:
    """That a default is, or may be, a key, as a predicate; None is aws/s3. None where it is another. Pure."""
    form = KeyReference.parse(default.key).form
    if key is None:
        is_it = default.is_kms and form is KeyForm.AWS_MANAGED
        return "uses aws/s3 for its default encryption" if is_it else None
    if default.key in {key, key.rsplit("/", 1)[1]}:
        return "uses the key for its default encryption"
    if form not in {KeyForm.AWS_MANAGED, KeyForm.ARN, KeyForm.ID}:
        return f"has {default.key} as the key of its default encryption, which may be this key"
    return None


class _Look:
    """One account's buckets and one key."""

    def __init__(self, connection: Connection, change: PolicyChange) -> None:
        self._connection = connection
        self._change = change

    def why(self, bucket: str, *, holds: bool) -> str | None:
        """Why a bucket keeps the key in use; `holds`: whether it had the key, so that it may hold objects."""
        try:
            found = self._why_default(bucket) or (self._why_objects(bucket) if holds else None)
        except NotFound:
            return None  # it is gone, and nobody reads it
        except CredentialsProblem:
            raise
        except AwsError as error:
            return f"whether s3://{bucket} uses the key could not be read: {error}"
        return f"s3://{bucket} {found}" if found else None

    def _why_default(self, bucket: str) -> str | None:
        found = _default_of(self._connection, bucket, self._change.region)
        why = why_default_is(found, self._change.key)
        return f"{why}, and its readers would lose access" if why else None

    def _why_objects(self, bucket: str) -> str | None:
        rows = list(self._versions(bucket))
        if None in rows:
            return f"has more than {MAX_PAGES * 1000:,} objects, some of which may be under the key"
        since = self._change.at - CLOCK_SKEW
        looked_at = rows if len(rows) <= MAX_HEADS else [row for row in rows if row["LastModified"] >= since]
        if len(looked_at) > MAX_HEADS:
            return f"has more than {MAX_HEADS} new objects, some of which may be under the key"
        if any(self._key_of(bucket, row) == self._change.key for row in looked_at):
            return "has objects under the key, and their readers would lose access"
        return None

    def _versions(self, bucket: str) -> Iterator[Any]:
        """The rows of the listing, every version of an object; None where there are more than are read."""
        client = self._connection.s3(self._change.region)
        asked: dict[str, Any] = {"Bucket": bucket, "ExpectedBucketOwner": self._connection.account}
        for _ in range(MAX_PAGES):
            with translate_errors(op.LIST_VERSIONS_UNDER_KEY, f"s3://{bucket}"):
                page: Any = client.list_object_versions(**asked)
                needed = ("Key", "VersionId", "IsLatest", "LastModified")
                rows = [{name: row[name] for name in needed} for row in page.get("Versions", ())]
                if page.get("IsTruncated"):
                    asked |= {name: page[f"Next{name}"] for name in ("KeyMarker", "VersionIdMarker")}
            yield from rows
            if not page.get("IsTruncated"):
                return
        yield None

    def _key_of(self, bucket: str, row: Mapping[str, Any]) -> str | None:
        """The key of one version; None where it has none, or was deleted during the run."""
        # Of an object that has no versions the name says all, and servers other than AWS refuse `null`.
        is_plain = row["VersionId"] == "null" and row["IsLatest"]
        operation = op.HEAD_OBJECT_UNDER_KEY if is_plain else op.HEAD_VERSION_UNDER_KEY
        asked: dict[str, Any] = {} if is_plain else {"VersionId": row["VersionId"]}
        try:
            with translate_errors(operation, f"s3://{bucket}/{row['Key']}"):
                found = self._connection.s3(self._change.region).head_object(
                    Bucket=bucket, Key=row["Key"], ExpectedBucketOwner=self._connection.account, **asked
                )
        except NotFound:
            return None
        return found.get("SSEKMSKeyId")


def _bucket_names(connection: Connection, region: str) -> Iterable[str]:
    """The general purpose buckets of an account in a region. Raises AwsError."""
    client: Any = connection.s3(region)
    subject = f"the buckets of account {connection.account}"
    asked: dict[str, Any] = {"BucketRegion": region, "MaxBuckets": 1000}
    names: list[str] = []
    pages = RepeatedPages(LIST_BUCKETS, subject)
    while True:
        with translate_errors(LIST_BUCKETS, subject):
            page = client.list_buckets(**asked)
            rows = [row["Name"] for row in page["Buckets"]]
        names += rows
        token = page.get("ContinuationToken")
        if not token:
            return names
        pages.watch(token, rows)
        asked["ContinuationToken"] = token
