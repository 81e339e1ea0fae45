"""AWS::S3::Bucket in CloudFormation: the whole of BucketEncryption, its removal, the stack's tags, and import."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

from moto.cloudformation.models import CloudFormationBackend
from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.utilities.utils import get_partition

from s3kms.demo.corrections.encryption import set_rule
from s3kms.demo.corrections.ownership import bucket_named
from s3kms.demo.corrections.stored_rule import StoredRule

if TYPE_CHECKING:
    from collections.abc import Mapping

_importing: contextvars.ContextVar[bool] = contextvars.ContextVar("importing", default=False)
_MANAGED = "s3kms_encryption_from_template"
_TAGS = "s3kms_tags_of_stack"


def rule_of_template(properties: Mapping[str, Any]) -> StoredRule | None:
    """The default encryption that a template asks for, whose property names differ from the API's (fact H1).

    None where it has no BucketEncryption.
    """
    encryption = properties.get("BucketEncryption")
    if not encryption:
        return None
    rule = encryption["ServerSideEncryptionConfiguration"][0]
    default = rule.get("ServerSideEncryptionByDefault") or {}
    blocked = rule.get("BlockedEncryptionTypes")
    return StoredRule(
        algorithm=default.get("SSEAlgorithm"),
        key=default.get("KMSMasterKeyID"),
        bucket_key=str(rule.get("BucketKeyEnabled", False)).lower() == "true",
        blocked=None if blocked is None else tuple(blocked.get("EncryptionType", ())),
    )


def _apply(bucket: Any, properties: Mapping[str, Any]) -> None:
    """Set the encryption that the template has.

    Reset the one that an earlier template had and this one lacks (fact H4).
    """
    rule = rule_of_template(properties)
    if rule is not None:
        set_rule(bucket, rule)
    elif getattr(bucket, _MANAGED, False):
        set_rule(bucket, None)
    setattr(bucket, _MANAGED, rule is not None)


def _tag(bucket: Any, where: tuple[Any, ...]) -> None:
    """Give it the tags that CloudFormation gives what it makes, beside those of the template."""
    account_id, region_name = where
    backend = s3_backends[account_id][get_partition(region_name)]
    backend.tagger.tag_resource(bucket.arn, getattr(bucket, _TAGS, []))


def _stack_tags(logical_id: str, stack_id: str) -> list[dict[str, str]]:
    tags = {"logical-id": logical_id, "stack-id": stack_id, "stack-name": stack_id.split("/")[1]}
    return [{"Key": f"aws:cloudformation:{name}", "Value": value} for name, value in tags.items()]


def correct_bucket_resource() -> None:
    """Give buckets of a stack all parts of BucketEncryption, its reset when it is dropped, and the stack's tags.

    moto keeps algorithm and key only, keeps a dropped encryption, and tags EC2's resources alone.
    """
    create, update = FakeBucket.create_from_cloudformation_json, FakeBucket.update_from_cloudformation_json

    def create_from_cloudformation_json(
        cls: type[Any],
        /,
        resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> Any:
        properties = cloudformation_json.get("Properties", {})
        existing = bucket_named(resource_name)
        if _importing.get() and existing is not None and existing.account_id == account_id:
            setattr(existing, _MANAGED, "BucketEncryption" in properties)
            return existing
        bucket = create.__func__(
            cls, resource_name, _plain(cloudformation_json), account_id, region_name, **kwargs
        )
        _apply(bucket, properties)
        if kwargs.get("LogicalId"):
            setattr(bucket, _TAGS, _stack_tags(kwargs["LogicalId"], kwargs["StackId"]))
            _tag(bucket, (account_id, region_name))
        return bucket

    def update_from_cloudformation_json(
        cls: type[Any],
        /,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        *where: Any,
        **named: Any,
    ) -> Any:
        plain = _plain(cloudformation_json)
        plain["Properties"].setdefault("BucketName", original_resource.name)  # moto's tagging needs it
        bucket = update.__func__(cls, original_resource, new_resource_name, plain, *where, **named)
        _apply(bucket, cloudformation_json.get("Properties", {}))
        _tag(bucket, (named["account_id"], named["region_name"]))
        return bucket

    FakeBucket.create_from_cloudformation_json = classmethod(create_from_cloudformation_json)
    FakeBucket.update_from_cloudformation_json = classmethod(update_from_cloudformation_json)


def _plain(cloudformation_json: Mapping[str, Any]) -> dict[str, Any]:
    """The resource without its encryption, so that moto keeps no second opinion of it."""
    properties = {
        k: v for k, v in cloudformation_json.get("Properties", {}).items() if k != "BucketEncryption"
    }
    return {**cloudformation_json, "Properties": properties}


def correct_backend_rule() -> None:
    """Store what moto itself puts as a bucket's encryption where these corrections look for it."""

    def put_bucket_encryption(self: Any, bucket_name: str, encryption: Mapping[str, Any]) -> None:
        rule = encryption["Rule"]
        default = rule.get("ApplyServerSideEncryptionByDefault") or {}
        bucket_key = str(rule.get("BucketKeyEnabled", False)).lower() == "true"
        made = StoredRule(default.get("SSEAlgorithm"), default.get("KMSMasterKeyID"), bucket_key)
        set_rule(self.get_bucket(bucket_name), made)

    S3Backend.put_bucket_encryption = put_bucket_encryption


def correct_change_sets() -> None:
    """Add what moto lacks of change sets: the outputs of the stack they make, and the type IMPORT.

    Imports adopt existing buckets, into a new stack or an existing one; moto takes every change set that is not an
    UPDATE for a new stack, and then fails to create the bucket. As in AWS, importing leaves the bucket's settings
    as they are; the next update that touches it applies them.
    """
    create, execute = CloudFormationBackend.create_change_set, CloudFormationBackend.execute_change_set

    def create_change_set(self: Any, stack_name: str, *args: Any, **named: Any) -> Any:
        existing = next((stack for stack in self.stacks.values() if stack.name == stack_name), None)
        if existing and existing.status == "REVIEW_IN_PROGRESS":  # nothing is in it yet
            del self.stacks[existing.stack_id]
            existing = None
        if named.get("change_set_type") != "IMPORT" or not existing:
            return create(self, stack_name, *args, **named)
        ids = create(self, stack_name, *args, **(named | {"change_set_type": "UPDATE"}))
        self.change_sets[ids[0]].change_set_type = "IMPORT"
        return ids

    def execute_change_set(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
        change_set = self.describe_change_set(change_set_name)
        token = _importing.set(change_set.change_set_type == "IMPORT")
        try:
            execute(self, change_set_name, stack_name)
        finally:
            _importing.reset(token)
        if stack := self.stacks.get(change_set.stack_id):
            stack._parse_template()
            stack.output_map = stack._create_output_map()  # moto made it when the stack was still empty

    CloudFormationBackend.create_change_set = create_change_set
    CloudFormationBackend.execute_change_set = execute_change_set
