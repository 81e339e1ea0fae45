"""What S3's answers about objects say; every field is checked. No I/O."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import unquote_plus

from s3kms.aws.boundary import bad_answer
from s3kms.aws.s3.http1 import ResponseHeaders
from s3kms.aws.s3.response_xml import UnexpectedDocument, leaves_of, root_of, without_control_characters
from s3kms.aws.s3.transport import Response
from s3kms.model.errors import BadAnswer
from s3kms.model.objects import CopyAnswer, ObjectEncryption, ObjectHead, ObjectVersion, WriteAnswer
from s3kms.model.operations import Operation

_ENCRYPTIONS = {
    "AES256": ObjectEncryption.SSE_S3,
    "aws:kms": ObjectEncryption.SSE_KMS,
    "aws:kms:dsse": ObjectEncryption.DSSE_KMS,
}
_CONTENT_HEADERS = (
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
    "Expires",
)
_METADATA = "x-amz-meta-"
_CURRENT_ROW = "Contents"
_ROWS = frozenset({"Version", "DeleteMarker", _CURRENT_ROW})


class _Answer:
    """One response about an object; what it lacks or says wrongly is a BadAnswer."""

    def __init__(self, response: Response, operation: Operation, subject: str) -> None:
        has_lower = isinstance(response.headers, ResponseHeaders)
        self.headers = (
            dict(response.headers)
            if has_lower
            else {name.lower(): value for name, value in response.headers.items()}
        )
        self.body = response.body
        self.about = operation, subject

    @property
    def request_id(self) -> str | None:
        return self.headers.get("x-amz-request-id")

    @property
    def version_id(self) -> str | None:
        return self.headers.get("x-amz-version-id") or None

    @property
    def key_arn(self) -> str | None:
        return self.headers.get("x-amz-server-side-encryption-aws-kms-key-id") or None

    def bad(self, what: str) -> BadAnswer:
        return bad_answer(*self.about, what)

    def encryption(self) -> ObjectEncryption:
        """Raises BadAnswer for a word that is none of S3's."""
        word = self.headers.get("x-amz-server-side-encryption", "")
        if word in _ENCRYPTIONS:
            return _ENCRYPTIONS[word]
        if word:
            raise self.bad(f"answered with an encryption that s3kms does not know: {word[:40]!r}")
        is_sse_c = "x-amz-server-side-encryption-customer-algorithm" in self.headers
        return ObjectEncryption.SSE_C if is_sse_c else ObjectEncryption.NOT_SSE

    def is_true(self, name: str) -> bool:
        """Raises BadAnswer for what is neither true nor false."""
        word = self.headers.get(name, "false").lower()
        if word not in {"true", "false"}:
            raise self.bad(f"answered with {name} {word[:40]!r}, neither true nor false")
        return word == "true"

    def number(self, name: str, default: str = "") -> int:
        """Raises BadAnswer for what is no number."""
        word = self.headers.get(name, default)
        if not (word.isascii() and word.isdigit()):
            raise self.bad(f"answered without a usable {name}: {word[:40]!r}")
        return int(word)

    def date(self, name: str) -> datetime:
        """Raises BadAnswer for what is no date."""
        try:
            return _http_date(self.headers.get(name, ""))
        except (TypeError, ValueError) as error:
            raise self.bad(f"answered without a usable {name}") from error

    def etag(self) -> str:
        """Raises BadAnswer where there is none."""
        etag = self.headers.get("etag", "").strip('"')
        if not etag:
            raise self.bad("answered without an ETag")
        return etag


def read_head(response: Response, operation: Operation, subject: str) -> ObjectHead:
    """What the answer of HeadObject or GetObject says of an object. Raises BadAnswer."""
    answer = _Answer(response, operation, subject)
    headers = answer.headers
    mode, until = headers.get("x-amz-object-lock-mode"), headers.get("x-amz-object-lock-retain-until-date")
    return ObjectHead(
        size=answer.number("content-length"),
        etag=answer.etag(),
        last_modified=answer.date("last-modified"),
        version_id=answer.version_id,
        storage_class=headers.get("x-amz-storage-class") or "STANDARD",
        encryption=answer.encryption(),
        key_arn=answer.key_arn,
        bucket_key=answer.is_true("x-amz-server-side-encryption-bucket-key-enabled"),
        metadata={
            name[len(_METADATA) :]: value for name, value in headers.items() if name.startswith(_METADATA)
        },
        content_headers={name: headers[name.lower()] for name in _CONTENT_HEADERS if name.lower() in headers},
        redirect=headers.get("x-amz-website-redirect-location"),
        lock_mode=mode or None,
        retain_until=_moment(until, answer) if until else None,
        legal_hold=headers.get("x-amz-object-lock-legal-hold") == "ON",
        replication_status=headers.get("x-amz-replication-status"),
        restore=headers.get("x-amz-restore"),
        tag_count=answer.number("x-amz-tagging-count", "0"),
        headers=headers,
    )


def read_write(response: Response, operation: Operation, subject: str) -> WriteAnswer:
    """What the answer of a write, a deletion or a change in place says. Raises BadAnswer."""
    answer = _Answer(response, operation, subject)
    return WriteAnswer(
        etag=answer.headers.get("etag", "").strip('"') or None,
        version_id=answer.version_id,
        is_delete_marker=answer.is_true("x-amz-delete-marker"),
        encryption=answer.encryption(),
        key_arn=answer.key_arn,
        request_id=answer.request_id,
    )


