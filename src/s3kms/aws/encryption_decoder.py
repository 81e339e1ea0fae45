"""GetBucketEncryption through boto3, read by the decoder of the fast client: one field has one meaning.

botocore reads `<BucketKeyEnabled>True` as false, and drops what its model does not know.
"""

from collections.abc import Mapping
from typing import Any

from s3kms.aws.boundary import not_an_aws_answer
from s3kms.aws.s3.response_xml import UnexpectedDocument, parse_encryption
from s3kms.model.operations import Operation

_BODY = "S3kmsResponseBody"
"""Where the bytes of the answer stand beside what botocore made of them."""
_EVENT = "before-parse.s3.GetBucketEncryption"


def keep_encryption_body(client: Any) -> None:
    """Make a boto3 client of S3 hand on the bytes of GetBucketEncryption's answers."""
    client.meta.events.register(_EVENT, _keep_body)


def _keep_body(
    response_dict: Mapping[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    if response_dict["status_code"] == 200:  # noqa: PLR2004 - an error has no rule
        customized_response_dict[_BODY] = response_dict["body"]


def decode_encryption(answer: Mapping[str, Any], operation: Operation, subject: str) -> Mapping[str, Any]:
    """The answer as the fast client decodes it. Raises BadAnswer."""
    try:
        return parse_encryption(answer[_BODY])
    except UnexpectedDocument as error:
        request_id = answer["ResponseMetadata"].get("RequestId")
        raise not_an_aws_answer(operation, subject, error, request_id) from error
