"""The simulated AWS of stub.py with objects in its buckets: listed, looked at, and re-encrypted in place.

    python -m benchmarks.object_stub --objects 20000

All objects are current versions under SSE-S3 at first, each of 1 KiB. What was re-encrypted is kept until a reset, so
that HEAD tells it. `/_stub/stats` also tells the most requests of S3 in any one second, and how late the stub itself
was.
"""

import hashlib
import re
import ssl
import time
from bisect import bisect_right
from collections import deque
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from benchmarks.stub import Answer, Caller, Request, Settings, Stub, account_id, main, s3_error, truth, xml

BUCKET = next(
    found.bucket
    for found in (truth(account_id(0), number) for number in count())
    if (found.kind.algorithm, found.kind.key, found.region) == ("aws:kms", "key/{uuid}", "us-east-1")
)
"""Its default is SSE-KMS under a key of its account."""
_OF_OBJECTS = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
_RANGE = re.compile(r"bytes=0-(\d+)")
CONTENT = b"x" * 1024
_TICK_SECONDS = 0.005
_KEY_ARN = re.compile(rb"<KMSKeyArn>([^<]+)</KMSKeyArn>")
_BUCKET_KEY = re.compile(rb"<BucketKeyEnabled>true</BucketKeyEnabled>")
_MODIFIED = "2026-11-20T08:00:00.000Z", "Fri, 20 Nov 2026 08:00:00 GMT"


def object_key(number: int) -> str:
    """Keys sort as numbers do."""
    return f"logs/2026/11/20/part-{number:08d}.json.gz"


def version_of(key: str) -> str:
    """As long as S3's."""
    return f"{hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()}"


