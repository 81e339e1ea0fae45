"""S3's XML is parsed to what botocore would make of it, and anything else is no answer."""

from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from s3kms.aws.s3.response_errors import is_throttled
from s3kms.aws.s3.response_xml import (
    UnexpectedDocument,
    parse_acl,
    parse_encryption,
    parse_error,
    parse_logging,
    parse_notification,
    parse_public_access_block,
)
from s3kms.aws.s3.transport import Response

S3 = Session().get_service_model("s3")


def xml(body: str, root: str = "ServerSideEncryptionConfiguration") -> bytes:
    return f'<{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{body}</{root}>'.encode()


PARTS = st.sampled_from(
    (
        "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>"
        "<KMSMasterKeyID>arn:aws:kms:eu-central-1:111122223333:key/k</KMSMasterKeyID>"
        "</ApplyServerSideEncryptionByDefault>",
        "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
        "</ApplyServerSideEncryptionByDefault>",
        "<BucketKeyEnabled>true</BucketKeyEnabled>",
        "<BucketKeyEnabled>false</BucketKeyEnabled>",
        "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>",
        "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes>",
        "<BlockedEncryptionTypes/>",
        "<SomethingNew>1</SomethingNew>",
    )
)


@given(st.lists(st.lists(PARTS, max_size=4, unique_by=lambda part: part[:8]), max_size=3))
def test_an_encryption_is_read_as_botocore_reads_it(rules: list[list[str]]) -> None:
    body = xml("".join(f"<Rule>{''.join(parts)}</Rule>" for parts in rules))
    shape = S3.operation_model("GetBucketEncryption").output_shape
    answer = {"status_code": 200, "headers": {}, "body": body}
    theirs = create_parser("rest-xml").parse(answer, shape)  # type: ignore[arg-type]
    ours = parse_encryption(body)

    known = [
        {name: value for name, value in rule.items() if name != "OtherParts"}
        for rule in ours["ServerSideEncryptionConfiguration"]["Rules"]
    ]
    assert known == theirs["ServerSideEncryptionConfiguration"].get("Rules", [])


def test_a_part_that_is_not_known_is_named() -> None:
    body = xml(
        "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm><A>1</A>"
        "</ApplyServerSideEncryptionByDefault><B/></Rule>"
    )

    (rule,) = parse_encryption(body)["ServerSideEncryptionConfiguration"]["Rules"]

    assert rule["OtherParts"] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "value"), [("True", True), (" true\n", True), ("1", True), ("FALSE", False), ("0", False)]
)
def test_a_boolean_is_one_in_every_spelling(text: str, value: bool) -> None:
    body = xml(f"<Rule><BucketKeyEnabled>{text}</BucketKeyEnabled></Rule>")

    assert parse_encryption(body)["ServerSideEncryptionConfiguration"]["Rules"] == [
        {"BucketKeyEnabled": value}
    ]


def test_a_boolean_that_is_none_is_no_answer() -> None:
    with pytest.raises(UnexpectedDocument, match="neither true nor false"):
        parse_encryption(xml("<Rule><BucketKeyEnabled>maybe</BucketKeyEnabled></Rule>"))


@pytest.mark.parametrize(
    "body", [b"", b"<", b"<a>", b"not xml", b"\xff\xfe", xml("", "ListAllMyBucketsResult")]
)
def test_what_is_no_such_document_is_never_an_empty_rule(body: bytes) -> None:
    with pytest.raises(UnexpectedDocument):
        parse_encryption(body)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader_of_errors(body: bytes) -> None:
    assert "Error" in parse_error(Response(503, {}, body))


def test_an_error_deeper_than_the_reader_goes_is_an_error() -> None:
    body = b"<Error>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</Error>"

    assert parse_error(Response(403, {}, body))["Error"]["Code"] == "403"


def test_an_error_keeps_what_leads_to_the_right_region() -> None:
    body = b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"

    assert parse_error(Response(400, {}, body))["Error"]["Region"] == "eu-west-1"


@pytest.mark.parametrize(
    ("status", "body", "is_slow"),
    [
        (400, b'{"__type":"ThrottlingException","message":"Rate exceeded"}', True),
        (400, b'{"__type": "com.amazonaws.kms#ThrottlingException"}', True),
        (400, b'{"__type":"NotFoundException","message":"Alias alias/Throttle is not found"}', False),
        (503, b"<Error><Code>SlowDown</Code></Error>", True),
        (404, b"Throttling", False),
    ],
)
def test_the_kind_of_error_says_whether_to_slow_down(status: int, body: bytes, is_slow: bool) -> None:
    assert is_throttled(Response(status, {}, body)) is is_slow


GROUP = "http://acs.amazonaws.com/groups/s3/LogDelivery"
GRANTS = st.lists(
    st.tuples(
        st.sampled_from(
            (f"<URI>{GROUP}</URI>", "<ID>c0ffee</ID>", "<ID>c0ffee</ID><DisplayName>d</DisplayName>")
        ),
        st.sampled_from(("READ", "WRITE", "FULL_CONTROL")),
    ),
    max_size=4,
)


def by_botocore(operation: str, body: bytes) -> dict[str, object]:
    shape = S3.operation_model(operation).output_shape
    answer = {"status_code": 200, "headers": {}, "body": body}
    found: dict[str, object] = create_parser("rest-xml").parse(answer, shape)  # type: ignore[arg-type]
    return found


@given(GRANTS)
def test_an_acl_is_read_as_botocore_reads_it(grants: list[tuple[str, str]]) -> None:
    rows = "".join(
        f"<Grant><Grantee>{who}</Grantee><Permission>{what}</Permission></Grant>" for who, what in grants
    )
    body = xml(
        f"<Owner><ID>me</ID></Owner><AccessControlList>{rows}</AccessControlList>", "AccessControlPolicy"
    )
    theirs: dict[str, Any] = by_botocore("GetBucketAcl", body)

    assert parse_acl(body) == {
        "Owner": theirs["Owner"]["ID"],
        "Grants": [
            {"Grantee": one["Grantee"].get("URI") or one["Grantee"]["ID"], "Permission": one["Permission"]}
            for one in theirs.get("Grants") or []
        ],
    }


@pytest.mark.parametrize("value", [True, False])
def test_a_public_access_block_is_read_as_botocore_reads_it(value: bool) -> None:
    body = xml(
        f"<IgnorePublicAcls>{str(value).lower()}</IgnorePublicAcls>"
        "<RestrictPublicBuckets>true</RestrictPublicBuckets>",
        "PublicAccessBlockConfiguration",
    )

    theirs = by_botocore("GetPublicAccessBlock", body)["PublicAccessBlockConfiguration"]
    assert (
        parse_public_access_block(body)
        == theirs
        == {
            "IgnorePublicAcls": value,
            "RestrictPublicBuckets": True,
        }
    )


def test_the_targets_of_logging_and_notifications_are_found() -> None:
    logging = "<LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix/></LoggingEnabled>"
    notified = (
        "<TopicConfiguration><Topic>t</Topic><Event>e</Event></TopicConfiguration>"
        "<QueueConfiguration><Id>q</Id><Queue>q</Queue></QueueConfiguration>"
        "<CloudFunctionConfiguration><CloudFunction>f</CloudFunction></CloudFunctionConfiguration>"
        "<EventBridgeConfiguration/>"
    )

    assert parse_logging(xml(logging, "BucketLoggingStatus")) == {"TargetBucket": "logs"}
    assert parse_logging(xml("", "BucketLoggingStatus")) == {}
    assert parse_notification(xml(notified, "NotificationConfiguration")) == {"Targets": ["t", "q", "f"]}
