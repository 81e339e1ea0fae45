"""What has to change before a bucket that is replicated gets SSE-KMS: its rules, and its role. Printed, not written.

An object under SSE-KMS is replicated only by a rule that selects such objects and names a key for the replicas, and
by a role that may decrypt with the one and encrypt with the other (fact C22).
"""

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s3kms.aws import bucket_encryption as s3
from s3kms.aws.replication_rules import get_bucket_replication
from s3kms.aws.response_checks import ListedBucket
from s3kms.changes.policies.accounts import PolicyAccounts
from s3kms.changes.policies.left import LeftPolicy
from s3kms.changes.policies.outlook import PreparationFold
from s3kms.changes.policies.replication_roles import PLACEHOLDER, ReplicationRole
from s3kms.model.advice import Advice
from s3kms.model.bucket import BucketKind
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.plan import PlannedBucket

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.planning.account import BucketJudge

REPLICATION_HAZARDS = frozenset(
    {"replication_source", "replication_role_lacks_permission", "replication_role_demands_sse_s3"}
)
_NO_REPLICA_KEY = "; the key for the replicas is not known"
_NAME_KEY = Advice("replace it with the ARN of a key in the region of the replicas")
_PUT = Advice("apply it with aws s3api put-bucket-replication, or in the code that declares it")


def replication_documents(
    remaining: Iterable[PlannedBucket], fold: PreparationFold, accounts: PolicyAccounts
) -> Iterator[LeftPolicy]:
    """The rules of each bucket as they have to be, and what the policies of each role have to say, once a role.

    `remaining` are the buckets that are not ready with the policies of keys and buckets. Raises CredentialsProblem.
    """
    roles: dict[str, ReplicationRole] = {}
    for planned in remaining:
        judge = fold.judges.get((planned.account, planned.bucket))
        connection = accounts.of_bucket(planned.account or "")
        if judge and connection and REPLICATION_HAZARDS & {one.id for one in planned.hazards}:
            yield from _of_bucket(planned, judge, connection, roles)
    for role in roles.values():
        yield from role.documents()


def _of_bucket(
    planned: PlannedBucket, judge: "BucketJudge", connection: "Connection", roles: dict[str, ReplicationRole]
) -> Iterator[LeftPolicy]:
    title, region = f"the replication configuration of s3://{planned.bucket}", planned.region or ""
    try:
        present = get_bucket_replication(connection, planned.bucket, region)
    except CredentialsProblem:
        raise
    except AwsError as error:
        yield LeftPolicy(title, None, region, str(error), error.advice)
        return
    wanted = _Rules(connection, region, deepcopy(dict(present)))
    wanted.select_kms()
    if wanted.configuration != present:
        is_open = PLACEHOLDER in wanted.keys
        why = f"s3kms does not write replication rules{_NO_REPLICA_KEY if is_open else ''}"
        before, after = (json.dumps(one, sort_keys=True) for one in (present, wanted.configuration))
        yield LeftPolicy(title, None, region, why, _NAME_KEY if is_open else _PUT, before, after)
    name = present.get("Role")
    if isinstance(name, str) and name and planned.after is not None:
        role = roles.setdefault(name, ReplicationRole(name, judge.identity_of(name)))
        role.keys[planned.after.key, region] = None
        role.replicas |= dict.fromkeys((one, region) for one in wanted.keys)


@dataclass(slots=True)
class _Rules:
    """The rules of one replication, and the keys that its replicas get."""

    connection: "Connection"
    region: str
    configuration: dict[str, Any]
    keys: dict[str, None] = field(default_factory=dict)

    def select_kms(self) -> None:
        """Let each enabled rule select objects under SSE-KMS, and name a key for their replicas."""
        for rule in self.configuration.get("Rules", ()):
            if rule.get("Status") == "Disabled":
                continue
            rule.setdefault("SourceSelectionCriteria", {})["SseKmsEncryptedObjects"] = {"Status": "Enabled"}
            destination = rule.setdefault("Destination", {})
            encryption = destination.setdefault("EncryptionConfiguration", {})
            if not encryption.get("ReplicaKmsKeyID"):
                encryption["ReplicaKmsKeyID"] = self._key_of(str(destination.get("Bucket", "")))
            self.keys[str(encryption["ReplicaKmsKeyID"])] = None

    def _key_of(self, destination: str) -> str:
        """The key that is the default of the destination, where its default names one and may be read."""
        listed = ListedBucket(destination.rpartition(":")[2], self.region, BucketKind.GENERAL_PURPOSE)
        try:
            default, _ = s3.get_bucket_encryption(self.connection, listed)
        except CredentialsProblem:
            raise
        except AwsError:
            return PLACEHOLDER
        is_arn = KeyReference.parse(default.key).form is KeyForm.ARN
        return default.key if is_arn and default.key else PLACEHOLDER
