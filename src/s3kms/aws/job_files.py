"""The files of a job of S3 Batch Operations: its list is sent, its report is fetched, both whole or not at all."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.model.batch_operations import GET_REPORT, PUT_MANIFEST
from s3kms.text.sanitize import printable

_CHUNK = 1024**2


@dataclass(frozen=True, slots=True)
class JobFiles:
    """The bucket of lists and reports, which is one of this account."""

    connection: Connection
    bucket: str
    region: str

    @property
    def _client(self) -> Any:
        return self.connection.s3(self.region)

    def send_list(self, path: Path, key: str) -> str:
        """Write a list, and return its ETag without quotes. Raises AwsError, OSError.

        With SSE-S3 whatever the bucket's default is: a job takes no list that is under a KMS key (fact C21).
        """
        subject, md5 = f"s3://{self.bucket}/{printable(key)}", _md5_of(path)
        with path.open("rb") as body, translate_errors(PUT_MANIFEST, subject):
            answer = self._client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=body,
                ContentType="text/csv",
                ServerSideEncryption="AES256",
                ExpectedBucketOwner=self.connection.account,
            )
        etag = str(answer.get("ETag", "")).strip('"')
        if answer.get("ServerSideEncryption") != "AES256":
            raise bad_answer(PUT_MANIFEST, subject, "was written, and not with SSE-S3")
        if etag != md5:  # what the ETag of one request under SSE-S3 is
            raise bad_answer(PUT_MANIFEST, subject, "was written, and is not what was sent")
        return etag

    def fetch(self, key: str, path: Path, max_bytes: int | None = None) -> str:
        """Write an object to a file, and return the MD5 of its bytes in hexadecimal.

        Raises AwsError, NotFound where there is none, BadAnswer where it is larger than said; OSError.
        """
        subject, digest, size = f"s3://{self.bucket}/{printable(key)}", hashlib.md5(usedforsecurity=False), 0
        with path.open("wb") as file, translate_errors(GET_REPORT, subject):
            answer = self._client.get_object(
                Bucket=self.bucket, Key=key, ExpectedBucketOwner=self.connection.account
            )
            for chunk in answer["Body"].iter_chunks(_CHUNK):
                size += len(chunk)
                if max_bytes is not None and size > max_bytes:
                    raise bad_answer(GET_REPORT, subject, f"has more than {max_bytes:,} bytes")
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()


def _md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
