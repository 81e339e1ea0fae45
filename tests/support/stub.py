"""A server that lies and fails on purpose: it answers each operation with what a test says, over real HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from itertools import starmap
from urllib.parse import parse_qs, urlsplit

from tests.support.loopback import LoopbackServer, QuietHandler

ACCOUNT = "444455556666"
XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; status 0 closes the connection without a word."""

    body: str = ""
    status: int = 200
    content_type: str = "application/xml"
    headers: tuple[tuple[str, str], ...] = ()


Script = Callable[[str], Answer]
"""From a bucket's name ("" where there is none) to an answer; for AWS Config, from the body of the request."""


def error(code: str, status: int) -> Answer:
    return Answer(f"<Error><Code>{code}</Code><Message>said the stub</Message></Error>", status)


def listing(*names: str, region: str = "eu-central-1", token: str = "") -> Answer:
    rows = "".join(f"<Bucket><Name>{n}</Name><BucketRegion>{region}</BucketRegion></Bucket>" for n in names)
    more = f"<ContinuationToken>{token}</ContinuationToken>" if token else ""
    return Answer(f"<ListAllMyBucketsResult {XMLNS}><Buckets>{rows}</Buckets>{more}</ListAllMyBucketsResult>")


def encryption(algorithm: str = "AES256", inside: str = "") -> Answer:
    default = (
        f"<ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm>"
        "</ApplyServerSideEncryptionByDefault>"
    )
    return rules(f"<Rule>{default if algorithm else ''}{inside}</Rule>")


def rules(xml: str) -> Answer:
    return Answer(f"<ServerSideEncryptionConfiguration {XMLNS}>{xml}</ServerSideEncryptionConfiguration>")