def read_copy(response: Response, operation: Operation, subject: str) -> CopyAnswer:
    """What the answer of CopyObject says. Raises BadAnswer, as for a body that is not the one of a made copy."""
    return _read_made(response, operation, subject, "CopyObjectResult")


def read_completed(response: Response, operation: Operation, subject: str) -> CopyAnswer:
    """What the answer of CompleteMultipartUpload says. Raises BadAnswer as `read_copy` does."""
    return _read_made(response, operation, subject, "CompleteMultipartUploadResult")


def _read_made(response: Response, operation: Operation, subject: str, root: str) -> CopyAnswer:
    answer = _Answer(response, operation, subject)
    try:
        result = leaves_of(root_of(without_control_characters(answer.body.strip()), root))
    except UnexpectedDocument as error:
        raise answer.bad(f"answered with something that says of no copy that it was made: {error}") from error
    etag = result.get("ETag", "").strip('"')
    if not etag:
        raise answer.bad("answered without the ETag of the copy")
    return CopyAnswer(
        etag=etag,
        version_id=answer.version_id,
        source_version_id=answer.headers.get("x-amz-copy-source-version-id") or None,
        encryption=answer.encryption(),
        key_arn=answer.key_arn,
        bucket_key=answer.is_true("x-amz-server-side-encryption-bucket-key-enabled"),
        request_id=answer.request_id,
    )


class ListedPage:
    """One page of ListObjectVersions or ListObjectsV2: rows, and where the next page begins."""

    def __init__(self, response: Response, operation: Operation, subject: str, bucket: str) -> None:
        """Raises BadAnswer for a document that is not such a page."""
        self._answer = _Answer(response, operation, subject)
        self._bucket = bucket
        try:
            root = root_of(response.body, "ListVersionsResult", "ListBucketResult")
        except UnexpectedDocument as error:
            raise self._answer.bad(f"answered with something else than a listing: {error}") from error
        self._rows: list[tuple[str, Mapping[str, str]]] = []
        said: dict[str, str] = {}
        for part in root:
            name = part.tag.rpartition("}")[2]
            if name in _ROWS:
                # Not stripped: a key that is not encoded may begin or end with a space.
                self._rows.append((name, {one.tag.rpartition("}")[2]: one.text or "" for one in part}))
            else:
                said[name] = part.text or ""
        if said.get("Name", bucket) != bucket:
            raise self._answer.bad(f"answered with the objects of another bucket: {said['Name'][:80]!r}")
        self._is_encoded = said.get("EncodingType") == "url"
        self._said = said
        self._is_truncated = said.get("IsTruncated") == "true"
        if self._is_truncated and not self._rows:
            raise self._answer.bad("said that there is more, and listed nothing")

    def next_versions(self) -> tuple[str, str] | None:
        """The key and version markers of the page after it; None where it is the last one. Raises BadAnswer."""
        if not self._is_truncated:
            return None
        key = self._key(self._said.get("NextKeyMarker", ""))
        if not key:
            raise self._answer.bad("said that there is more, and not where")
        return key, self._said.get("NextVersionIdMarker", "")

    def next_token(self) -> str | None:
        """The token of the page after it; None where it is the last one. Raises BadAnswer."""
        if not self._is_truncated:
            return None
        token = self._said.get("NextContinuationToken", "")
        if not token:
            raise self._answer.bad("said that there is more, and not where")
        return token

    def versions(self, prefix: str) -> list[ObjectVersion]:
        """Its rows. Raises BadAnswer for one that lacks what every version has, or that was not asked for."""
        return [self._version(kind, row, prefix) for kind, row in self._rows]

    def _version(self, kind: str, row: Mapping[str, str], prefix: str) -> ObjectVersion:
        key = self._key(row.get("Key", ""))
        if not key or not key.startswith(prefix):
            raise self._answer.bad(f"listed a key that was not asked for: {key[:80]!r}")
        size, is_marker = row.get("Size", ""), kind == "DeleteMarker"
        if not is_marker and not (size.isascii() and size.isdigit()):
            raise self._answer.bad(f"listed an object without a usable size: {size[:40]!r}")
        latest, version_id = row.get("IsLatest"), row.get("VersionId")
        if kind == _CURRENT_ROW:
            latest, version_id = "true", None
        elif latest not in {"true", "false"} or not version_id:
            raise self._answer.bad("listed a version without VersionId or IsLatest")
        return ObjectVersion(
            bucket=self._bucket,
            key=key,
            version_id=version_id,
            is_latest=latest == "true",
            is_delete_marker=is_marker,
            size=None if is_marker else int(size),
            etag=row.get("ETag", "").strip('"') or None,
            last_modified=_moment(row.get("LastModified", ""), self._answer),
            storage_class=row.get("StorageClass"),
        )

    def _key(self, text: str) -> str:
        """S3 encodes with `+` for a space where it was asked to encode, and says so."""
        return unquote_plus(text) if self._is_encoded else text


@lru_cache(maxsize=1024)
def _http_date(text: str) -> datetime:
    """Kept: an object is looked at before and after, and many were written in one second. Raises ValueError."""
    found = parsedate_to_datetime(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _moment(text: str, answer: _Answer) -> datetime:
    return read_moment(text, *answer.about)


def read_moment(text: str, operation: Operation, subject: str) -> datetime:
    """A date of a document. Raises BadAnswer for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        what = f"answered with {text[:40]!r}, which is no date"
        raise bad_answer(operation, subject, what) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
