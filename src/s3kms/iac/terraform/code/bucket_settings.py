"""What the settings of a bucket say of its use: policy, ACL, website, replication; inline or in other resources."""

from collections.abc import Iterator

from s3kms.iac.hcl.scalars import list_elements
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.policy_nodes import Explain, document_of_parts, part_of, text_of
from s3kms.iac.terraform.code.instance_identity import without_keys
from s3kms.iac.terraform.code.policy_meanings import explain_part
from s3kms.iac.terraform.code.resource_blocks import ResourceBlock
from s3kms.iac.terraform.resource_types import BUCKET
from s3kms.iac.usage_index import PublicAccessBlock, RoleName, RolePolicy, UsageFact, Website
from s3kms.iac.values import UnknownValue
from s3kms.model.policy import PolicyDocument, PolicyNode
from s3kms.model.unknown import Unknown
from s3kms.model.usage import (
    ALL_USERS_GROUP,
    AUTHENTICATED_USERS_GROUP,
    LOG_DELIVERY_GROUP,
    AclGrant,
    ReplicationRule,
)

SETTINGS = frozenset(
    {
        BUCKET,
        "aws_s3_bucket_policy",
        "aws_s3_bucket_acl",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_website_configuration",
        "aws_s3_bucket_replication_configuration",
    }
)
"""The types whose `bucket` is the bucket, or that are it."""
KEY_POLICIES = frozenset(
    {
        "aws_kms_key",
        "aws_kms_external_key",
        "aws_kms_replica_key",
        "aws_kms_key_policy",
        "aws_iam_policy",
        "aws_iam_role_policy",
        "aws_iam_user_policy",
        "aws_iam_group_policy",
        "aws_iam_role",
    }
)
"""The types whose policies may speak of an encryption context."""
ROLE, _POLICY = "aws_iam_role", "aws_iam_policy"
ATTACHMENTS = frozenset({"aws_iam_role_policy_attachment", "aws_iam_policy_attachment"})
"""The types that give a role a managed policy."""
_CANNED = {
    "log-delivery-write": ((LOG_DELIVERY_GROUP, "WRITE"),),
    "public-read": ((ALL_USERS_GROUP, "READ"),),
    "authenticated-read": ((AUTHENTICATED_USERS_GROUP, "READ"),),
    "public-read-write": ((ALL_USERS_GROUP, "READ"), (ALL_USERS_GROUP, "WRITE")),
}
_MAX_DEPTH = 40


def find_settings(resource: ResourceBlock, resource_type: str, address: str) -> Iterator[UsageFact]:
    """What a resource says of the use of its bucket."""
    if resource_type in {BUCKET, "aws_s3_bucket_policy"} and (policy := resource.value("policy")) is not None:
        yield to_document(policy, address, explain_part)
    if resource_type in {BUCKET, "aws_s3_bucket_acl"}:
        yield from _grants(resource, address)
    if resource_type == "aws_s3_bucket_public_access_block":
        yield PublicAccessBlock(
            _flag(iter((resource.value("ignore_public_acls"),))),
            _flag(iter((resource.value("restrict_public_buckets"),))),
            address,
            resource.is_certain,
        )
    if resource_type == "aws_s3_bucket_website_configuration" or (
        resource_type == BUCKET and any(resource.blocks("website"))
    ):
        yield Website()
    if resource_type == BUCKET:
        for configuration in resource.blocks("replication_configuration"):
            yield from (_rule(one, configuration) for one in configuration.blocks("rules"))
    if resource_type == "aws_s3_bucket_replication_configuration":
        yield from (_rule(one, resource) for one in resource.blocks("rule"))


def find_key_policies(resource: ResourceBlock, address: str) -> Iterator[PolicyDocument]:
    """The policies of a key or an identity."""
    for block in (resource, *resource.blocks("inline_policy")):
        if (policy := block.value("policy")) is not None:
            yield to_document(policy, address, explain_part)


