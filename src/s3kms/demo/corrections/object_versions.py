"""Versions of objects: their listing, suspended versioning, and the version called `null`."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

from moto.moto_server.utilities import RegexConverter
from moto.s3.models import FakeBucket, FakeDeleteMarker, S3Backend
from moto.s3.responses import S3Response

from s3kms.demo.corrections.accounts import canonical_id
from s3kms.demo.corrections.http import S3Error, ServerResponse
from s3kms.demo.corrections.stored_rule import xml_element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3kms.demo.corrections.http import ServerRequest

_LARGEST_PAGE = 1000
_NULL = "null"
_writing = threading.RLock()
_reading_head = contextvars.ContextVar("reading_head", default=False)


def list_object_versions(request: ServerRequest, bucket: Any) -> ServerResponse:
    """A page of versions and delete markers: keys in the order of their UTF-8, of each the newest first.

    moto copies the body of every object for each page, lists keys that XML cannot hold unencoded, and begins the
    next page with what the last one ended with.
    """
    query = request.query
    if query.get("delimiter"):
        raise S3Error(501, "NotImplemented", "The embedded AWS lists versions without a delimiter")
    largest = min(int(query.get("max-keys") or _LARGEST_PAGE), _LARGEST_PAGE)
    prefix, after = query.get("prefix", ""), (query.get("key-marker", ""), query.get("version-id-marker"))
    page: list[tuple[Any, bool]] = []
    truncated = False
    for version in _versions_after(bucket, prefix, *after):
        truncated = len(page) == largest
        if truncated:
            break
        page.append(version)
    encoded = query.get("encoding-type") == "url"
    entries = "".join(_entry(version, latest, bucket.account_id, encoded=encoded) for version, latest in page)
    told = {
        "Name": bucket.name,
        "Prefix": _key(prefix, encoded=encoded),
        "KeyMarker": _key(after[0], encoded=encoded),
        "VersionIdMarker": after[1] or "",
        "MaxKeys": str(largest),
        "IsTruncated": str(truncated).lower(),
    }
    if encoded:
        told["EncodingType"] = "url"
    if truncated and page:
        told["NextKeyMarker"] = _key(page[-1][0].name, encoded=encoded)
        told["NextVersionIdMarker"] = page[-1][0].version_id
    content = "".join(xml_element(name, text) for name, text in told.items())
    return ServerResponse.xml("ListVersionsResult", content + entries)


def _versions_after(
    bucket: Any, prefix: str, key_marker: str, version_marker: str | None
) -> Iterator[tuple[Any, bool]]:
    """Each version with whether it is the latest of its key, behind a marker.

    A marker without a version means all versions of its key.
    """
    for name in sorted((k for k in dict(bucket.keys) if k.startswith(prefix)), key=str.encode):
        if name.encode() < key_marker.encode() or (
            name == key_marker and version_marker is None and key_marker
        ):
            continue
        versions = list(reversed(bucket.keys.getlist(name, [])))
        passed = name != key_marker or version_marker is None
        for place, version in enumerate(versions):
            if passed:
                yield version, place == 0
            passed = passed or version.version_id == version_marker


def _entry(version: Any, latest: bool, account: str, *, encoded: bool) -> str:
    is_marker = isinstance(version, FakeDeleteMarker)
    told = {
        "Key": _key(version.name, encoded=encoded),
        "VersionId": version.version_id,
        "IsLatest": str(latest).lower(),
        "LastModified": version.last_modified_ISO8601,
    }
    if not is_marker:
        told |= {
            "ETag": escape(version.etag),
            "Size": str(version.size),
            "StorageClass": version.storage_class,
        }
    owner = xml_element("Owner", xml_element("ID", canonical_id(account)))
    content = "".join(xml_element(name, text) for name, text in told.items()) + owner
    return xml_element("DeleteMarker" if is_marker else "Version", content)


def _key(name: str, *, encoded: bool) -> str:
    """A key as the listing shows it: URL-encoded where asked for, since XML has no place for some characters."""
    return quote_plus(name, safe="/") if encoded else escape(name)


def correct_versions() -> None:
    """Keep versions when versioning is suspended, and answer HEAD of a version in a bucket that is not versioned."""
    _correct_suspended_put()
    _correct_suspended_delete()
    _correct_head()
    _correct_newlines()


def _correct_suspended_put() -> None:
    """Replace only the version `null` of a key; moto drops all of them."""
    original = S3Backend.put_object

    def put_object(self: Any, bucket_name: str, key_name: str, *arguments: Any, **named: Any) -> Any:
        bucket = self.get_bucket(bucket_name)
        if bucket.versioning_status != "Suspended":
            return original(self, bucket_name, key_name, *arguments, **named)
        with _writing:
            kept = _take_away(bucket, key_name)
            stored = original(self, bucket_name, key_name, *arguments, **named)
            dict.__setitem__(bucket.keys, key_name, [*kept, stored])
        return stored

    S3Backend.put_object = put_object


def _correct_suspended_delete() -> None:
    """Put a delete marker `null`, or delete one version; moto forgets the whole key."""
    original = S3Backend.delete_object

    def delete_object(
        self: Any, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> Any:
        bucket = self.get_bucket(bucket_name)
        if bucket.versioning_status != "Suspended" or key_name not in bucket.keys:
            return original(self, bucket_name, key_name, version_id, bypass)
        with _writing:
            if version_id is not None:
                bucket.versioning_status = "Enabled"
                try:
                    return original(self, bucket_name, key_name, version_id, bypass)
                finally:
                    bucket.versioning_status = "Suspended"
            marker = FakeDeleteMarker(key=bucket.keys[key_name])
            marker._version_id = _NULL
            dict.__setitem__(bucket.keys, key_name, [*_take_away(bucket, key_name), marker])
        return True, {"version-id": _NULL, "delete-marker": "true"}

    S3Backend.delete_object = delete_object


def _take_away(bucket: Any, key_name: str) -> list[Any]:
    """The versions of a key but `null`; the key then has none, so that moto disposes of none."""
    kept = [v for v in bucket.keys.getlist(key_name, []) if v.version_id != _NULL]
    dict.__setitem__(bucket.keys, key_name, [])
    return kept


def _correct_head() -> None:
    """Answer HEAD with a versionId unless versioning is Enabled, too; moto answers 400."""
    original = S3Response.head_object

    def head_object(self: Any, *arguments: Any, **named: Any) -> Any:
        token = _reading_head.set(True)
        try:
            return original(self, *arguments, **named)
        finally:
            _reading_head.reset(token)

    S3Response.head_object = head_object
    FakeBucket.is_versioned = property(
        lambda self: self.versioning_status == "Enabled" or _reading_head.get()
    )


def _correct_newlines() -> None:
    """Let a key have a newline: moto's patterns of paths end at one."""
    original = RegexConverter.__init__

    def __init__(self: Any, url_map: Any, *items: Any) -> None:  # noqa: N807 - it replaces moto's
        original(self, url_map, *items)
        self.regex = f"(?s:{self.regex})"

    RegexConverter.__init__ = __init__
