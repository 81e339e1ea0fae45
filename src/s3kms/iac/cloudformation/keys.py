"""The key that a template gives a bucket: aws/s3, one that the same template declares, or one it only names."""

import re
from dataclasses import replace

from s3kms.iac.cloudformation.resolver import Resolver
from s3kms.iac.cloudformation.template import TemplateResource
from s3kms.iac.cloudformation.tree import Scalar, Table
from s3kms.iac.cloudformation.values import (
    CHECK_DEPLOYED,
    CORRECT_TEMPLATE,
    UNSETTLED,
    NoValue,
    Value,
    declared_ids,
    known_at_deployment,
    unknown_of,
)
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.keys import (
    AWS_S3_ALIAS,
    DeclaredKey,
    KeyFact,
    KeyForm,
    KeyReference,
    Rotation,
    UnusedAwsManagedKey,
    fact_of_text,
)
from s3kms.model.unknown import Unknown, UnknownCause

_KEY, _REPLICA, _ALIAS = "AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::KMS::Alias"
_OWN = re.compile(
    r"arn:[^:]+(?:::[A-Za-z]+\})?:kms:\$\{AWS::Region\}:\$\{AWS::AccountId\}:(?P<alias>alias/.+)"
)
"""The ARN of an alias of the stack's own account and region, which is the alias."""


def read_key(resolver: Resolver, value: Value) -> tuple[str | None, KeyFact]:
    """`KMSMasterKeyID` as it is written, and what the template tells of that key. Raises Undecided, Rejected."""
    if isinstance(value, NoValue):
        return None, UnusedAwsManagedKey()
    if isinstance(value, UnknownValue):
        if (ids := declared_ids(value)) and (key := _declared(resolver, ids)):
            return value.expression, key
        if KeyReference.parse(value.piece).form is KeyForm.MALFORMED:
            return value.expression, value.unknown
        return _named(resolver, value.piece)
    if not isinstance(value, Scalar):
        raise Rejected("KMSMasterKeyID is not a text", value.mark)
    return _named(resolver, value.text)


def _named(resolver: Resolver, text: str) -> tuple[str, KeyFact]:
    """What is known of a key by its name, in which pseudo parameters may be open."""
    own = _OWN.fullmatch(text)
    if own and own["alias"] == AWS_S3_ALIAS:
        return AWS_S3_ALIAS, UnusedAwsManagedKey()
    if by_name := fact_of_text(text):
        return text, by_name
    alias = own["alias"] if own else text
    if KeyReference.parse(alias).form is KeyForm.ALIAS and (key := _by_alias(resolver, alias)):
        return text, key
    why = f"a template does not show the state in KMS of {text}"
    return text, Unknown(UnknownCause.NOT_READ, why, CHECK_DEPLOYED)


def _declared(resolver: Resolver, ids: tuple[str, ...], depth: int = 0) -> DeclaredKey | None:
    resolver = resolver.root.inside(ids[:-1])
    resource = resolver.template.resources.get(ids[-1])
    if resource is None:
        return None
    properties = resolver.field(resource.body, "Properties")
    table = properties if isinstance(properties, Table) else Table({}, resource.mark)
    if resource.kind == _ALIAS and not depth:
        target = resolver.field(table, "TargetKeyId")
        named = declared_ids(target) if isinstance(target, UnknownValue) else ()
        return _declared(resolver, named, 1) if named else None
    if resource.kind == _REPLICA:
        why = f"{'.'.join(ids)} has the rotation of its primary key"
        return DeclaredKey(".".join(ids), rotation=known_at_deployment(why))
    if resource.kind != _KEY:
        return None
    return _key(resolver, resource, table)


def _key(resolver: Resolver, resource: TemplateResource, properties: Table) -> DeclaredKey:
    rotates = _text(resolver, properties, "EnableKeyRotation", "false")
    period = _text(resolver, properties, "RotationPeriodInDays", "")
    enabled = _text(resolver, properties, "Enabled", "true")
    return DeclaredKey(
        ".".join(resolver.full(resource.logical_id)),
        enabled=enabled if isinstance(enabled, Unknown) else enabled.lower() == "true",
        spec=_text(resolver, properties, "KeySpec", "SYMMETRIC_DEFAULT"),
        usage=_text(resolver, properties, "KeyUsage", "ENCRYPT_DECRYPT"),
        rotation=rotates if isinstance(rotates, Unknown) else _rotation(rotates, period),
    )


def _rotation(rotates: str, period: str | Unknown) -> Rotation:
    if rotates.lower() != "true":
        return Rotation(enabled=False)
    is_days = (
        isinstance(period, str) and period.isascii() and period.isdecimal() and len(period) <= len("2560")
    )
    return Rotation(enabled=True, period_days=int(period) if is_days and isinstance(period, str) else None)


def _text(resolver: Resolver, table: Table, name: str, default: str) -> str | Unknown:
    try:
        value = resolver.field(table, name)
    except UNSETTLED as error:
        return unknown_of(error)
    if isinstance(value, NoValue):
        return default
    if isinstance(value, Scalar):
        return value.text
    if isinstance(value, UnknownValue):
        return replace(value.unknown, why=f"{name} is {value.expression}: {value.unknown.why}")
    return Unknown(UnknownCause.UNRESOLVED, f"{name} is not a text", CORRECT_TEMPLATE)


def _by_alias(resolver: Resolver, alias: str) -> DeclaredKey | None:
    for resource in resolver.template.resources.values():
        if resource.kind != _ALIAS:
            continue
        properties = resolver.field(resource.body, "Properties")
        name = resolver.field(properties, "AliasName") if isinstance(properties, Table) else None
        text = (
            name.text if isinstance(name, Scalar) else name.piece if isinstance(name, UnknownValue) else None
        )
        if text == alias:
            return _declared(resolver, resolver.full(resource.logical_id))
    return _by_alias(resolver.outer.resolver, alias) if resolver.outer else None
