"""Objects in all shapes in three buckets, and all there is to see of them, to compare before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from tests.support.aws_calls import put, rule

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.corrections.objects import stored_object
from s3kms.demo.corrections.ownership import bucket_named

LOCKED, PLAIN, SUSPENDED = "shapes-locked", "shapes-plain", "shapes-suspended"
"""Versioned with Object Lock; never versioned, with ACLs; versioned once, and suspended since."""
BUCKETS = (LOCKED, PLAIN, SUSPENDED)
AWKWARD_KEYS = (
    "plus+and space", "a%2Fb%zz", "question?versionId=1&x#y", "line\nbreak", "carriage\r\nreturn", "émoji-🐘",
    "dots/../up/./x", "//double//slash", "folder/", "tab\tquote'\"<xml>&amp;]]>", "control\x01\x7f", "~*(!)$@:;,=",
    "e\u0301-decomposed", "k" * 1024, "null",
)  # fmt: skip
SSE_C_KEY = "k" * 32
_SSE_C = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": SSE_C_KEY}
_FOREVER = "2099-01-01T00:00:00Z"
_SSE = "x-amz-server-side-encryption"
ENCRYPTION_HEADERS = frozenset(
    f"header {name}" for name in (_SSE, f"{_SSE}-aws-kms-key-id", f"{_SSE}-bucket-key-enabled")
)
_OF_THE_ANSWER = {
    "date", "server", "x-amz-request-id", "x-amzn-requestid", "x-amz-id-2", "connection",
    "access-control-allow-origin",
}  # fmt: skip
_PUBLIC_READ = "http://acs.amazonaws.com/groups/global/AllUsers"

Place = tuple[str, str, str]
"""Bucket, key, version id."""
Seen = Mapping[str, object]
"""All that can be seen of one version: `header etag`, `body`, `tags`, …"""


@dataclass(slots=True)
class Shapes:
    """What was created, by name."""

    key_arn: str
    """The wanted key."""
    other_key_arn: str
    places: dict[str, Place] = field(default_factory=dict)
    """`GLACIER in shapes-plain`: where it is."""

    def named(self, *words: str) -> set[Place]:
        """The places whose name has one of the words. Fails where a word names nothing."""
        found = {word: {p for name, p in self.places.items() if word in name} for word in words}
        assert all(found.values()), f"nothing is called so: {[word for word in words if not found[word]]}"
        return set().union(*found.values())


def create_shapes(aws: EmbeddedAws, s3: Any, kms: Any) -> Shapes:
    """The three buckets, full. Their default is SSE-S3 while the objects are written."""
    aws.faults.min_part_bytes = 0
    wanted, other = (str(kms.create_key()["KeyMetadata"]["Arn"]) for _ in range(2))
    shapes = Shapes(wanted, other)
    s3.create_bucket(Bucket=LOCKED, ObjectLockEnabledForBucket=True)
    s3.create_bucket(Bucket=PLAIN, ObjectOwnership="ObjectWriter")
    s3.create_bucket(Bucket=SUSPENDED)
    for bucket in BUCKETS:
        put(s3, bucket, rule("AES256", BlockedEncryptionTypes={"EncryptionType": ["NONE"]}))
    for bucket in (LOCKED, PLAIN):
        _create_each(s3, shapes, bucket)
    _create_locks(s3, shapes)
    _create_generations(s3, shapes)
    _create_null_versions(s3, shapes)
    return shapes


def prefer_wanted_key(s3: Any, shapes: Shapes) -> None:
    """Make the wanted key the default of the three buckets, as whoever re-encrypts has done before."""
    for bucket in BUCKETS:
        put(s3, bucket, rule("aws:kms", shapes.key_arn, BucketKeyEnabled=True))


def _create_each(s3: Any, shapes: Shapes, bucket: str) -> None:
    """One object of each shape that has one version, and the awkward keys."""
    variants: dict[str, dict[str, Any]] = {
        "SSE-S3": {},
        "empty": {"Body": b""},
        "SSE-KMS under the wanted key": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": shapes.key_arn},
        "SSE-KMS under another key": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": shapes.other_key_arn},
        "SSE-KMS under aws/s3": {"ServerSideEncryption": "aws:kms", "BucketKeyEnabled": True},
        "DSSE-KMS": {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": shapes.other_key_arn},
        "SSE-C": _SSE_C,
        "all headers": _ALL_HEADERS,
        "public": {"ACL": "public-read"},
        "redirect": {"WebsiteRedirectLocation": "https://example.com/é?a=b".replace("é", "%C3%A9")},
    }
    if bucket == PLAIN:
        variants |= {f"class {name}": {"StorageClass": name} for name in _CLASSES}
        variants |= {f"checksum {name}": {"ChecksumAlgorithm": name} for name in ("CRC32", "SHA1", "SHA256")}
    for name, parameters in variants.items():
        _put(s3, shapes, f"{name} in {bucket}", bucket, name.replace(" ", "/"), **parameters)
    for number, key in enumerate(AWKWARD_KEYS):
        _put(s3, shapes, f"awkward key {number} in {bucket}", bucket, key, Metadata={"number": str(number)})
    for name, parameters in {"multipart": {}, "multipart with all": _ALL_HEADERS}.items():
        _upload_parts(s3, shapes, f"{name} in {bucket}", bucket, name.replace(" ", "/"), **parameters)
    _put(s3, shapes, f"NOT-SSE in {bucket}", bucket, "never-encrypted")
    _never_encrypt(bucket, "never-encrypted")
    s3.put_object_acl(Bucket=bucket, Key="public", GrantRead=f'uri="{_PUBLIC_READ}"')


_CLASSES = (
    "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE",
    "REDUCED_REDUNDANCY",
)  # fmt: skip
_ALL_HEADERS: dict[str, Any] = {
    "CacheControl": "max-age=60, private",
    "ContentDisposition": "attachment; filename*=UTF-8''na%C3%AFve.txt",
    "ContentEncoding": "gzip",
    "ContentLanguage": "de-CH, en",
    "ContentType": "text/plain; charset=utf-8",
    "Expires": "Thu, 01 Dec 2033 16:00:00 GMT",
    "Metadata": {"plain": "text", "unicode": "=?UTF-8?B?w6nwn5CY?=", "empty": "", "mixed-Case": "A b  c"},
    "Tagging": "team=data&note=a%20b%2Bc&unicode=%C3%A9&empty=",
}
"""Metadata that is not ASCII is sent, and answered, as RFC 2047 writes it."""


def _put(s3: Any, shapes: Shapes, name: str, bucket: str, key: str, **parameters: Any) -> str:
    answer = s3.put_object(**{"Bucket": bucket, "Key": key, "Body": f"body of {name}".encode()} | parameters)
    version = str(answer.get("VersionId", "null"))
    shapes.places[name] = (bucket, key, version)
    return version


def _upload_parts(s3: Any, shapes: Shapes, name: str, bucket: str, key: str, **parameters: Any) -> None:
    upload = {"Bucket": bucket, "Key": key}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **parameters)["UploadId"]
    bodies = (b"a" * 100_000, b"the last part")
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"],
        }
        for number, body in enumerate(bodies, 1)
    ]
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    shapes.places[name] = (bucket, key, str(done.get("VersionId", "null")))


def _never_encrypt(bucket: str, key: str) -> None:
    """Make an object one from before 2023: no API writes such an object any more."""
    stored: Any = stored_object(bucket_named(bucket), key, None)
    stored.encryption = None


def _create_locks(s3: Any, shapes: Shapes) -> None:
    locks: dict[str, dict[str, str]] = {
        "lock GOVERNANCE": {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": _FOREVER},
        "lock COMPLIANCE": {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": _FOREVER},
        "lock hold": {"ObjectLockLegalHoldStatus": "ON"},
    }
    for name, parameters in locks.items():
        _put(s3, shapes, name, LOCKED, name.replace(" ", "/"), ChecksumAlgorithm="CRC32", **parameters)


def _create_generations(s3: Any, shapes: Shapes) -> None:
    """Keys with several versions: under delete markers, above one, and one marker alone."""
    for number in range(3):
        _put(s3, shapes, f"generation {number}", LOCKED, "generations", Metadata={"n": str(number)})
    _put(s3, shapes, "generation deleted", LOCKED, "deleted", Tagging="gone=yes")
    _delete(s3, shapes, "delete marker over versions", "deleted")
    _put(s3, shapes, "generation before a marker", LOCKED, "revived")
    _delete(s3, shapes, "delete marker in between", "revived")
    _put(s3, shapes, "generation after a marker", LOCKED, "revived")
    version = _put(s3, shapes, "generation to erase", LOCKED, "marker-alone")
    _delete(s3, shapes, "delete marker alone", "marker-alone")
    s3.delete_object(Bucket=LOCKED, Key="marker-alone", VersionId=version)
    del shapes.places["generation to erase"]


def _delete(s3: Any, shapes: Shapes, name: str, key: str) -> None:
    shapes.places[name] = (LOCKED, key, s3.delete_object(Bucket=LOCKED, Key=key)["VersionId"])


def _create_null_versions(s3: Any, shapes: Shapes) -> None:
    """`null` as the oldest, the newest and the only version, and as a delete marker."""
    _put(s3, shapes, "null as the oldest", SUSPENDED, "oldest")
    _versioning(s3, "Enabled")
    _put(s3, shapes, "null with a newer", SUSPENDED, "oldest")
    _put(s3, shapes, "null with an older", SUSPENDED, "newest")
    _put(s3, shapes, "null under its marker", SUSPENDED, "marked")
    _versioning(s3, "Suspended")
    _put(s3, shapes, "null as the newest", SUSPENDED, "newest")
    _put(s3, shapes, "null as the only one", SUSPENDED, "only")
    s3.delete_object(Bucket=SUSPENDED, Key="marked")
    shapes.places["delete marker null"] = (SUSPENDED, "marked", "null")


def _versioning(s3: Any, status: str) -> None:
    s3.put_bucket_versioning(Bucket=SUSPENDED, VersioningConfiguration={"Status": status})


def snapshot(s3: Any, *buckets: str) -> dict[Place, Seen]:
    """Everything there is to see of every version and delete marker, in the order of the listing."""
    return {
        place: {"listed": listed, **({} if listed["is marker"] else _seen(s3, *place))}
        for bucket in buckets
        for place, listed in _listed(s3, bucket)
    }


def _listed(s3: Any, bucket: str) -> Iterator[tuple[Place, dict[str, object]]]:
    """Each version and marker as the listing shows it, with its place among the versions of its key."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for kind in ("Versions", "DeleteMarkers"):
            for entry in page.get(kind, []):
                listed = {name: value for name, value in entry.items() if name not in {"Key", "VersionId"}}
                place = (bucket, entry["Key"], entry["VersionId"])
                yield place, {**listed, "is marker": kind == "DeleteMarkers"}