class ObjectStub(Stub):
    """The organization, whose buckets have objects."""

    def __init__(self, settings: Settings, tls: ssl.SSLContext) -> None:
        super().__init__(settings, tls)
        self.updated: dict[str, tuple[str, bool]] = {}
        """The key's ARN and whether a bucket key is used, by the object's key."""
        self.written: dict[str, bytes] = {}
        """Objects that a client put: the trial of a server that is not AWS."""
        self.recent: deque[float] = deque()
        """When S3 was asked, in the last second."""
        self.most_in_a_second = 0
        self.late = 0.0
        """Seconds that this process was late at most: so much closer together it finds what has arrived."""
        self._due = 0.0

    def tick(self) -> None:
        """Look how late this process is, all the time."""
        now = time.monotonic()
        self.late = max(self.late, now - self._due) if self._due else self.late
        self._due = now + _TICK_SECONDS
        self.loop.call_later(_TICK_SECONDS, self.tick)

    def answer(self, request: Request) -> Answer | None:
        """Counted by the second, too."""
        if not self._due:
            self.tick()
        now = time.monotonic()
        while self.recent and self.recent[0] <= now - 1:
            self.recent.popleft()
        if b"/s3/aws4_request" in request.head:
            self.recent.append(now)
        self.most_in_a_second = max(self.most_in_a_second, len(self.recent))
        return super().answer(request)

    def operation(self, request: Request, caller: Caller) -> str:
        """As stub.py, and the calls about objects."""
        if caller.service == "s3" and self.bucket_of(request):
            has_key = bool(self.key_of(request))
            parameters = dict(parse_qsl(request.query, keep_blank_values=True))
            if not has_key and "versions" in parameters:
                return "ListObjectVersions"
            if has_key and request.method == "PUT" and "encryption" in parameters:
                return "UpdateObjectEncryption"
            if has_key and request.method in _OF_OBJECTS and not parameters.keys() & {"acl", "tagging"}:
                return _OF_OBJECTS[request.method]
        return super().operation(request, caller)

    def key_of(self, request: Request) -> str:
        """The key that a request names, whichever way it names its bucket."""
        path = unquote(request.path[1:])
        is_hosted = request.header(b"host").startswith("stub-")
        return path if is_hosted else path.partition("/")[2]

    def serve(self, operation: str, request: Request, caller: Caller) -> Answer:
        """As stub.py, and the calls about objects."""
        if operation == "ListObjectVersions":
            return self.list_versions(request)
        key = self.key_of(request)
        if operation == "PutObject":
            self.written[key] = request.body
            return Answer(200, b"", operation, headers=self.head(key, ""))
        if operation == "DeleteObject":
            self.written.pop(key, None)
            self.updated.pop(key, None)
            return Answer(204, b"", operation)
        if operation in {"HeadObject", "GetObject", "UpdateObjectEncryption"}:
            return self.serve_object(operation, key, request)
        return super().serve(operation, request, caller)

    def serve_object(self, operation: str, key: str, request: Request) -> Answer:
        """A call about an object that has to be there."""
        asked = dict(parse_qsl(request.query)).get("versionId", version_of(key))
        if not self.has(key) or asked != version_of(key):
            return s3_error(404, "NoSuchKey", "The specified key does not exist.", operation)
        if operation == "UpdateObjectEncryption":
            return self.update(key, request)
        body = self.written.get(key, CONTENT)
        found = _RANGE.match(request.header(b"range")) if operation == "GetObject" else None
        if found is None:
            return Answer(200, body, operation, headers=self.head(key, ""))
        part = body[: int(found[1]) + 1]
        more = f"Content-Range: bytes 0-{len(part) - 1}/{len(body)}\r\n"
        return Answer(206, part, operation, headers=self.head(key, more))

    def has(self, key: str) -> bool:
        """Whether an object is there."""
        if key in self.written:
            return True
        digits = key.removeprefix("logs/2026/11/20/part-").removesuffix(".json.gz")
        return digits.isdigit() and int(digits) < self.settings.objects and object_key(int(digits)) == key

    def head(self, key: str, more: str) -> bytes:
        """The headers of an object."""
        arn, bucket_key = self.updated.get(key, ("", False))
        encryption = "x-amz-server-side-encryption: AES256\r\n"
        if arn:
            name = "x-amz-server-side-encryption"
            encryption = f"{name}: aws:kms\r\n{name}-aws-kms-key-id: {arn}\r\n"
            encryption += f"{name}-bucket-key-enabled: true\r\n" if bucket_key else ""
        version = version_of(key)
        return (
            f'ETag: "{version}"\r\nLast-Modified: {_MODIFIED[1]}\r\nx-amz-version-id: {version}\r\n'
            f"Accept-Ranges: bytes\r\nx-amz-storage-class: STANDARD\r\n{encryption}{more}"
        ).encode()

    def update(self, key: str, request: Request) -> Answer:
        """Another key, in place."""
        found = _KEY_ARN.search(request.body)
        if not found:
            return s3_error(400, "MalformedXML", "There is no key.", "UpdateObjectEncryption")
        self.updated[key] = found[1].decode(), bool(_BUCKET_KEY.search(request.body))
        return Answer(200, b"", "UpdateObjectEncryption")

    def list_versions(self, request: Request) -> Answer:
        """A page; every version is the current one."""
        asked = dict(parse_qsl(request.query, keep_blank_values=True))
        all_of_it = range(self.settings.objects)
        start = bisect_right(all_of_it, asked.get("key-marker", ""), key=object_key)
        end = min(start + min(int(asked.get("max-keys", 1000)), 1000), len(all_of_it))
        keys = [object_key(number) for number in range(start, end)]
        if prefix := asked.get("prefix"):
            keys, end = [key for key in self.written if key.startswith(prefix)], len(all_of_it)
        inside = f"<Name>{self.bucket_of(request)}</Name><EncodingType>url</EncodingType>"
        inside += f"<IsTruncated>{str(end < len(all_of_it)).lower()}</IsTruncated>"
        if end < len(all_of_it):
            inside += f"<NextKeyMarker>{quote(keys[-1])}</NextKeyMarker>"
            inside += f"<NextVersionIdMarker>{version_of(keys[-1])}</NextVersionIdMarker>"
        rows = "".join(map(_row, keys))
        return Answer(200, xml("ListVersionsResult", inside + rows), "ListObjectVersions")

    def control(self, request: Request) -> Answer:
        """As stub.py; a reset forgets what was re-encrypted."""
        if request.path == "/_stub/reset":
            self.updated.clear()
            self.written.clear()
            self.recent.clear()
            self.most_in_a_second, self.late = 0, 0.0
        return super().control(request)

    def controls(self) -> dict[str, Any]:
        """As stub.py, with what objects have come to."""
        own = {
            "updated": len(self.updated),
            "most_in_a_second": self.most_in_a_second,
            "late": self.late,
        }
        return {**super().controls(), "stats": lambda _: self.stats.as_json() | own}


def _row(key: str) -> str:
    version = version_of(key)
    return (
        f"<Version><Key>{quote(key)}</Key><VersionId>{version}</VersionId><IsLatest>true</IsLatest>"
        f"<LastModified>{_MODIFIED[0]}</LastModified><ETag>&quot;{version}&quot;</ETag><Size>{len(CONTENT)}</Size>"
        "<Owner><ID>stub</ID></Owner><StorageClass>STANDARD</StorageClass></Version>"
    )


if __name__ == "__main__":
    main(ObjectStub)
