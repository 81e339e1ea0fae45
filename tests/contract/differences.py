"""
Where LocalStack is known not to answer as the facts say, and what it says instead.

The embedded AWS is held to the fact, LocalStack to its own answer: a new version that changes its mind fails
here, and the line goes. Verified with LocalStack 4.13.1 and 2026.3.0, which answer all of these alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tests.contract.clients import CMK, HOME, Default, Landed

if TYPE_CHECKING:
    from tests.contract.clients import Server


class Difference(NamedTuple):
    """What the facts sheet says (its number is beside each line), and what LocalStack says."""

    fact: object
    localstack: object


NO_SUCH_KEY = "KMS.NotFoundException 400"
DISABLED = "KMS.DisabledException 400"
PENDING = "KMS.KMSInvalidStateException 400"
WRONG_KIND = "KMS.InvalidKeyUsageException 400"
UNDER_CMK = Landed("aws:kms", CMK)
UNDER_AWS_S3 = Landed("aws:kms", "aws/s3")
DSSE_UNDER_AWS_S3 = Landed("aws:kms:dsse", "aws/s3")
NO_ALGORITHM = Default(None, bucket_key=True, blocked=("SSE-C",))

DIFFERENCES: Final[dict[str, Difference]] = {
    # A bucket's default encryption
    "what a new bucket blocks": Difference(("SSE-C",), ()),  # A18
    "default after DeleteBucketEncryption": Difference(Default("AES256"), None),  # A5, A6
    "a rule that only blocks": Difference(Default(None, blocked=("SSE-C",)), "MalformedXML 400"),  # A1
    "leaving out the algorithm": Difference(NO_ALGORITHM, "MalformedXML 400"),  # A1, A19
    "DSSE-KMS with a key": Difference("done", "InvalidArgument 400"),  # A10
    "blocking a type that is not SSE-C": Difference("MalformedXML 400", "done"),  # A16
    # Writing objects
    "write under SSE-KMS with no key": Difference(UNDER_AWS_S3, Landed("aws:kms", "another key")),  # A12
    "write under DSSE-KMS with no key": Difference(DSSE_UNDER_AWS_S3, Landed("aws:kms:dsse")),  # A12
    "header aws:kms without a key": Difference(UNDER_AWS_S3, UNDER_CMK),  # A13
    "header that turns the Bucket Key off": Difference(False, True),  # B14
    "write by a default alias": Difference(UNDER_CMK, "the alias, not the key"),  # A10, A11
    "write by a default alias ARN": Difference(UNDER_CMK, "the alias, not the key"),  # A10
    "SSE-C where it is blocked": Difference("AccessDenied 403", "done"),  # A16
    "SSE-C in a new bucket": Difference("AccessDenied 403", "done"),  # A18
    # Writing objects under keys that are unfit: LocalStack looks at the key's state only if a header names it
    "write by default, key missing": Difference(NO_SUCH_KEY, "done"),  # A4, A9
    "write by default, key disabled": Difference(DISABLED, "done"),  # A4, A9
    "write by default, key pending deletion": Difference(PENDING, "done"),  # A4, A9
    "write by default, key asymmetric": Difference(WRONG_KIND, "done"),  # A9, B1
    "write by default, key HMAC": Difference(WRONG_KIND, "done"),  # A9, B1
    "write by header, key asymmetric": Difference(WRONG_KIND, "done"),  # A9, B1
    "write by header, key HMAC": Difference(WRONG_KIND, "done"),  # A9, B1
    # Copying objects
    "CopyObject with another If-Match": Difference("PreconditionFailed 412", "done"),  # D14
    "CopyObject with If-None-Match": Difference("PreconditionFailed 412", "done"),  # D14
    # Whose bucket, and where
    "GetBucketEncryption expecting another owner": Difference("AccessDenied 403", "done"),  # A26
    "PutBucketEncryption expecting another owner": Difference("AccessDenied 403", "done"),  # A26
    "DeleteBucketEncryption expecting another owner": Difference("AccessDenied 403", "done"),  # A26
    "PutObject expecting another owner": Difference("AccessDenied 403", "done"),  # A26
    "GetBucketEncryption by another account": Difference("AccessDenied 403", "done"),  # A27
    "first answer to a request for another region": Difference("PermanentRedirect 301", "done 200"),  # A8
    # Listing
    "BucketRegion in a listing without parameters": Difference(None, HOME),  # A24
    "BucketRegion filter sent to another region": Difference("InvalidArgument 400", "done"),  # A24
    # Keys
    "who manages aws/s3": Difference("AWS", "CUSTOMER"),  # B2, B6
    "alias aws/s3 before its first use": Difference("listed without a key", "not listed"),  # B5
    "DescribeKey by another account": Difference("AccessDeniedException 400", "done"),  # A27, B8
    # Sessions: LocalStack judges no trust policy
    "AssumeRole without the right external id": Difference("AccessDenied 403", "done"),
    "AssumeRole by an account that is not trusted": Difference("AccessDenied 403", "done"),
    "AssumeRole of a role that is not there": Difference("AccessDenied 403", "done"),
}


def expected(server: Server, question: str) -> object:
    """What this server is to answer to a question on which LocalStack differs."""
    fact, localstack = DIFFERENCES[question]
    return localstack if server.name == "localstack" else fact
