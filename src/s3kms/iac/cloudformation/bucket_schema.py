"""The names that CloudFormation knows in a bucket, and what is meant by one that it refuses.

From the resource schemas of AWS::S3::Bucket, AWS::S3Express::DirectoryBucket, AWS::S3Tables::TableBucket and
AWS::S3Vectors::VectorBucket in the CloudFormation template reference, with those of the property types of their
encryption (facts H1, H2, A23); a test compares them with the schemas that cfn-lint ships. None of these types takes a
property that is not in its schema.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from s3kms.iac.cloudformation.template import FOR_EACH_PREFIX
from s3kms.iac.cloudformation.tree import Table
from s3kms.iac.values import Rejected
from s3kms.model.bucket import BucketKind

RESOURCE = "a resource"
ENCRYPTION = "BucketEncryption"
RULE = "the encryption rule"
DEFAULT = "ServerSideEncryptionByDefault"
BLOCKED = "BlockedEncryptionTypes"
TABLE_ENCRYPTION = "EncryptionConfiguration"
VECTOR_ENCRYPTION = "EncryptionConfiguration of a vector bucket"

_GENERAL, _DIRECTORY, _TABLE, _VECTOR = (
    "AWS::S3::Bucket",
    "AWS::S3Express::DirectoryBucket",
    "AWS::S3Tables::TableBucket",
    "AWS::S3Vectors::VectorBucket",
)
TYPES = {
    BucketKind.GENERAL_PURPOSE: _GENERAL,
    BucketKind.DIRECTORY: _DIRECTORY,
    BucketKind.TABLE: _TABLE,
    BucketKind.VECTOR: _VECTOR,
}
"""The resource type that declares each kind of bucket."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RESOURCE_ATTRIBUTES = _names(
    "Type Properties Condition DependsOn Metadata DeletionPolicy UpdateReplacePolicy CreationPolicy UpdatePolicy "
    "Connectors IgnoreGlobals"
)
"""Beside the properties; the last two are those of AWS SAM."""
_PROPERTIES = {
    _GENERAL: _names(
        "AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations BucketEncryption BucketName "
        "BucketNamePrefix BucketNamespace CorsConfiguration IntelligentTieringConfigurations InventoryConfigurations "
        "LifecycleConfiguration LoggingConfiguration MetadataConfiguration MetadataTableConfiguration "
        "MetricsConfigurations NotificationConfiguration ObjectLockConfiguration ObjectLockEnabled OwnershipControls "
        "PublicAccessBlockConfiguration ReplicationConfiguration Tags VersioningConfiguration WebsiteConfiguration"
    ),
    _DIRECTORY: _names(
        "BucketEncryption BucketName DataRedundancy InventoryConfigurations LifecycleConfiguration LocationName "
        "MetricsConfigurations Tags"
    ),
    _TABLE: _names(
        "EncryptionConfiguration MetricsConfiguration ReplicationConfiguration StorageClassConfiguration "
        "TableBucketName Tags UnreferencedFileRemoval"
    ),
    _VECTOR: _names("EncryptionConfiguration Tags VectorBucketName"),
}
_PARTS = {
    ENCRYPTION: frozenset({"ServerSideEncryptionConfiguration"}),
    RULE: frozenset({"ServerSideEncryptionByDefault", "BucketKeyEnabled", "BlockedEncryptionTypes"}),
    DEFAULT: frozenset({"SSEAlgorithm", "KMSMasterKeyID"}),
    BLOCKED: frozenset({"EncryptionType"}),
    TABLE_ENCRYPTION: frozenset({"SSEAlgorithm", "KMSKeyArn"}),
    VECTOR_ENCRYPTION: frozenset({"SseType", "KmsKeyArn"}),
}
"""The properties of the property types of the encryption."""
_NOT_OF_A_DIRECTORY = frozenset({"BlockedEncryptionTypes"})
_OTHER_NAMES: Mapping[str, str] = {
    "applyserversideencryptionbydefault": "ServerSideEncryptionByDefault",  # the API's name (fact H1)
    "bucketencryptionconfiguration": "BucketEncryption",
    "serversideencryption": "BucketEncryption",
    "defaultencryption": "BucketEncryption",
    "encryption": "BucketEncryption",
    "rules": "ServerSideEncryptionConfiguration",  # the API's name
    "rule": "ServerSideEncryptionConfiguration",
    "algorithm": "SSEAlgorithm",
    "sse": "SSEAlgorithm",
    "kmskeyid": "KMSMasterKeyID",
    "kmskey": "KMSMasterKeyID",
    "kmskeyarn": "KMSMasterKeyID",
    "kmsmasterkeyarn": "KMSMasterKeyID",
    "keyid": "KMSMasterKeyID",
    "ssekmskeyid": "KMSMasterKeyID",
    "bucketkey": "BucketKeyEnabled",
    "blockedencryptiontype": "BlockedEncryptionTypes",
    "blockencryptiontypes": "BlockedEncryptionTypes",  # AWS's own example (fact A17)
}
"""What people write, in lower case and without underscores, and what CloudFormation calls it."""
_TABLE_NAMES = {"KMSMasterKeyID": "KMSKeyArn", "BucketEncryption": "EncryptionConfiguration"}
_VECTOR_NAMES = {
    "KMSMasterKeyID": "KmsKeyArn",
    "KMSKeyArn": "KmsKeyArn",
    "SSEAlgorithm": "SseType",
    "BucketEncryption": "EncryptionConfiguration",
}
_BUCKET_NAMES = {ours: theirs for theirs, ours in _TABLE_NAMES.items()} | {
    "SseType": "SSEAlgorithm",
    "KmsKeyArn": "KMSMasterKeyID",
}
"""What one kind of bucket calls a property of the other."""
_NAMES_OF_KINDS = {
    BucketKind.TABLE: {**_TABLE_NAMES, "SseType": "SSEAlgorithm", "KmsKeyArn": "KMSKeyArn"},
    BucketKind.VECTOR: _VECTOR_NAMES,
}
_PARTS_OF_KINDS = {BucketKind.TABLE: (TABLE_ENCRYPTION,), BucketKind.VECTOR: (VECTOR_ENCRYPTION,)}
_MACROS = ("Fn::Transform", FOR_EACH_PREFIX)
_ABOUT_ENCRYPTION = ("encrypt", "sse", "kms")
_CLOSE = 0.8


