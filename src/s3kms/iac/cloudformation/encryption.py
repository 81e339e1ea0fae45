"""The default encryption that a template gives a bucket, in one world."""

from dataclasses import dataclass, replace

from s3kms.iac.cloudformation.bucket_schema import (
    BLOCKED,
    DEFAULT,
    ENCRYPTION,
    RULE,
    TABLE_ENCRYPTION,
    VECTOR_ENCRYPTION,
    check_part,
    check_properties,
    check_resource,
)
from s3kms.iac.cloudformation.keys import read_key
from s3kms.iac.cloudformation.resolver import Resolver
from s3kms.iac.cloudformation.template import FOR_EACH_PREFIX, TemplateResource
from s3kms.iac.cloudformation.tree import Mark, Scalar, Table
from s3kms.iac.cloudformation.values import (
    CHECK_DEPLOYED,
    UNSETTLED,
    NoValue,
    Undecided,
    Value,
    known_at_deployment,
    or_check_deployed,
    unknown_of,
)
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.bucket import BucketKind
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.keys import KeyFact, KeyForm, KeyReference
from s3kms.model.unknown import Unknown, UnknownCause

_GENERATED = ("Fn::Transform", FOR_EACH_PREFIX)
"""Keys in whose place CloudFormation puts properties."""
_SILENT = known_at_deployment(
    "the template does not say whether SSE-C is blocked",
    or_check_deployed("state BlockedEncryptionTypes: {EncryptionType: [SSE-C]} in the encryption rule"),
)


_SELF_ENCRYPTED = {
    BucketKind.TABLE: (TABLE_ENCRYPTION, "SSEAlgorithm", "KMSKeyArn"),
    BucketKind.VECTOR: (VECTOR_ENCRYPTION, "SseType", "KmsKeyArn"),
}
"""The kinds whose EncryptionConfiguration is an algorithm and a key: the part, and the names of both (fact H2)."""


@dataclass(frozen=True, slots=True)
class DecidedEncryption:
    """The default encryption and its key in one world, and the place in the template that decides it."""

    encryption: Encryption | Unknown
    key: KeyFact | None
    mark: Mark


def read_encryption(resolver: Resolver, resource: TemplateResource, kind: BucketKind) -> DecidedEncryption:
    """The three parts of the rule (facts H1, H2). What cannot be told is Unknown."""
    try:
        if kind in _SELF_ENCRYPTED:
            return _read_self_encrypted(resolver, resource, kind, _SELF_ENCRYPTED[kind])
        return _read(resolver, resource, kind)
    except UNSETTLED as error:
        return DecidedEncryption(unknown_of(error), unknown_of(error), error.mark)


def properties_of(resolver: Resolver, resource: TemplateResource) -> Table:
    """The properties of a resource. Raises Undecided, Rejected."""
    value = resolver.field(resource.body, "Properties")
    if isinstance(value, NoValue):
        return Table({}, resource.mark)
    return _table(value, "Properties")


def _read(resolver: Resolver, resource: TemplateResource, kind: BucketKind) -> DecidedEncryption:
    found = _written(resolver, resource, kind, "BucketEncryption")
    if isinstance(found, Mark):
        return DecidedEncryption(Encryption(SSE_S3, blocked=_silence(kind)), None, found)
    encryption, mark = found
    check_part(encryption, ENCRYPTION, kind)
    rule = _rule(resolver, encryption, mark)
    check_part(rule, RULE, kind)
    return _parts(resolver, rule, mark, kind)


def _written(
    resolver: Resolver, resource: TemplateResource, kind: BucketKind, name: str
) -> tuple[Table, Mark] | Mark:
    """The property that sets it, and where its name stands; only a place where there is none.

    Raises Undecided, Rejected.
    """
    check_resource(resource.body, kind)
    properties = properties_of(resolver, resource)
    check_properties(properties, kind)
    value = resolver.field(properties, name)
    if isinstance(value, NoValue):
        for generated in properties.entries:
            if generated.startswith(_GENERATED):
                why = f"{name} may come from {generated}, which only CloudFormation evaluates"
                unknown = Unknown(UnknownCause.UNSUPPORTED, why, CHECK_DEPLOYED)
                raise Undecided(unknown, properties.entries[generated].mark)
        return value.mark if name in properties.entries else resource.mark
    return _table(value, name), properties.entries[name].mark


def _read_self_encrypted(
    resolver: Resolver, resource: TemplateResource, kind: BucketKind, names: tuple[str, str, str]
) -> DecidedEncryption:
    """The default encryption of a table bucket or a vector bucket (facts H2, A22, A23): SSE-S3 where nothing is said,
    and no KMS key but a customer managed one.
    """
    part, algorithm_name, key_name = names
    found = _written(resolver, resource, kind, "EncryptionConfiguration")
    if isinstance(found, Mark):
        return DecidedEncryption(Encryption(SSE_S3), None, found)
    table, mark = found
    check_part(table, part, kind)
    algorithm, key = resolver.field(table, algorithm_name), resolver.field(table, key_name)
    if isinstance(algorithm, NoValue):
        if kind is BucketKind.VECTOR and isinstance(key, NoValue):
            return DecidedEncryption(Encryption(SSE_S3), None, mark)  # it is optional there (fact A23)
        raise Rejected(f"EncryptionConfiguration has no {algorithm_name}", mark)
    text = _text(algorithm, algorithm_name)
    if text not in {SSE_S3, SSE_KMS}:
        raise Rejected(f"a {kind} bucket does not accept {text}", algorithm.mark)  # facts A22, A23
    if text == SSE_S3:
        return DecidedEncryption(Encryption(text), None, algorithm.mark)
    if isinstance(key, NoValue):
        raise Rejected(
            f"a {kind} bucket does not accept AWS managed key: {key_name} is missing",
            algorithm.mark,  # facts A22, A23
        )
    name, fact = read_key(resolver, key)
    if isinstance(key, Scalar) and KeyReference.parse(name).form is not KeyForm.ARN:
        raise Rejected(
            f"{key_name} is not the ARN of a key, which a {kind} bucket needs",
            key.mark,  # facts A22, A23
        )
    return DecidedEncryption(Encryption(text, name), fact, algorithm.mark)


