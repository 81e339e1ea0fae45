"""Every error the SDK can raise becomes ours, and every one of ours knows its exit code."""

import inspect
from typing import Any

import botocore.exceptions as sdk
import pytest
from botocore.parsers import ResponseParserError

from s3kms.aws.boundary import from_client_error, translate_errors
from s3kms.model import errors, operations, owner_operations
from s3kms.model.errors import AwsError, CredentialsProblem, S3kmsError
from s3kms.model.operations import Operation
from s3kms.model.unknown import UnknownCause

KINDS = [
    kind
    for _, kind in inspect.getmembers(sdk, inspect.isclass)
    if issubclass(kind, sdk.BotoCoreError) and kind.__module__ == sdk.__name__
]


class _Any(dict[str, str]):
    """Fills any format string."""

    def __missing__(self, key: str) -> str:
        return key


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_sdk_exception_never_leaves_the_room(kind: type[sdk.BotoCoreError]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "said the SDK")

    with pytest.raises(S3kmsError) as caught, translate_errors(operations.LIST_BUCKETS, "account 1"):
        raise error

    assert str(caught.value)
    assert caught.value.advice


def test_an_unreadable_answer_is_a_bad_answer() -> None:
    with pytest.raises(errors.BadAnswer), translate_errors(operations.LIST_BUCKETS, "account 1"):
        raise ResponseParserError("Unable to parse response, invalid XML: <html>" + "x" * 10_000)


def test_a_parser_error_does_not_quote_the_whole_page() -> None:
    with pytest.raises(errors.BadAnswer) as caught, translate_errors(operations.LIST_BUCKETS, "account 1"):
        raise ResponseParserError("secret " * 10_000)

    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredTokenException"]
)
def test_credentials_that_aws_refuses_end_the_run(code: str) -> None:
    said = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"RequestId": "R"}}

    error = from_client_error(sdk.ClientError(said, "X"), operations.LIST_BUCKETS, "x")  # type: ignore[arg-type]

    assert isinstance(error, CredentialsProblem)
    assert error.request_id == "R"


def test_every_error_has_an_exit_code_of_the_contract() -> None:
    kinds = [k for _, k in inspect.getmembers(errors, inspect.isclass) if issubclass(k, S3kmsError)]

    assert {kind.exit_code for kind in kinds} == {1, 2, 3, 4, 5}


def test_an_aws_error_is_also_an_unknown_with_a_remedy() -> None:
    unknown = AwsError("what happened").as_unknown()

    assert unknown.why == "what happened"
    assert unknown.advice


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("AccessDenied", UnknownCause.DENIED),
        ("NoSuchBucket", UnknownCause.NOT_FOUND),
        ("SlowDown", UnknownCause.THROTTLED),
        ("KMSInternalException", UnknownCause.UNREACHABLE),
        ("DependencyTimeoutException", UnknownCause.UNREACHABLE),
        ("ServiceUnavailable", UnknownCause.UNREACHABLE),
        ("ExpiredToken", UnknownCause.CREDENTIALS),
        ("PermanentRedirect", UnknownCause.BAD_ANSWER),
        ("NobodyKnowsThis", UnknownCause.BAD_ANSWER),
    ],
)
def test_an_error_with_a_code_is_an_unknown_with_cause_code_and_operation(
    code: str, cause: UnknownCause
) -> None:
    said: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {}}

    unknown = from_client_error(sdk.ClientError(said, "X"), operations.LIST_BUCKETS, "x").as_unknown()

    assert (unknown.cause, unknown.code, unknown.operation) == (cause, code, "ListBuckets")


def test_an_error_of_s3_about_the_key_says_what_the_key_has_to_be() -> None:
    said: Any = {"Error": {"Code": "KMS.DisabledException", "Message": "m"}, "ResponseMetadata": {}}

    error = from_client_error(sdk.ClientError(said, "X"), operations.PUT_OBJECT, "x")

    assert "make the key usable (enabled, symmetric, in the bucket's region)" in str(error.advice)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (sdk.NoCredentialsError(), UnknownCause.CREDENTIALS),
        (sdk.EndpointConnectionError(endpoint_url="http://x"), UnknownCause.UNREACHABLE),
        (sdk.ReadTimeoutError(endpoint_url="http://x"), UnknownCause.UNREACHABLE),
        (ResponseParserError("<html>"), UnknownCause.BAD_ANSWER),
        (KeyError("Buckets"), UnknownCause.BAD_ANSWER),
    ],
)
def test_an_error_without_an_answer_is_an_unknown_with_cause_and_operation(
    error: Exception, cause: UnknownCause
) -> None:
    with pytest.raises(AwsError) as caught, translate_errors(operations.LIST_BUCKETS, "account 1"):
        raise error

    unknown = caught.value.as_unknown()
    assert (unknown.cause, unknown.code, unknown.operation) == (cause, None, "ListBuckets")


@pytest.mark.parametrize(
    ("operation", "where"),
    [
        (operations.GET_BUCKET_ENCRYPTION, "the bucket policy"),
        (operations.DESCRIBE_KEY, "the key policy"),
        (owner_operations.GET_ACCOUNT_AUTHORIZATION_DETAILS, "a permissions boundary"),
    ],
)
def test_a_denial_sends_to_the_policies_that_can_decide_it(operation: Operation, where: str) -> None:
    said = {"Error": {"Code": "AccessDenied"}}
    error = from_client_error(sdk.ClientError(said, "X"), operation, "x")  # type: ignore[arg-type]

    assert f"look for a Deny in {where}" in str(error.advice)