def _seen(s3: Any, bucket: str, key: str, version: str) -> dict[str, object]:
    which = {"Bucket": bucket, "Key": key, "VersionId": version}
    head = _answer(s3.head_object, **which, ChecksumMode="ENABLED")
    customer_key: dict[str, Any] = {}
    if head == "400":
        customer_key = _SSE_C
        head = _answer(s3.head_object, **which, **customer_key)
    assert isinstance(head, dict), f"HEAD of {key!r} answers {head}"
    headers = head["ResponseMetadata"]["HTTPHeaders"]
    seen: dict[str, object] = {f"header {n}": v for n, v in headers.items() if n not in _OF_THE_ANSWER}
    seen["body"] = _body(_answer(s3.get_object, **which, **customer_key))
    calls: dict[str, Callable[..., Any]] = {
        "tags": s3.get_object_tagging,
        "acl": s3.get_object_acl,
        "legal hold": s3.get_object_legal_hold,
        "retention": s3.get_object_retention,
    }
    for name, call in calls.items():
        seen[name] = _content(_answer(call, **which))
    wanted = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    seen["attributes"] = _content(
        _answer(s3.get_object_attributes, **which, **customer_key, ObjectAttributes=wanted)
    )
    return seen


def _answer(call: Callable[..., Any], **parameters: Any) -> Any:
    """The answer, or the code of the error: what is refused before is refused after."""
    try:
        return call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])


def _content(answer: Any) -> object:
    if isinstance(answer, str):
        return answer
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _body(answer: Any) -> str:
    return answer if isinstance(answer, str) else hashlib.sha256(answer["Body"].read()).hexdigest()


def differences(before: Mapping[Place, Seen], after: Mapping[Place, Seen]) -> dict[Place, set[str]]:
    """What is not as it was, by place; `gone` and `new` are a version that only one of the two has."""
    found: dict[Place, set[str]] = {place: {"gone"} for place in before.keys() - after.keys()}
    found |= {place: {"new"} for place in after.keys() - before.keys()}
    for place in before.keys() & after.keys():
        was, now = before[place], after[place]
        changed = {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}
        if changed:
            found[place] = changed
    return found