IDENTITY = Answer(
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/u</Arn><UserId>U</UserId><Account>{ACCOUNT}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


ENCRYPTION = "GetBucketEncryption"
SETTINGS = {
    "acl": "GetBucketAcl",
    "logging": "GetBucketLogging",
    "notification": "GetBucketNotificationConfiguration",
    "policy": "GetBucketPolicy",
    "publicAccessBlock": "GetPublicAccessBlock",
    "replication": "GetBucketReplication",
    "tagging": "GetBucketTagging",
    "website": "GetBucketWebsite",
}
CONTROL = "v20180820/accesspoint"
ACCOUNT_BLOCK = "v20180820/configuration/publicAccessBlock"
"""Of S3 Control, whose operation has the name of that about a bucket; here it has one of its own."""


def acl(*grants: tuple[str, str]) -> Answer:
    """Of the owner alone, and of whoever else is granted something: a grantee (URI or id) and a permission each."""
    rows = "".join(
        f"<Grant><Grantee><{'URI' if ':' in who else 'ID'}>{who}</{'URI' if ':' in who else 'ID'}></Grantee>"
        f"<Permission>{what}</Permission></Grant>"
        for who, what in (("OWNER", "FULL_CONTROL"), *grants)
    )
    return Answer(
        f"<AccessControlPolicy {XMLNS}><Owner><ID>OWNER</ID></Owner><AccessControlList>{rows}</AccessControlList>"
        "</AccessControlPolicy>"
    )


def logging_to(target: str = "") -> Answer:
    inside = f"<LoggingEnabled><TargetBucket>{target}</TargetBucket></LoggingEnabled>" if target else ""
    return Answer(f"<BucketLoggingStatus {XMLNS}>{inside}</BucketLoggingStatus>")


def access_points(*points: tuple[str, str], token: str = "") -> Answer:
    """A page of access points, name and bucket each."""
    rows = "".join(
        f"<AccessPoint><Name>{name}</Name><Bucket>{bucket}</Bucket></AccessPoint>" for name, bucket in points
    )
    more = f"<NextToken>{token}</NextToken>" if token else ""
    return Answer(
        f"<ListAccessPointsResult><AccessPointList>{rows}</AccessPointList>{more}</ListAccessPointsResult>"
    )


NO_SETTINGS = {
    "GetBucketAcl": acl(),
    "GetBucketLogging": logging_to(),
    "GetBucketNotificationConfiguration": Answer(f"<NotificationConfiguration {XMLNS}/>"),
    "GetPublicAccessBlock": error("NoSuchPublicAccessBlockConfiguration", 404),
    "GetAccountPublicAccessBlock": error("NoSuchPublicAccessBlockConfiguration", 404),
    "ListAccessPoints": access_points(),
    "GetBucketPolicy": error("NoSuchBucketPolicy", 404),
    "GetBucketReplication": error("ReplicationConfigurationNotFoundError", 404),
    "GetBucketWebsite": error("NoSuchWebsiteConfiguration", 404),
}
"""What S3 answers of a bucket that has none of it."""


class Stub(LoopbackServer):
    """A loopback server; `on` says what each operation answers."""

    def __init__(self, **on: Answer | Script) -> None:
        self.on: dict[str, Answer | Script] = {
            "GetCallerIdentity": IDENTITY,
            "ListDirectoryBuckets": listing(),
            **NO_SETTINGS,
            **on,
        }
        self.calls: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: dict[str, str] = {}
        """The last body that was put, by bucket."""
        super().__init__(self._handler())

    def answer(self, operation: str, bucket: str) -> Answer:
        self.calls.append((operation, bucket))
        said = self.on.get(operation, error("NotImplemented", 501))
        return said(bucket) if callable(said) else said

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's self is another
        class Handler(QuietHandler):
            def do_GET(self) -> None:
                stub.headers.append({name.lower(): value for name, value in self.headers.items()})
                self._reply(stub.answer(*_operation(self.path, self.headers.get("Authorization", ""))))

            def do_POST(self) -> None:
                body = self.read_body().decode()
                if target := self.headers.get("X-Amz-Target"):
                    stub.headers.append({name.lower(): value for name, value in self.headers.items()})
                    self._reply(stub.answer(target.rpartition(".")[2], body))
                    return
                said = stub.answer("GetCallerIdentity", "")
                wrapped = said.body.startswith("<Error>")
                body = f"<ErrorResponse>{said.body}</ErrorResponse>" if wrapped else said.body
                self._reply(replace(said, body=body))

            def do_PUT(self) -> None:
                body = self.read_body().decode()
                stub.headers.append({name.lower(): value for name, value in self.headers.items()})
                bucket = urlsplit(self.path).path.strip("/")
                stub.bodies[bucket] = body
                self._reply(stub.answer("PutBucketEncryption", bucket))

            def _reply(self, said: Answer) -> None:
                if not said.status:
                    self.close_connection = True
                    return
                body = said.body.encode()
                self.send_response_only(said.status)
                headers = {
                    "Date": self.date_time_string(),
                    "Content-Type": said.content_type,
                    "Content-Length": str(len(body)),
                    "x-amz-request-id": "STUBREQUEST",
                }
                list(starmap(self.send_header, (headers | dict(said.headers)).items()))
                self.end_headers()
                self.wfile.write(body)

        return Handler


def _operation(path: str, authorization: str) -> tuple[str, str]:
    """The operation of a GET, and the bucket or access point that it is about."""
    url = urlsplit(path)
    name = url.path.strip("/")
    query = parse_qs(url.query, keep_blank_values=True)
    if name.startswith(CONTROL):
        point = name.removeprefix(CONTROL).strip("/").removesuffix("/policy")
        return ("GetAccessPointPolicy" if point else "ListAccessPoints"), point
    if name == ACCOUNT_BLOCK:
        return "GetAccountPublicAccessBlock", ""
    if name:
        return next((SETTINGS[one] for one in query if one in SETTINGS), ENCRYPTION), name
    return ("ListDirectoryBuckets" if "/s3express/" in authorization else "ListBuckets"), ""