def find_roles(resource: ResourceBlock, resource_type: str, address: str) -> Iterator[RolePolicy | RoleName]:
    """What a resource says of the policies of roles."""
    if resource_type == ROLE:
        yield RoleName(without_keys(address), _text(resource.value("name")))
        for inline in resource.blocks("inline_policy"):
            if (policy := inline.value("policy")) is not None:
                yield RolePolicy(without_keys(address), to_document(policy, address, explain_part))
        for arn in _elements(resource.value("managed_policy_arns")):
            yield RolePolicy(without_keys(address), address_of(arn, _POLICY) or None)
    if resource_type == "aws_iam_role_policy" and (policy := resource.value("policy")) is not None:
        for role in _roles(resource.value("role")):
            yield RolePolicy(role, to_document(policy, address, explain_part))
    if resource_type in ATTACHMENTS:
        arn = address_of(resource.value("policy_arn"), _POLICY) or None
        for value in (resource.value("role"), *_elements(resource.value("roles"))):
            for role in _roles(value):
                yield RolePolicy(role, arn)


def _elements(value: Value) -> list[Value]:
    return list(list_elements(value)) if isinstance(value, list | SetValue) else []


def _roles(value: Value) -> Iterator[str]:
    if role := address_of(value, ROLE) or _text(value):
        yield role


def address_of(value: Value, resource_type: str) -> str:
    """The address, without keys, of the resource of a type that a value is an attribute of; empty for none."""
    reference = value.reference if isinstance(value, UnknownValue) else None
    return without_keys(reference.address) if reference and reference.type == resource_type else ""


def _grants(resource: ResourceBlock, address: str) -> Iterator[AclGrant]:
    acl = resource.value("acl")
    for group, granted in _CANNED.get(acl, ()) if isinstance(acl, str) else ():
        yield AclGrant(group, granted, f"the ACL {acl} of {address}")
    for grant in resource.blocks("grant"):
        who = _text(grant.value("uri")) or _text(grant.value("id"))
        permissions = grant.value("permissions")
        for permission in list_elements(permissions) if isinstance(permissions, list | SetValue) else ():
            yield AclGrant(who, _text(permission), f"a grant of {address}", grant.is_certain)
    for grant in resource.blocks("access_control_policy", "grant"):
        for grantee in grant.blocks("grantee"):
            who = _text(grantee.value("uri")) or _text(grantee.value("id"))
            granted = _text(grant.value("permission"))
            yield AclGrant(who, granted, f"a grant of {address}", grantee.is_certain)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _rule(rule: ResourceBlock, configuration: ResourceBlock) -> ReplicationRule:
    status = rule.value("status")
    name = _text(rule.value("id")) or rule.instance.address
    selects = _flag(
        block.value(argument)
        for block in rule.blocks("source_selection_criteria", "sse_kms_encrypted_objects")
        for argument in ("status", "enabled")
    )
    has_key = any(
        block.value(argument) is not None
        for block in (*rule.blocks("destination"), *rule.blocks("destination", "encryption_configuration"))
        for argument in ("replica_kms_key_id",)
    )
    enabled = status.unknown if isinstance(status, UnknownValue) else status != "Disabled"
    selects_kms = selects if isinstance(selects, Unknown) or has_key else False
    role = address_of(configuration.value("role"), ROLE) or None
    return ReplicationRule(name, enabled, selects_kms, role=role)


def _flag(values: Iterator[Value]) -> bool | Unknown:
    for value in values:
        if isinstance(value, UnknownValue):
            return value.unknown
        if value in {"Enabled", "true"} or value is True:
            return True
    return False


def to_document(value: Value, source: str, explain: Explain) -> PolicyDocument:
    """The policy that a value is: text, or what is known of a text with open parts."""
    if isinstance(value, str):
        return PolicyDocument(value, source)
    if isinstance(value, UnknownValue):
        if value.document is not None:
            return PolicyDocument(_to_node(value.document, explain, 0), source)
        if value.parts and (found := document_of_parts(value.parts, source, explain)):
            return found
        return PolicyDocument(part_of(value, explain), source)
    return PolicyDocument(_to_node(value, explain, 0), source)


def _to_node(value: object, explain: Explain, depth: int) -> PolicyNode:
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, UnknownValue):
        if value.document is not None:
            return _to_node(value.document, explain, depth + 1)
        return text_of(value, explain)
    if isinstance(value, dict):
        return {str(key): _to_node(item, explain, depth + 1) for key, item in value.items()}
    if isinstance(value, SetValue):
        value = list(value.items)
    if isinstance(value, list):
        return tuple(_to_node(item, explain, depth + 1) for item in value)
    return value if isinstance(value, str | bool | int | float) else None
