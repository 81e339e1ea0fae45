"""What the S3 client sends: one request of one operation, before it is signed."""

from dataclasses import dataclass

from s3kms.model.operations import Operation

Place = tuple[str, str, bool]
"""A service, a region, and whether the S3 Express endpoint is meant."""
OK = (200,)


@dataclass(frozen=True, slots=True)
class Request:
    """One GET about a bucket or an account, a call about an object, or a POST of a question to another service."""

    operation: Operation
    subject: str
    """What it is about, for error sentences: `s3://logs`."""
    region: str
    bucket: str | None = None
    query: str = ""
    """Canonical: sorted, quoted, `encryption=`."""
    headers: tuple[tuple[str, str], ...] = ()
    """Sent and signed. Signing is cheap where the same headers come again."""
    directory: bool = False
    """Whether it is for the S3 Express endpoints."""
    reach_seconds: float | None = None
    """How long a server may take until its first answer of any sort; None is the deadline of the retry policy."""
    body: bytes | None = None
    """What is sent with it. Empty is a body of no length, as S3 wants it with a PUT or POST that has none."""
    path: str | None = None
    """Where it is not about a bucket: `/v20180820/accesspoint`, quoted."""
    method: str = "GET"
    key: str | None = None
    """The object's key as it is; the client quotes it."""
    success: tuple[int, ...] = OK
    """The statuses that say that it was carried out."""
    may_repeat: bool = True
    """Whether it does no harm twice. If not, it is sent again only where the server has not carried it out:
    no connection was made, or the answer says that there were too many calls.
    """
    answer_seconds: float | None = None
    """How long its answer may take; None is the read timeout of the transport."""
    is_answered_late: bool = False
    """Whether S3 may begin its answer with 200 before it knows, and end it with an error (fact D3)."""

    @property
    def place(self) -> Place:
        """By what its endpoint is found."""
        return self.operation.service, self.region, self.directory
