"""GetBucketEncryption's answers, read by one decoder whether they came through boto3 or our own client.

botocore reads `<BucketKeyEnabled>True` as false, and drops what its model does not know.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from s3kms.aws.boundary import bad_answer, not_an_aws_answer
from s3kms.aws.s3.response_xml import UnexpectedDocument, parse_encryption
from s3kms.model.encryption import Encryption
from s3kms.model.operations import Operation

_BODY = "S3kmsResponseBody"
"""Where the bytes of the answer stand beside what botocore made of them."""
_EVENT = "before-parse.s3.GetBucketEncryption"
_OPENING, _CLOSING = b"<KMSMasterKeyID>", b"</KMSMasterKeyID>"
_KEY = re.compile(rb"<KMSMasterKeyID>[A-Za-z0-9:/_-]+</KMSMasterKeyID>")
_TAGS = 2
"""An element's opening and closing tag."""
_PLACEHOLDER = "alias/s3kms-placeholder"
_MAX_KNOWN_ANSWERS = 1024
_MAX_KNOWN_BYTES = 2048


class _NotOneRule(ValueError):
    """An answer without the one rule that it must have; the text says what it has."""


def keep_encryption_body(client: Any) -> None:
    """Make a boto3 client of S3 hand on the bytes of GetBucketEncryption's answers."""
    client.meta.events.register(_EVENT, _keep_body)


def _keep_body(
    response_dict: Mapping[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    if response_dict["status_code"] == 200:  # noqa: PLR2004 - an error has no rule
        customized_response_dict[_BODY] = response_dict["body"]


def decode_sdk_answer(answer: Mapping[str, Any], operation: Operation, subject: str) -> Encryption:
    """What boto3 was answered, by a client of `keep_encryption_body`. Raises BadAnswer."""
    return decode_encryption(answer[_BODY], operation, subject, answer["ResponseMetadata"].get("RequestId"))


def decode_encryption(body: bytes, operation: Operation, subject: str, request_id: str | None) -> Encryption:
    """The one rule of an answer. Raises BadAnswer where it is another document, or has not exactly one rule.

    An empty list is not "SSE-S3": a server that does not know the sub-resource answers
    with something else, which parses as no rules.
    """
    try:
        return _decoded_by_pattern(body) if b"KMSMasterKeyID" in body else _decoded_once(body)
    except UnexpectedDocument as error:
        raise not_an_aws_answer(operation, subject, error, request_id) from error
    except _NotOneRule as error:
        raise bad_answer(operation, subject, str(error)) from error


def _decoded(body: bytes) -> Encryption:
    rules = parse_encryption(body)["ServerSideEncryptionConfiguration"]["Rules"]
    if len(rules) != 1:
        raise _NotOneRule(f"was answered with {len(rules) or 'no'} rules")
    rule = rules[0]
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    blocked = rule.get("BlockedEncryptionTypes")
    if not default and blocked is None and "BucketKeyEnabled" not in rule:
        raise _NotOneRule("was answered with an empty rule")
    return Encryption(
        algorithm=default.get("SSEAlgorithm"),
        key=default.get("KMSMasterKeyID") or None,
        bucket_key=rule.get("BucketKeyEnabled"),
        blocked=None if blocked is None else tuple(blocked.get("EncryptionType") or ()),
        other_parts=tuple(rule.get("OtherParts") or ()),
    )


_known = lru_cache(_MAX_KNOWN_ANSWERS)(_decoded)
"""An estate has thousands of buckets and few different answers: a parsed one is not parsed again."""


def _decoded_once(body: bytes) -> Encryption:
    return _known(body) if len(body) <= _MAX_KNOWN_BYTES else _decoded(body)


def _decoded_by_pattern(body: bytes) -> Encryption:
    """As `_decoded`, where only the key may tell the answer from others: it is put into what they came to."""
    keys = _KEY.findall(body)
    if len(keys) != 1 or len(body) > _MAX_KNOWN_BYTES or body.count(b"KMSMasterKeyID") != _TAGS:
        return _decoded(body)
    pattern = _known(body.replace(keys[0], _OPENING + _PLACEHOLDER.encode() + _CLOSING, 1))
    if pattern.key != _PLACEHOLDER:  # it stands in a comment, or elsewhere
        return _decoded(body)
    return replace(pattern, key=keys[0][len(_OPENING) : -len(_CLOSING)].decode())
