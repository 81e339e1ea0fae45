"""Objects below a prefix of a bucket, listed page by page and read as streams."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.model.log_operations import list_logs, read_logs
from s3kms.model.operations import Operation


@dataclass(frozen=True, slots=True)
class StoredLogs:
    """One prefix, read as the plan's own identity."""

    connection: Connection
    bucket: str
    prefix: str

    def keys(self) -> Iterator[str]:
        """Every object below it, in S3's order; the empty ones that the console makes for folders are left out.

        Raises AwsError.
        """
        operation, where, token = list_logs(self.bucket), f"s3://{self.bucket}/{self.prefix}", ""
        loop = RepeatedPages(operation, where)
        while True:
            asked: dict[str, Any] = {"ContinuationToken": token} if token else {}
            with translate_errors(operation, where):
                answer = self.connection.s3().list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, **asked)
            rows = answer.get("Contents", ())
            for row in rows:
                key = row.get("Key")
                if not isinstance(key, str):
                    raise bad_answer(operation, where, "was answered with an object without a name")
                if not (key.endswith("/") and row.get("Size") == 0):
                    yield key
            if not answer.get("IsTruncated"):
                return
            token = str(answer.get("NextContinuationToken") or "")
            if not token:
                raise bad_answer(operation, where, "was answered with a list that does not go on")
            loop.watch(token, [row.get("Key") for row in rows])

    def open(self, key: str) -> io.RawIOBase:
        """One object as a stream. Raises AwsError, here and where it is read."""
        operation, where = read_logs(self.bucket, self.prefix), f"s3://{self.bucket}/{key}"
        with translate_errors(operation, where):
            answer = self.connection.s3().get_object(Bucket=self.bucket, Key=key)
        return _ObjectStream(answer["Body"], operation, where)


class _ObjectStream(io.RawIOBase):
    """The body of an answer; errors of the network are ours."""

    def __init__(self, body: Any, operation: Operation, where: str) -> None:
        self._body = body
        self._operation = operation
        self._where = where

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        with translate_errors(self._operation, self._where):
            data = self._body.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()
