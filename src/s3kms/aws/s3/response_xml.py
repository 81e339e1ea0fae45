"""S3's XML responses, parsed to the shape that boto3 gives them, so that one set of checks serves both clients."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from botocore.parsers import ResponseParserError, create_parser

from s3kms.aws.s3.transport import Response
from s3kms.model.errors import BadAnswer

_ERRORS = create_parser("rest-xml")
_JSON_ERRORS = create_parser("json")
_DEFAULT_PARTS = {"SSEAlgorithm", "KMSMasterKeyID"}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False, "": False}


class UnexpectedDocument(BadAnswer):
    """A body that is not XML, or not the document that was asked for."""


def parse_encryption(body: bytes) -> dict[str, Any]:
    """GetBucketEncryption's answer: `{"ServerSideEncryptionConfiguration": {"Rules": [...]}}`.

    Raises UnexpectedDocument.
    """
    root = root_of(body, "ServerSideEncryptionConfiguration")
    return {
        "ServerSideEncryptionConfiguration": {
            "Rules": [_rule(rule) for rule in root if _name(rule) == "Rule"]
        }
    }


def parse_tags(body: bytes) -> dict[str, Any]:
    """GetBucketTagging's answer: `{"TagSet": [{"Key": ..., "Value": ...}]}`. Raises UnexpectedDocument."""
    root = root_of(body, "Tagging")
    rows = [leaves_of(tag) for tags in root for tag in tags if _name(tag) == "Tag"]
    return {"TagSet": rows}


def parse_website(body: bytes) -> dict[str, Any]:
    """GetBucketWebsite's answer, whose parts nothing hangs on. Raises UnexpectedDocument."""
    return {_name(part): part.text or "" for part in root_of(body, "WebsiteConfiguration")}


def parse_replication(body: bytes) -> dict[str, Any]:
    """GetBucketReplication's answer: `{"ReplicationConfiguration": {"Rules": [...]}}`, as far as SSE-KMS matters.

    Raises UnexpectedDocument.
    """
    root = root_of(body, "ReplicationConfiguration")
    rules = [_replication_rule(rule) for rule in root if _name(rule) == "Rule"]
    return {"ReplicationConfiguration": {"Role": leaves_of(root).get("Role", ""), "Rules": rules}}


def parse_acl(body: bytes) -> dict[str, Any]:
    """GetBucketAcl's answer: `Owner`, an id, and `Grants` with `Grantee`, a URI or an id, and `Permission`.

    Raises UnexpectedDocument.
    """
    root = root_of(body, "AccessControlPolicy")
    parts = {_name(part): part for part in root}
    if not parts.keys() >= {"Owner", "AccessControlList"}:
        raise UnexpectedDocument("it has no owner or no list of grants")
    grants = [_grant(one) for one in parts["AccessControlList"] if _name(one) == "Grant"]
    return {"Owner": leaves_of(parts["Owner"]).get("ID", ""), "Grants": grants}


def parse_logging(body: bytes) -> dict[str, Any]:
    """GetBucketLogging's answer: `TargetBucket`, where there is one. Raises UnexpectedDocument."""
    root = root_of(body, "BucketLoggingStatus")
    enabled = next((part for part in root if _name(part) == "LoggingEnabled"), None)
    return {} if enabled is None else {"TargetBucket": leaves_of(enabled).get("TargetBucket", "")}


def parse_public_access_block(body: bytes) -> dict[str, Any]:
    """GetPublicAccessBlock's answer: its four settings, as booleans. Raises UnexpectedDocument."""
    root = root_of(body, "PublicAccessBlockConfiguration")
    return {_name(part): _boolean(_name(part), _text(part)) for part in root}


_NOTIFIED = {"Topic", "Queue", "CloudFunction"}


def parse_notification(body: bytes) -> dict[str, Any]:
    """GetBucketNotificationConfiguration's answer: `Targets`, the ARNs in it. Raises UnexpectedDocument."""
    root = root_of(body, "NotificationConfiguration")
    return {"Targets": [_text(part) for one in root for part in one if _name(part) in _NOTIFIED]}


def parse_access_points(body: bytes) -> dict[str, Any]:
    """ListAccessPoints' answer: `AccessPointList`, and `NextToken` where there is more.

    Raises UnexpectedDocument.
    """
    root = root_of(body, "ListAccessPointsResult", "ListAccessPointsResponse")
    parts = {_name(part): part for part in root}
    if "AccessPointList" not in parts:
        raise UnexpectedDocument("it has no list of access points")
    rows = [leaves_of(row) for row in parts["AccessPointList"]]
    token = _text(parts["NextToken"]) if "NextToken" in parts else ""
    return {"AccessPointList": rows, **({"NextToken": token} if token else {})}


def parse_access_point_policy(body: bytes) -> dict[str, Any]:
    """GetAccessPointPolicy's answer: `Policy`, a text. Raises UnexpectedDocument."""
    root = root_of(body, "GetAccessPointPolicyResult", "GetAccessPointPolicyResponse")
    return {"Policy": leaves_of(root).get("Policy", "")}


def parse_buckets(body: bytes) -> dict[str, Any]:
    """The answer of ListBuckets or ListDirectoryBuckets; no `Buckets` where it has none.

    Raises UnexpectedDocument.
    """
    root = root_of(body, "ListAllMyBucketsResult", "ListAllMyDirectoryBucketsResult")
    found: dict[str, Any] = {}
    for part in root:
        name = _name(part)
        if name == "Buckets":
            found[name] = [leaves_of(row) for row in part]
        elif name == "ContinuationToken" and part.text:
            found[name] = part.text
    return found


