"""The server's own sentence is shown, whatever the code, and never as it came where it could do harm."""

from typing import Any

import botocore.exceptions as sdk
import pytest

from s3kms.aws.boundary import _TABLE, from_client_error
from s3kms.aws.denials import advice_for_denial
from s3kms.model import operations as op
from s3kms.model.errors import AccessDenied, AwsError

USER = "User: arn:aws:sts::111122223333:assumed-role/auditor/me is not authorized to perform: "
GET = f'{USER}s3:GetEncryptionConfiguration on resource: "arn:aws:s3:::b"'
SCP = f"{GET} with an explicit deny in a service control policy"


def error_of(code: str, message: str, operation: op.Operation = op.GET_BUCKET_ENCRYPTION) -> AwsError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}
    return from_client_error(sdk.ClientError(answer, operation.name), operation, "s3://b")


def test_a_denial_says_which_policy_decided() -> None:
    error = error_of("AccessDenied", SCP)

    assert isinstance(error, AccessDenied)
    assert SCP in str(error)
    assert "an Allow elsewhere does not help" in str(error.advice)
    assert error.as_unknown().why == str(error)


@pytest.mark.parametrize(
    "code",
    [
        "AccessDenied",
        "ExpiredToken",
        "InvalidClientTokenId",
        "NobodyKnowsThis",
        *(code for codes, *_ in _TABLE for code in sorted(codes) if not code.isdigit()),
    ],
)
def test_every_code_shows_what_the_server_said(code: str) -> None:
    assert str(error_of(code, "all about the why")).endswith("; the server said: all about the why")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDenied", "Access Denied"),
        ("AccessDenied", ""),
        ("SlowDown", "Slow down."),
        ("403", "Forbidden"),
    ],
)
def test_a_sentence_that_says_no_more_than_the_code_is_left_out(code: str, message: str) -> None:
    assert "the server said" not in str(error_of(code, message))


def test_it_is_one_line_without_control_characters_and_not_long() -> None:
    text = str(error_of("AccessDenied", "one\n two\x1b[31m\u202e at https://user:secret@proxy " + "x" * 5000))

    assert "one two\\x1b[31m\\u202e at https://***@proxy" in text
    assert "\n" not in text
    assert len(text) < 600


@pytest.mark.parametrize(
    ("sentence", "advice"),
    [
        (
            "because no identity-based policy allows the kms:Decrypt action",
            "allow kms:Decrypt in the identity-based",
        ),
        ("because no session policy allows the kms:Decrypt action", "with which the role was assumed"),
        ("because no permissions boundary allows the kms:Decrypt action", "in the permissions boundary"),
        (
            "with an explicit deny in an identity-based policy",
            "the Deny of kms:Decrypt in the identity-based policy",
        ),
        ("with an explicit deny in a resource control policy", "which only its management account changes"),
        ("with an explicit deny in a VPC endpoint policy", "of the network's endpoint"),
        ("because no resource-based policy allows the kms:Decrypt action", "from another account"),
    ],
)
def test_the_sort_of_policy_leads_to_where_it_is_mended(sentence: str, advice: str) -> None:
    assert advice in str(advice_for_denial(USER + "kms:Decrypt on resource: x " + sentence, "kms:Decrypt"))


def test_a_sentence_that_names_no_policy_gives_no_advice_of_its_own() -> None:
    assert not advice_for_denial("Access Denied", "s3:ListAllMyBuckets")
    assert "s3:GetEncryptionConfiguration" in str(error_of("AccessDenied", "Access Denied").advice)
