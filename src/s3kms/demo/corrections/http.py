"""What a request says, read from the wire: service, account, region, bucket, key and AWS's name of the operation."""

from __future__ import annotations

import functools
import io
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from s3kms.demo.corrections.addressing import to_path_style
from s3kms.demo.corrections.operation_names import cbor_error, operation_of_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3kms.demo.batch_faults import BatchFaults
    from s3kms.demo.lies import LieKind


S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
DIRECTORY_SUFFIX = "--x-s3"
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_TARGET_SERVICE = {"TrentService": "kms", "AWSOrganizationsV20161128": "organizations"}
# Names that botocore keeps for operations that were replaced long ago; they share the newer one's wire form.
_REPLACED = {
    "GetBucketLifecycle", "GetBucketNotification", "PutBucketLifecycle", "PutBucketNotification",
}  # fmt: skip
_CBOR = "rpc-v2-cbor"
_request_ids = itertools.count(1)


class S3Error(Exception):
    """An error answer of S3, in its own words and status."""

    def __init__(self, status: int, code: str, message: str, **details: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details

    def response(self, headers: Mapping[str, str] | None = None) -> ServerResponse:
        """This error as S3 sends it: an XML document, with the headers given."""
        details = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in self.details.items())
        body = f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message>{details}</Error>"
        return ServerResponse(self.status, body, {"Content-Type": "application/xml", **(headers or {})})


def access_denied() -> S3Error:
    """The one sentence S3 has for everything that is not allowed."""
    return S3Error(403, "AccessDenied", "Access Denied")


@dataclass(frozen=True, slots=True)
class ServerResponse:
    """An answer given instead of moto's."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    binary: bytes = b""
    """Instead of the body, where it is no text."""

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        return self.binary or self.body.encode()

    @classmethod
    def xml(cls, root: str, content: str) -> ServerResponse:
        """A 200 with XML of S3: `content` in one root element of S3's namespace."""
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{S3_NAMESPACE}">{content}</{root}>'
        return cls(200, body, {"Content-Type": "application/xml"})

    @classmethod
    def json_error(cls, code: str, message: str, status: int = 400) -> ServerResponse:
        """An error of a JSON service (KMS, Organizations, Config)."""
        return cls.json({"__type": code, "message": message}, status)

    @classmethod
    def json(cls, content: Mapping[str, Any], status: int = 200) -> ServerResponse:
        """An answer of a JSON service."""
        return cls(status, json.dumps(content), {"Content-Type": "application/x-amz-json-1.1"})

    @classmethod
    def query_error(cls, code: str, message: str, status: int = 400) -> ServerResponse:
        """An error of a query service (STS, IAM)."""
        told = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
        return cls(
            status, f"<ErrorResponse><Error>{told}</Error></ErrorResponse>", {"Content-Type": "text/xml"}
        )

    def wire_headers(self, *, head: bool) -> list[tuple[str, str]]:
        """Headers with the length and the request id every AWS answer carries."""
        said = {name.lower(): value for name, value in self.headers.items()}
        length = said.pop("content-length", "0") if head else str(len(self.content))
        number = f"{next(_request_ids):016X}"
        named = "x-amzn-RequestId" if "json" in self.headers.get("Content-Type", "") else "x-amz-request-id"
        return [*said.items(), ("content-length", length), (named, number)]


class ServerFaults(Protocol):
    """How a server misbehaves, as far as the corrections ask (`s3kms.demo.faults.Faults`)."""

    wrong_region: Any
    session_seconds: int | None
    empty_pages: bool
    without_status: bool
    without_regions: bool
    updates_to_managed_key: bool
    overtaking_body: bytes
    batch: BatchFaults
    unencrypted_copies: Literal["", "silent", "claimed"]
    max_copy_bytes: int
    min_range_source_bytes: int
    min_part_bytes: int

    def loses_answer(self, request: ServerRequest) -> bool:
        """Whether the client never sees what came of a request."""
        ...

    def cuts(self, request: ServerRequest) -> bool:
        """Whether the answer to a request ends in the middle of its body."""
        ...

    def lies_about(self, kind: LieKind, key: str) -> bool:
        """Whether a call that such a lie is about is lied about."""
        ...

    def intercept(self, request: ServerRequest) -> ServerResponse | None:
        """The answer of a fault; None where the request is answered as usual."""
        ...