@dataclass(frozen=True, slots=True)
class _Level:
    """A mapping of a bucket, and the names that CloudFormation knows there."""

    what: str
    known: frozenset[str]


def check_resource(body: Table, kind: BucketKind) -> None:
    """Raises Rejected for a property of the encryption that stands beside the properties, or for `properties`."""
    level = _Level(RESOURCE, _RESOURCE_ATTRIBUTES)
    for name in _unknown_names(body, level.known):
        if _meant(name, kind) or _same_but_for_case(name, level.known):
            raise _refusal(body, name, level, kind)


def check_properties(properties: Table, kind: BucketKind) -> None:
    """Raises Rejected for a property of a bucket that its type does not know and that is about its encryption."""
    level = _Level(TYPES[kind], _PROPERTIES[TYPES[kind]])
    for name in _unknown_names(properties, level.known):
        if _meant(name, kind) or any(word in name.lower() for word in _ABOUT_ENCRYPTION):
            raise _refusal(properties, name, level, kind)


def unknown_properties(properties: Table, kind: BucketKind) -> tuple[str, ...]:
    """The properties of a bucket that its type does not know, whatever they are about."""
    return _unknown_names(properties, _PROPERTIES[TYPES[kind]])


def check_part(table: Table, part: str, kind: BucketKind) -> None:
    """Raises Rejected for a property that a part of the encryption does not know."""
    known = _PARTS[part] - (_NOT_OF_A_DIRECTORY if kind is BucketKind.DIRECTORY else frozenset())
    for name in _unknown_names(table, known):
        raise _refusal(table, name, _Level(part, known), kind)


def _unknown_names(table: Table, known: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in table.entries if name not in known and not name.startswith(_MACROS))


def _refusal(table: Table, name: str, level: _Level, kind: BucketKind) -> Rejected:
    expected = _expected(name, level, kind)
    return Rejected(f"CloudFormation rejects {name} in {level.what}: {expected}", table.entries[name].mark)


def _expected(name: str, level: _Level, kind: BucketKind) -> str:
    """What is to be written in place of a name that is not known there."""
    meant = _same_but_for_case(name, level.known) or _meant(name, kind)
    if meant in level.known:
        return f"the property is {meant}"
    if meant is not None:
        home = _home_of(meant, kind)
        as_is = meant if meant == name else f"the property is {meant}, and"
        return f"{as_is} belongs into {home}" if home else f"{TYPES[kind]} has no such property"
    close = difflib.get_close_matches(name, sorted(level.known), n=1, cutoff=_CLOSE)
    if close:
        return f"the property is {close[0]}"
    known = sorted(level.known)
    return f"it knows {', '.join(known)}" if len(known) <= len(_PARTS) else "it knows no such property"


def _same_but_for_case(name: str, known: frozenset[str]) -> str | None:
    plain = _plain(name)
    return next((one for one in sorted(known) if _plain(one) == plain), None)


def _meant(name: str, kind: BucketKind) -> str | None:
    """The property of the encryption that a name stands for, at whatever level."""
    parts = frozenset[str]().union(*_PARTS.values(), {ENCRYPTION, TABLE_ENCRYPTION})
    close = difflib.get_close_matches(name, sorted(parts), n=1, cutoff=_CLOSE)
    meant = _same_but_for_case(name, parts) or _OTHER_NAMES.get(_plain(name)) or next(iter(close), None)
    renamed = _NAMES_OF_KINDS.get(kind, _BUCKET_NAMES)
    return renamed.get(meant or "", meant)


def _home_of(name: str, kind: BucketKind) -> str | None:
    """The mapping that has a property; None where no mapping of that kind of bucket has."""
    if name in _PROPERTIES[TYPES[kind]]:
        return "Properties"
    if kind is BucketKind.DIRECTORY and name in {*_NOT_OF_A_DIRECTORY, *_PARTS[BLOCKED]}:
        return None
    parts = _PARTS_OF_KINDS.get(kind, (ENCRYPTION, RULE, DEFAULT, BLOCKED))
    return next((part for part in parts if name in _PARTS[part]), None)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