def parse_identity(body: bytes) -> Mapping[str, str]:
    """The answer of GetCallerIdentity: `Account`, `Arn` and `UserId`. Raises UnexpectedDocument."""
    root = root_of(body, "GetCallerIdentityResponse")
    found = next((leaves_of(part) for part in root if _name(part) == "GetCallerIdentityResult"), {})
    if not (found.get("Account") and found.get("Arn")):
        raise UnexpectedDocument("it names no account")
    return found


def parse_error(response: Response) -> dict[str, Any]:
    """An error response in botocore's shape: `Error` with `Code` and more, and `ResponseMetadata`. Never raises.

    KMS's are JSON.
    """
    headers = {name.lower(): value for name, value in response.headers.items()}
    answer = {"status_code": response.status, "headers": headers, "body": response.body}
    parser = _JSON_ERRORS if response.body.lstrip().startswith(b"{") else _ERRORS
    try:
        found: dict[str, Any] = parser.parse(answer, None)  # type: ignore[arg-type] # an error has no shape
    except (RecursionError, ResponseParserError, TypeError, AttributeError, ValueError):
        # The parser goes as deep as the document, and takes a code for a text.
        found = _ERRORS.parse({**answer, "body": b""}, None)  # type: ignore[arg-type]
    return found


def root_of(body: bytes, *names: str) -> ET.Element:
    """The root of a document that has to have one of these names. Raises UnexpectedDocument."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - as botocore does; expat stops entities that explode
    except ET.ParseError as broken:
        raise UnexpectedDocument(f"it is no XML: {broken}") from broken
    if _name(root) not in names:
        raise UnexpectedDocument(f"it is a {_name(root)[:40]!r} and no {names[0]}")
    return root


def _rule(rule: ET.Element) -> dict[str, Any]:
    """One rule; `OtherParts` are the names of what we do not know, in it and in its default."""
    found: dict[str, Any] = {}
    others: list[str] = []
    for part in rule:
        name = _name(part)
        if name in found:
            raise UnexpectedDocument(f"it has a rule with two {name}")
        if name == "ApplyServerSideEncryptionByDefault":
            found[name] = _default(part)
            others += [inner for inner in found[name] if inner not in _DEFAULT_PARTS]
        elif name == "BucketKeyEnabled":
            found[name] = _boolean(name, _text(part))
        elif name == "BlockedEncryptionTypes":
            kinds = [_text(kind) for kind in part if _name(kind) == "EncryptionType"]
            found[name] = {"EncryptionType": kinds} if kinds else {}
        else:
            others.append(name)
    return {**found, "OtherParts": others} if others else found


def _default(default: ET.Element) -> Mapping[str, str]:
    """The leaves of a rule's default, with its one algorithm (fact A1). Raises UnexpectedDocument."""
    names = [_name(part) for part in default]
    twice = next((name for name in sorted(_DEFAULT_PARTS) if names.count(name) > 1), None)
    if twice:
        raise UnexpectedDocument(f"it has a default with two {twice}")
    if "SSEAlgorithm" not in names and names:
        raise UnexpectedDocument("it has a default without SSEAlgorithm")
    return leaves_of(default)


def _boolean(name: str, text: str) -> bool:
    """An XML boolean, in any case: `True` is what some servers write. Raises UnexpectedDocument."""
    word = text.lower()
    if word not in _BOOLEANS:
        raise UnexpectedDocument(f"its {name} is {text[:40]!r}, neither true nor false")
    return _BOOLEANS[word]


def _replication_rule(rule: ET.Element) -> dict[str, Any]:
    """`ID`, `Status`, `Bucket`, `SseKmsEncryptedObjects` and `ReplicaKmsKeyID`, wherever in the rule they stand."""
    wanted = {"ID", "ReplicaKmsKeyID", "Bucket"}
    found = {_name(part): _text(part) for part in rule.iter() if _name(part) in wanted}
    for part in rule:
        if _name(part) == "Status":
            found["Status"] = part.text or ""
    for selected in rule.iter():
        if _name(selected) == "SseKmsEncryptedObjects":
            found["SseKmsEncryptedObjects"] = leaves_of(selected).get("Status", "")
    return found


def _grant(grant: ET.Element) -> dict[str, str]:
    """`Grantee`, by whichever of its names it has, and `Permission`."""
    grantee = next((leaves_of(part) for part in grant if _name(part) == "Grantee"), {})
    who = next((grantee[name] for name in ("URI", "ID", "EmailAddress") if grantee.get(name)), "")
    return {"Grantee": who, "Permission": leaves_of(grant).get("Permission", "")}


def without_control_characters(body: bytes) -> bytes:
    """A document in which the characters that XML has no place for are `?`: keys stand in answers as they are.

    For documents of which no key is read.
    """
    return _CONTROL_CHARACTER.sub(b"?", body)


_CONTROL_CHARACTER = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:x0*1?[0-9a-fA-F]|0*(?:[12]?\d|3[01]));")


def leaves_of(element: ET.Element) -> Mapping[str, str]:
    """The texts of an element's parts, by their names without the namespace, and without white space around them."""
    return {_name(part): _text(part) for part in element}


def _text(element: ET.Element) -> str:
    """Without the white space that some servers lay out their documents with."""
    return (element.text or "").strip()


def _name(element: ET.Element) -> str:
    """Without the namespace: not every server sends S3's."""
    return element.tag.rpartition("}")[2]