@dataclass(slots=True)
class ServerRequest:
    """One HTTP request, understood. Headers may be set: moto then sees the corrected ones."""

    environ: dict[str, Any]
    body: bytes
    service: str
    region: str
    access_key: str | None
    query: dict[str, str]
    operation: str = ""
    account: str = ""
    host: str = ""
    """As the client addressed it, bucket and all."""
    path_style: bool = True
    faults: ServerFaults = field(init=False, repr=False)
    """How the server that got this request misbehaves."""

    @classmethod
    def read(cls, environ: dict[str, Any]) -> ServerRequest:
        """The request of a WSGI environment.

        The body is read at once, so that an early answer leaves the connection clean.
        """
        host = str(environ.get("HTTP_HOST", ""))
        path_style = to_path_style(environ)
        body = _take_body(environ)
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        credential = "Credential=" + query.get("X-Amz-Credential", "")
        scope = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "") or credential)
        # An old presigned URL (signature version 2) has a key but no region.
        old_key = query.get("AWSAccessKeyId")
        unscoped = (old_key, "" if old_key else "us-east-1", "")
        access_key, region, service = scope.groups() if scope else unscoped
        target = environ.get("HTTP_X_AMZ_TARGET", "").split(".")[0]
        if not service:
            service = _TARGET_SERVICE.get(target, "s3")
        elif service == "s3" and environ["PATH_INFO"].startswith("/v20180820/"):
            service = "s3control"
        request = cls(environ, body, service, region, access_key, query, host=host, path_style=path_style)
        request.operation = _operation(request)
        return request

    @property
    def is_s3(self) -> bool:
        """S3 proper: general purpose and directory buckets."""
        return self.service in {"s3", "s3express"}

    @property
    def method(self) -> str:
        """The HTTP method: GET, PUT, …"""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        """The path as it arrived, percent-encoding and all, so that no slash of a key is lost."""
        raw = str(self.environ.get("RAW_URI") or self.environ.get("REQUEST_URI") or self.environ["PATH_INFO"])
        return raw.split("?", 1)[0] or "/"

    @property
    def bucket(self) -> str:
        """The bucket of a path-style address, or nothing."""
        return unquote(self.path.lstrip("/").split("/", 1)[0])

    @property
    def key(self) -> str:
        """The object key, or nothing."""
        parts = self.path.lstrip("/").split("/", 1)
        return unquote(parts[1]) if len(parts) > 1 else ""

    @property
    def for_directory_bucket(self) -> bool:
        """Whether the bucket is a directory bucket, by its name (fact A20)."""
        return self.bucket.endswith(DIRECTORY_SUFFIX)

    def header(self, name: str) -> str | None:
        """The value of a header, whose case does not matter; None where it is absent."""
        value = self.environ.get("HTTP_" + name.upper().replace("-", "_"))
        return None if value is None else str(value)

    def headers(self) -> dict[str, str]:
        """All headers by name, in lower case."""
        variables = {name: str(value) for name, value in self.environ.items() if name.startswith("HTTP_")}
        named = {name[5:].replace("_", "-").lower(): value for name, value in variables.items()}
        if content_type := self.environ.get("CONTENT_TYPE"):
            named["content-type"] = str(content_type)
        return named

    def set_header(self, name: str, value: str | None) -> None:
        """Put (or with None, take away) a header before moto reads it."""
        variable = "HTTP_" + name.upper().replace("-", "_")
        self.environ.pop(variable, None)
        if value is not None:
            self.environ[variable] = value

    def replace_body(self, body: bytes) -> None:
        """Give moto another body than the one that came."""
        self.environ["wsgi.input"], self.environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))

    def json(self) -> dict[str, Any]:
        """The parameters of a JSON service; none if they cannot be read."""
        try:
            parameters = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return parameters if isinstance(parameters, dict) else {}

    def form(self) -> dict[str, str]:
        """The parameters of a query service."""
        return {**self.query, **dict(parse_qsl(self.body.decode(errors="replace")))}

    def error(self, status: int, code: str, message: str) -> ServerResponse:
        """An error in the form that this request's service has for errors."""
        if self.header("X-Amz-Target") or self.service in {"s3tables", "s3vectors"}:
            return ServerResponse.json_error(code, message, status)
        if self.header("smithy-protocol") == _CBOR:
            headers = {"smithy-protocol": _CBOR, "Content-Type": "application/cbor"}
            return ServerResponse(status, headers=headers, binary=cbor_error(code, message))
        if self.service in {"s3", "s3express", "s3control"}:
            return S3Error(status, code, message).response()
        return ServerResponse.query_error(code, message, status)


