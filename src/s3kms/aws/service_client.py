"""One service in one region, asked through the SDK: paged, bounded, with errors of ours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from botocore import xform_name

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.model.errors import NotFound, TooManyCalls
from s3kms.model.operations import Operation

MAX_SERVICE_CALLS = 5000
"""Calls to one service in one region, after which the rest is not known: quotas of AWS are far below."""


@dataclass(slots=True)
class ServiceClient:
    """One service in one region, for as many calls as its budget allows."""

    client: Any
    where: str
    """Whom and where, in the words of a sentence: `the load balancers of eu-central-1`."""
    _calls: int = field(default=0, init=False)

    @classmethod
    def of(cls, connection: Connection, service: str, region: str, what: str) -> Self:
        """For botocore's name of a service; `what` are its resources: `the load balancers`. Raises BadInput."""
        return cls(connection.passing_client(service, region), f"{what} of {region}")

    def send(self, operation: Operation, subject: str = "", **request: Any) -> Mapping[str, Any]:
        """The answer to one call. Raises AwsError, NotFound where the resource went meanwhile."""
        self._calls += 1
        if self._calls > MAX_SERVICE_CALLS:
            raise TooManyCalls(
                f"{operation.name} for {self.where} would take more than {MAX_SERVICE_CALLS} calls",
                operation=operation.name,
            )
        with translate_errors(operation, subject or self.where):
            answer: Mapping[str, Any] = getattr(self.client, xform_name(operation.name))(**request)
            return answer

    def find(self, operation: Operation, subject: str, **request: Any) -> Mapping[str, Any] | None:
        """The answer about a resource that was listed just now; None where it is gone. Raises AwsError."""
        try:
            return self.send(operation, subject, **request)
        except NotFound:
            return None

    def rows(
        self, operation: Operation, member: str, tokens: tuple[str, str] = ("", ""), **request: Any
    ) -> Iterator[Any]:
        """The rows of all pages of a list; `tokens` are the names of the token in the request and the answer.

        Raises AwsError; BadAnswer where there is no list, or the pages have no end.
        """
        name_in, name_out = tokens
        loop, token = RepeatedPages(operation, self.where), ""
        while True:
            answer = self.send(operation, **request, **({name_in: token} if token else {}))
            rows = answer.get(member)
            if not isinstance(rows, list):
                raise bad_answer(operation, self.where, f"was answered with no {member}")
            yield from rows
            token = str(answer.get(name_out) or "")
            if not token:
                return
            loop.watch(token, rows)