def _rule(resolver: Resolver, encryption: Table, mark: Mark) -> Table:
    name = "ServerSideEncryptionConfiguration"
    node = encryption.get(name)
    rules = NoValue(mark) if node is None else resolver.items(node, name)
    if isinstance(rules, UnknownValue):
        raise _undecided(name, rules)
    if isinstance(rules, NoValue) or len(rules) != 1:
        count = 0 if isinstance(rules, NoValue) else len(rules)
        raise Rejected(f"{name} has {count} rules, and S3 accepts exactly one", mark)
    return _table(rules[0], "the encryption rule")


def _parts(resolver: Resolver, rule: Table, mark: Mark, kind: BucketKind) -> DecidedEncryption:
    bucket_key = _flag(resolver, rule, "BucketKeyEnabled")
    blocked = _blocked(resolver, rule, kind)
    value = resolver.field(rule, "ServerSideEncryptionByDefault")
    if isinstance(value, NoValue):
        return DecidedEncryption(Encryption(None, None, bucket_key, blocked), None, mark)
    default = _table(value, "ServerSideEncryptionByDefault")
    check_part(default, DEFAULT, kind)
    algorithm = resolver.field(default, "SSEAlgorithm")
    if isinstance(algorithm, NoValue):
        raise Rejected("ServerSideEncryptionByDefault has no SSEAlgorithm", value.mark)
    text = _text(algorithm, "SSEAlgorithm")
    key, fact = read_key(resolver, resolver.field(default, "KMSMasterKeyID"))
    encryption = Encryption(text, key, bucket_key, blocked)
    if kind is BucketKind.DIRECTORY:
        _check_directory(encryption, algorithm.mark)
    return DecidedEncryption(encryption, fact if encryption.is_kms else None, algorithm.mark)


def _check_directory(encryption: Encryption, mark: Mark) -> None:
    """Raises Rejected for what a directory bucket does not take (fact A20)."""
    if encryption.algorithm not in {SSE_S3, SSE_KMS}:
        raise Rejected(f"a directory bucket does not accept {encryption.name}", mark)  # fact A20
    if encryption.is_kms and not encryption.key:
        raise Rejected(
            "a directory bucket does not accept aws/s3: KMSMasterKeyID is missing", mark
        )  # fact A20


def _flag(resolver: Resolver, table: Table, name: str) -> bool | None:
    value = resolver.field(table, name)
    if isinstance(value, NoValue):
        return None
    if isinstance(value, UnknownValue):
        symbol = value.symbol or value.piece
        resolver.world.bind(symbol, ("true", "false"))
        resolver.note_decision(symbol, resolver.world.value_of(symbol) or "")
        return resolver.world.value_of(symbol) == "true"
    text = _text(value, name).lower()
    if text not in {"true", "false"}:
        raise Rejected(f"{name} is {text!r}, neither true nor false", value.mark)
    return text == "true"


def _silence(kind: BucketKind) -> Unknown | None:
    """A bucket that is made without a word on it has SSE-C blocked or not, as its region and its account were when it
    was made (fact A18).
    """
    return _SILENT if kind is BucketKind.GENERAL_PURPOSE else None


def _blocked(resolver: Resolver, rule: Table, kind: BucketKind) -> tuple[str, ...] | Unknown | None:
    """The types that are blocked; an empty list blocks none, which is not silence."""
    value = resolver.field(rule, "BlockedEncryptionTypes")
    if isinstance(value, NoValue):
        return _silence(kind)
    if isinstance(value, UnknownValue):
        return value.unknown
    table = _table(value, "BlockedEncryptionTypes")
    check_part(table, BLOCKED, kind)
    node = table.get("EncryptionType")
    types = NoValue(value.mark) if node is None else resolver.items(node, "EncryptionType")
    if isinstance(types, NoValue):
        return _silence(kind)
    if isinstance(types, UnknownValue):
        return types.unknown
    for item in types:
        if isinstance(item, UnknownValue):
            return item.unknown
    return tuple(_text(item, "EncryptionType") for item in types)


def _table(value: Value, what: str) -> Table:
    if isinstance(value, UnknownValue):
        raise _undecided(what, value)
    if not isinstance(value, Table):
        raise Rejected(f"{what} is not a mapping", value.mark)
    return value


def _text(value: Value, what: str) -> str:
    if isinstance(value, UnknownValue):
        raise _undecided(what, value)
    if not isinstance(value, Scalar):
        raise Rejected(f"{what} is not a text", value.mark)
    return value.text


def _undecided(what: str, value: UnknownValue) -> Undecided:
    why = f"{what} is {value.expression}: {value.unknown.why}"
    return Undecided(replace(value.unknown, why=why), value.mark)