def _take_body(environ: dict[str, Any]) -> bytes:
    """Read the request's body and leave a copy for moto."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body: bytes = stream.read()
    else:
        body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    if environ.pop("HTTP_TRANSFER_ENCODING", None):
        environ["CONTENT_LENGTH"] = str(len(body))
    return body


def _operation(request: ServerRequest) -> str:
    """AWS's name of the operation: from the path for S3, a header for JSON, the form for query services."""
    if request.is_s3:
        return _s3_operation(request)
    if request.service == "s3control":
        return _control_operation(request)
    if request.service == "s3vectors":
        return request.path.strip("/")
    if request.service == "s3tables":
        return _table_operation(request)
    target = request.header("X-Amz-Target")
    if target:
        return target.rsplit(".", 1)[-1]
    if "Action" in request.query:
        return request.query["Action"]
    if str(request.environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        return request.form().get("Action", "Unknown")
    named = operation_of_path(request.service, request.method, request.path)
    return named or f"{request.method} {request.path}"


_CONTROL_VERBS = {"GET": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}


def _control_operation(request: ServerRequest) -> str:
    """The operation of S3 Control on access points, blocks or jobs; the method and path of any other."""
    parts, verb = request.path.strip("/").split("/")[1:], _CONTROL_VERBS.get(request.method, "Unknown")
    match parts:
        case ["jobs"]:
            return "CreateJob" if request.method == "POST" else "ListJobs"
        case ["jobs", _]:
            return "DescribeJob"
        case ["jobs", _, "status"]:
            return "UpdateJobStatus"
        case ["accesspoint"]:
            return "ListAccessPoints"
        case ["accesspoint", _]:
            return "CreateAccessPoint" if verb == "Put" else f"{verb}AccessPoint"
        case ["accesspoint", _, "policy"] | ["configuration", "publicAccessBlock"]:
            return verb + ("AccessPointPolicy" if parts[-1] == "policy" else "PublicAccessBlock")
        case _:
            return f"{request.method} {request.path}"


_TABLE_VERBS = {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}


def _table_operation(request: ServerRequest) -> str:
    """The operation of S3 Tables on a table bucket or its encryption."""
    parts, verb = request.path.strip("/").split("/"), _TABLE_VERBS.get(request.method, "")
    if parts == ["buckets"]:
        return {"Get": "ListTableBuckets", "Put": "CreateTableBucket"}.get(verb, "Unknown")
    return f"{verb}TableBucketEncryption" if parts[-1] == "encryption" else f"{verb}TableBucket"


@dataclass(frozen=True, slots=True)
class OperationPattern:
    """How one S3 operation looks on the wire, as botocore's model describes it."""

    operation: str
    required_query: tuple[tuple[str, str], ...]
    required_headers: tuple[str, ...]
    query_names: frozenset[str]

    def fits(self, request: ServerRequest) -> bool:
        """Whether the request has what this operation needs."""
        return all(
            name in request.query and (not value or request.query[name] == value)
            for name, value in self.required_query
        ) and all(request.header(name) is not None for name in self.required_headers)

    @property
    def weight(self) -> int:
        """The more an operation needs, the earlier it is asked."""
        return len(self.required_query) + len(self.required_headers)


def _scope(request: ServerRequest) -> str:
    return "key" if request.key else "bucket" if request.bucket else "service"


def _s3_operation(request: ServerRequest) -> str:
    """The operation meant, or `Unknown(sub-resource)` when botocore's model knows none and moto would run another."""
    if request.service == "s3express" and not request.bucket:
        return "ListDirectoryBuckets"
    if request.method == "POST" and not request.key and "delete" not in request.query:
        content_type = str(request.environ.get("CONTENT_TYPE", ""))
        if content_type.startswith("multipart/form-data"):
            return "PostObject"
    for form in _s3_forms().get((request.method, _scope(request)), ()):
        if form.fits(request):
            strange = [n for n, v in request.query.items() if not v and n not in form.query_names]
            return f"Unknown({strange[0]})" if strange else form.operation
    return f"Unknown({request.method})"


@functools.cache
def _s3_forms() -> dict[tuple[str, str], list[OperationPattern]]:
    """Every S3 operation of botocore's model, by method and scope, the most particular first."""
    import botocore.session

    model = botocore.session.get_session().get_service_model("s3")
    forms: dict[tuple[str, str], list[OperationPattern]] = {}
    for name in model.operation_names:
        if name in _REPLACED or name in {"ListDirectoryBuckets", "WriteGetObjectResponse"}:
            continue
        operation = model.operation_model(name)
        uri, _, literal = operation.http["requestUri"].partition("?")
        scope = "key" if "{Key+}" in uri else "bucket" if "{Bucket}" in uri else "service"
        forms.setdefault((operation.http["method"], scope), []).append(_form(name, literal, operation))
    for candidates in forms.values():
        candidates.sort(key=lambda form: -form.weight)
    return forms


def _form(name: str, literal: str, operation: Any) -> OperationPattern:
    """The pattern of one operation of botocore's S3 model."""
    required = parse_qsl(literal, keep_blank_values=True)
    headers, names = [], {query for query, _ in required}
    shape = operation.input_shape
    for member, model in shape.members.items() if shape else ():
        place, wire_name = model.serialization.get("location"), model.serialization.get("name", "")
        if place == "querystring":
            names.add(wire_name)
            required += [(wire_name, "")] if member in shape.required_members else []
        elif place == "header" and member in shape.required_members:
            headers.append(wire_name)
    return OperationPattern(name, tuple(required), tuple(headers), frozenset(names))
