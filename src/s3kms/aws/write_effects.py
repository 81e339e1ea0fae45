"""The settings of a bucket that a new object meets, read once a bucket through botocore."""

from collections.abc import Callable, Mapping
from typing import Any

from s3kms.aws.boundary import translate_errors
from s3kms.aws.connection import Connection
from s3kms.model import object_operations as op
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.operations import GET_BUCKET_ACL, GET_BUCKET_NOTIFICATION, GET_BUCKET_REPLICATION, Operation
from s3kms.model.unknown import Unknown
from s3kms.model.write_effects import WriteEffects

_NONE = {
    "NoSuchLifecycleConfiguration",
    "ReplicationConfigurationNotFoundError",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "NotImplemented",
}
"""How S3 says that a bucket has no such setting, and another server that it has no such feature."""


def read_write_effects(connection: Connection, bucket: str, region: str, account: str) -> WriteEffects:
    """What becomes of objects that are written to a bucket. Blocks. Raises CredentialsProblem."""
    reader = _Reader(connection, bucket, region, account)
    versioning = reader.read("versioning", op.GET_BUCKET_VERSIONING, "get_bucket_versioning", _versioning)
    ages = reader.read(
        "ages", op.GET_BUCKET_LIFECYCLE, "get_bucket_lifecycle_configuration", _rules_that_count_age
    )
    replication = reader.read("replication", GET_BUCKET_REPLICATION, "get_bucket_replication", _replication)
    events = reader.read("events", GET_BUCKET_NOTIFICATION, "get_bucket_notification_configuration", _events)
    lock = reader.read("has_object_lock", op.GET_BUCKET_OBJECT_LOCK, "get_object_lock_configuration", _lock)
    has_acls = reader.read("has_acls", op.GET_BUCKET_OWNERSHIP, "get_bucket_ownership_controls", _has_acls)
    owner = None
    if has_acls is not False:
        owner = reader.read("owner", GET_BUCKET_ACL, "get_bucket_acl", lambda answer: answer["Owner"]["ID"])
    return WriteEffects(
        versioning=versioning,
        ages=ages,
        replication=replication,
        events=events,
        has_object_lock=None if lock is None else bool(lock),
        default_retention=lock.get("default") if lock else None,
        has_acls=has_acls,
        owner=owner,
        unread=reader.unread,
    )


class _Reader:
    def __init__(self, connection: Connection, bucket: str, region: str, account: str) -> None:
        self.unread: dict[str, Unknown] = {}
        self._client = connection.s3(region)
        self._bucket, self._account = bucket, account

    def read(self, name: str, operation: Operation, method: str, told: Callable[[Any], Any]) -> Any:
        """What one answer tells; None where it could not be read. Raises CredentialsProblem."""
        subject = f"s3://{self._bucket}"
        try:
            with translate_errors(operation, subject):
                call = getattr(self._client, method)
                answer = call(Bucket=self._bucket, ExpectedBucketOwner=self._account)
        except CredentialsProblem:
            raise
        except AwsError as error:
            if error.code not in _NONE:
                self.unread[name] = error.as_unknown()
                return None
            answer = {}
        return told(answer)


def _versioning(answer: Mapping[str, Any]) -> str:
    return str(answer.get("Status", ""))


def _rules_that_count_age(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Those that expire or move current objects some days after they were written (fact D15)."""
    return tuple(
        str(rule.get("ID", "without an id"))
        for rule in answer.get("Rules", ())
        if rule.get("Status") == "Enabled"
        and any("Days" in one for one in (rule.get("Expiration", {}), *rule.get("Transitions", ())))
    )


def _replication(answer: Mapping[str, Any]) -> tuple[str, ...]:
    rules = answer.get("ReplicationConfiguration", {}).get("Rules", ())
    return tuple(str(rule.get("ID", "without an id")) for rule in rules if rule.get("Status") == "Enabled")


_ARN_OF = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}


def _events(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom a copy is told to: as any new object, as a copy, or as an upload in parts."""
    found = [
        str(one.get(arn, ""))
        for name, arn in _ARN_OF.items()
        for one in answer.get(name, ())
        if any(_is_of_a_copy(event) for event in one.get("Events", ()))
    ]
    return (*found, *(("EventBridge",) if "EventBridgeConfiguration" in answer else ()))


def _is_of_a_copy(event: str) -> bool:
    kind, _, what = event.removeprefix("s3:").partition(":")
    return kind == "ObjectCreated" and what in {"*", "Copy", "CompleteMultipartUpload"}


def _lock(answer: Mapping[str, Any]) -> Mapping[str, str | None]:
    """Empty where the bucket has no Object Lock; else with its default retention, if it has one."""
    configuration = answer.get("ObjectLockConfiguration", {})
    if configuration.get("ObjectLockEnabled") != "Enabled":
        return {}
    rule = configuration.get("Rule", {}).get("DefaultRetention", {})
    if not rule.get("Mode"):
        return {"default": None}
    time = f"{rule['Days']} days" if rule.get("Days") else f"{rule.get('Years')} years"
    return {"default": f"{rule['Mode']} for {time}"}


def _has_acls(answer: Mapping[str, Any]) -> bool:
    """A bucket without ownership controls has the oldest of them, in which every object has its ACL."""
    rules = answer.get("OwnershipControls", {}).get("Rules", ())
    return not any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in rules)
