"""What buckets are used for, read live: every fact, its price on the wire, and what becomes of what is not told."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.s3control.models import s3control_backends
from tests.support.aws_calls import add_access_point
from tests.support.stub import Answer, Stub, access_points, acl, error, listing, logging_to

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.demo.aws import PRODUCTION, SANDBOX, EmbeddedAws
from s3kms.model.bucket import Bucket
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause
from s3kms.model.usage import (
    ALL_USERS_GROUP,
    LOG_DELIVERY_GROUP,
    AccessPoint,
    AclGrant,
    BucketUsage,
    ReplicationRule,
    Sibling,
)
from s3kms.sources.access_points import MAX_POLICIES_READ
from s3kms.sources.usage import read_usage

FRANKFURT, IRELAND = "eu-central-1", "eu-west-1"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
LAMBDA = f"arn:aws:lambda:{FRANKFURT}:{PRODUCTION}:function:resize"
ROLE = f"arn:aws:iam::{PRODUCTION}:role/replication"
KEY = f"arn:aws:kms:{FRANKFURT}:{PRODUCTION}:key/1"
PER_BUCKET = {
    "GetBucketAcl",
    "GetBucketNotificationConfiguration",
    "GetBucketPolicy",
    "GetBucketReplication",
    "GetBucketTagging",
    "GetBucketWebsite",
    "GetPublicAccessBlock",
}


def bucket(name: str, region: str = FRANKFURT) -> Bucket:
    return Bucket(name, account=PRODUCTION, region=region)


def as_production(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Connection:
    for name, value in aws.environment(PRODUCTION, FRANKFURT).items():
        monkeypatch.setenv(name, value)
    return Connection(ConnectionSettings())


@pytest.fixture
def connection(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Connection:
    return as_production(aws, monkeypatch)


def s3_of(aws: EmbeddedAws, region: str = FRANKFURT) -> Any:
    keys = aws.credentials(PRODUCTION)
    return boto3.client(
        "s3",
        endpoint_url=aws.url,
        region_name=region,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )


def create(aws: EmbeddedAws, *names: str, region: str = FRANKFURT) -> Any:
    s3 = s3_of(aws, region)
    for name in names:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    return s3


def usage_of(connection: Connection, *names: str, siblings: list[Sibling] | None = None) -> list[BucketUsage]:
    return [one.usage for one in read_usage(connection, [bucket(name) for name in names], siblings)]


def test_every_fact_is_read_of_the_server(aws: EmbeddedAws, connection: Connection) -> None:
    s3 = create(aws, "taking", "sending", "replica")
    s3.put_bucket_policy(Bucket="taking", Policy=log_policy("taking"))
    logging = {"LoggingEnabled": {"TargetBucket": "taking", "TargetPrefix": "x/"}}
    s3.put_bucket_logging(Bucket="sending", BucketLoggingStatus=logging)
    s3.put_bucket_acl(Bucket="taking", ACL="log-delivery-write")
    block = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    s3.put_public_access_block(Bucket="taking", PublicAccessBlockConfiguration=block)
    function = {"LambdaFunctionArn": LAMBDA, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="taking",
        NotificationConfiguration={"LambdaFunctionConfigurations": [function]},
        SkipDestinationValidation=True,
    )
    for name in ("taking", "replica"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_replication(Bucket="taking", ReplicationConfiguration={"Role": ROLE, "Rules": [rule()]})
    add_access_point(PRODUCTION, "partner", "taking", POLICY)
    add_access_point(PRODUCTION, "plain", "taking")
    add_access_point(PRODUCTION, "elsewhere", "sending", POLICY)

    (found,) = usage_of(connection, "taking")

    assert found.log_senders == ("sending",)
    assert found.grants == tuple(
        AclGrant(LOG_DELIVERY_GROUP, what, "its ACL") for what in ("READ_ACP", "WRITE")
    )
    assert found.is_public_access_restricted is True
    assert found.notification_targets == (LAMBDA,)
    assert found.replication == (ReplicationRule("all", True, True, "arn:aws:s3:::replica", ROLE),)
    assert isinstance(found.access_points, tuple)
    assert [(one.name, one.policy is not None) for one in found.access_points] == [
        ("partner", True),
        ("plain", False),
    ]
    assert found.role_policies is NOT_READ
    assert found.requests_per_second is NOT_READ


def log_policy(name: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def rule() -> dict[str, Any]:
    return {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": "arn:aws:s3:::replica",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": KEY},
        },
    }


def test_a_bucket_that_nobody_configured_is_used_for_nothing(
    aws: EmbeddedAws, connection: Connection
) -> None:
    create(aws, "plain")

    (found,) = usage_of(connection, "plain")

    assert found == BucketUsage(
        policies=(),
        website=False,
        replication=(),
        grants=(),
        log_senders=(),
        is_public_access_restricted=False,
        notification_targets=(),
        access_points=(),
    )


def test_the_calls_are_those_that_were_promised(aws: EmbeddedAws, connection: Connection) -> None:
    create(aws, *(f"frankfurt-{number}" for number in range(6)))
    create(aws, *(f"ireland-{number}" for number in range(4)), region=IRELAND)
    for number in range(9):
        add_access_point(PRODUCTION, f"point-{number}", "frankfurt-0", POLICY)
    siblings = [Sibling(f"frankfurt-{number}", FRANKFURT) for number in range(6)]
    siblings += [Sibling(f"ireland-{number}", IRELAND) for number in range(4)]
    assert connection.account == PRODUCTION
    aws.calls.clear()

    changing = [bucket("frankfurt-0"), bucket("frankfurt-1")]
    list(read_usage(connection, changing, siblings))

    made = Counter(call.operation for call in aws.calls)
    assert made == {
        **dict.fromkeys(PER_BUCKET, 2),
        "GetBucketLogging": 6,
        "ListAccessPoints": 1,
        "GetAccessPointPolicy": MAX_POLICIES_READ,
    }
    # With GetBucketEncryption before it, and its own GetBucketLogging: what one bucket costs.
    assert 1 + len(PER_BUCKET) + 1 + MAX_POLICIES_READ <= 14
    assert {call.region for call in aws.calls} == {FRANKFURT}
    assert sorted(call.path for call in aws.calls if call.operation == "GetBucketLogging") == [
        f"/frankfurt-{number}" for number in range(6)
    ]


def test_siblings_that_are_not_known_are_listed_once_a_region(
    aws: EmbeddedAws, connection: Connection
) -> None:
    create(aws, "one", "two")
    create(aws, "far", "farther", region=IRELAND)
    aws.calls.clear()

    list(read_usage(connection, [bucket("one"), bucket("two"), bucket("far", IRELAND)]))

    listings = [call for call in aws.calls if call.operation == "ListBuckets"]
    assert sorted(call.region for call in listings) == [FRANKFURT, IRELAND]
    assert sum(call.operation == "GetBucketLogging" for call in aws.calls) == 4
    assert sorted(call.region for call in aws.calls if call.operation == "ListAccessPoints") == [
        FRANKFURT,
        IRELAND,
    ]


def test_nothing_is_asked_where_nothing_would_change(aws: EmbeddedAws, connection: Connection) -> None:
    aws.calls.clear()

    assert list(read_usage(connection, [])) == []
    assert list(read_usage(connection, [], [Sibling("one", FRANKFURT)])) == []
    assert aws.calls == []


def test_the_access_points_of_other_accounts_and_regions_are_not_read(
    aws: EmbeddedAws, connection: Connection
) -> None:
    create(aws, "one")
    create(aws, "far", region=IRELAND)
    add_access_point(PRODUCTION, "far-point", "far", POLICY)
    add_access_point(SANDBOX, "foreign", "one", POLICY)
    aws.calls.clear()

    (found,) = usage_of(connection, "one")

    assert found.access_points == ()
    assert "GetAccessPointPolicy" not in {call.operation for call in aws.calls}


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub(ListBuckets=listing("one", "two"), GetBucketTagging=error("NoSuchTagSet", 404))
    with server:
        yield server


@pytest.fixture
def to_stub(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> Connection:
    for name, value in stub.env.items():
        monkeypatch.setenv(name, value)
    return Connection(ConnectionSettings())


def test_a_grant_of_the_owner_is_none_and_one_to_everybody_counts_where_it_is_not_ignored(
    stub: Stub, to_stub: Connection
) -> None:
    stub.on["GetBucketAcl"] = acl((ALL_USERS_GROUP, "READ"), ("c0ffee", "WRITE"))

    assert usage_of(to_stub, "one")[0].grants == (
        AclGrant(ALL_USERS_GROUP, "READ", "its ACL"),
        AclGrant("c0ffee", "WRITE", "its ACL"),
    )
    stub.on["GetPublicAccessBlock"] = Answer(
        "<PublicAccessBlockConfiguration><IgnorePublicAcls>TRUE</IgnorePublicAcls></PublicAccessBlockConfiguration>"
    )
    (found,) = usage_of(to_stub, "one")
    assert found.grants == (AclGrant("c0ffee", "WRITE", "its ACL"),)
    assert found.is_public_access_restricted is False


@pytest.mark.parametrize(
    ("operation", "field", "action"),
    [
        ("GetBucketAcl", "grants", "s3:GetBucketAcl"),
        ("GetBucketLogging", "log_senders", "s3:GetBucketLogging"),
        ("ListBuckets", "log_senders", "s3:ListAllMyBuckets"),
        ("GetPublicAccessBlock", "is_public_access_restricted", "s3:GetBucketPublicAccessBlock"),
        ("GetBucketNotificationConfiguration", "notification_targets", "s3:GetBucketNotification"),
        ("ListAccessPoints", "access_points", "s3:ListAccessPoints"),
    ],
)
def test_what_is_denied_is_unknown_and_names_the_action(
    stub: Stub, to_stub: Connection, operation: str, field: str, action: str
) -> None:
    stub.on[operation] = error("AccessDenied", 403)

    (found,) = usage_of(to_stub, "one")

    value = getattr(found, field)
    assert isinstance(value, Unknown)
    assert (value.cause, value.operation) == (UnknownCause.DENIED, operation)
    assert action in str(value.advice)
    others = {"grants", "log_senders", "is_public_access_restricted", "notification_targets", "access_points"}
    assert [one for one in sorted(others - {field}) if isinstance(getattr(found, one), Unknown)] == []


def test_a_policy_of_an_access_point_that_is_denied_is_unknown_beside_those_that_are_read(
    stub: Stub, to_stub: Connection
) -> None:
    stub.on["ListAccessPoints"] = access_points(("a", "one"), ("b", "one"), ("c", "two"))
    given = Answer(f"<GetAccessPointPolicyResult><Policy>{POLICY}</Policy></GetAccessPointPolicyResult>")
    stub.on["GetAccessPointPolicy"] = lambda name: given if name == "a" else error("AccessDenied", 403)

    (found,) = usage_of(to_stub, "one")

    assert isinstance(found.access_points, tuple)
    first, second = found.access_points
    assert isinstance(first, AccessPoint)
    assert isinstance(first.policy, PolicyDocument)
    assert isinstance(second.policy, Unknown)
    assert "s3:GetAccessPointPolicy" in str(second.policy.advice)
    assert ("GetAccessPointPolicy", "c") not in stub.calls


def test_a_sibling_that_does_not_tell_leaves_the_others_senders_told(stub: Stub, to_stub: Connection) -> None:
    stub.on["GetBucketLogging"] = lambda name: (
        logging_to("one") if name == "one" else error("AccessDenied", 403)
    )

    first, second = usage_of(to_stub, "one", "two")

    assert first.log_senders == ("one",)
    assert isinstance(second.log_senders, Unknown)
    assert "s3://two" in second.log_senders.why


@pytest.mark.parametrize("code", ["NotImplemented", "NoSuchBucket", "MethodNotAllowed"])
def test_a_server_without_access_points_has_none(stub: Stub, to_stub: Connection, code: str) -> None:
    stub.on["ListAccessPoints"] = error(code, 501)

    assert usage_of(to_stub, "one")[0].access_points == ()


def test_a_server_without_these_settings_has_none(stub: Stub, to_stub: Connection) -> None:
    for operation in (
        "GetBucketAcl",
        "GetBucketLogging",
        "GetPublicAccessBlock",
        "GetBucketNotificationConfiguration",
    ):
        stub.on[operation] = error("NotImplemented", 501)

    (found,) = usage_of(to_stub, "one")

    assert (found.grants, found.log_senders, found.notification_targets, found.access_points) == (
        (),
        (),
        (),
        (),
    )
    assert found.is_public_access_restricted is False


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ("GetBucketAcl", "grants"),
        ("GetBucketLogging", "log_senders"),
        ("GetPublicAccessBlock", "is_public_access_restricted"),
        ("GetBucketNotificationConfiguration", "notification_targets"),
        ("ListAccessPoints", "access_points"),
    ],
)
@pytest.mark.parametrize("body", ["<html/>", "{}", "<ListBucketResult/>", "", "<AccessControlPolicy/>"])
def test_an_answer_that_is_not_the_document_is_never_taken_for_none(
    stub: Stub, to_stub: Connection, operation: str, field: str, body: str
) -> None:
    stub.on[operation] = Answer(body)

    value = getattr(usage_of(to_stub, "one")[0], field)

    assert isinstance(value, Unknown)
    assert value.cause is UnknownCause.BAD_ANSWER


def test_a_list_of_access_points_that_never_ends_is_no_answer(stub: Stub, to_stub: Connection) -> None:
    stub.on["ListAccessPoints"] = access_points(("a", "two"), token="more")

    (found,) = usage_of(to_stub, "one")

    assert isinstance(found.access_points, Unknown)
    assert stub.calls.count(("ListAccessPoints", "")) == 2


def test_every_page_of_access_points_is_read(stub: Stub, to_stub: Connection) -> None:
    pages = [access_points(("a", "one"), token="1"), access_points(("b", "one"), ("c", "two"))]
    stub.on["ListAccessPoints"] = lambda _: pages.pop(0)
    stub.on["GetAccessPointPolicy"] = error("NoSuchAccessPointPolicy", 404)

    (found,) = usage_of(to_stub, "one")

    assert found.access_points == (AccessPoint("a", None), AccessPoint("b", None))


def test_the_embedded_aws_lists_access_points_page_by_page(aws: EmbeddedAws, connection: Connection) -> None:
    create(aws, "one")
    for number in range(1001):
        add_access_point(PRODUCTION, f"point-{number:04}", "one")
    aws.calls.clear()

    (found,) = usage_of(connection, "one")

    assert isinstance(found.access_points, tuple)
    assert len(found.access_points) == 1001
    assert [call.operation for call in aws.calls].count("ListAccessPoints") == 2


def test_of_a_bucket_with_many_access_points_some_policies_are_not_read_and_that_is_said(
    aws: EmbeddedAws, connection: Connection
) -> None:
    create(aws, "one")
    for number in range(MAX_POLICIES_READ + 1):
        add_access_point(PRODUCTION, f"point-{number}", "one", POLICY)

    (found,) = usage_of(connection, "one")

    assert isinstance(found.access_points, tuple)
    *read, last = found.access_points
    assert all(isinstance(one.policy, PolicyDocument) for one in read)
    assert isinstance(last.policy, Unknown)
    assert last.policy.cause is UnknownCause.BUDGET
    assert last.name in last.policy.why


def _open_to_anyone(name: str) -> str:
    everyone = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [everyone]})


def _asked_account(aws: EmbeddedAws) -> int:
    return sum(call.service == "s3control" and call.operation == "GetPublicAccessBlock" for call in aws.calls)


def test_the_block_of_the_account_keeps_anyone_out_of_its_buckets_and_is_asked_once(
    aws: EmbeddedAws, connection: Connection
) -> None:
    s3 = create(aws, "open", "listed", "closed")
    for name in ("open", "listed"):
        s3.put_bucket_policy(Bucket=name, Policy=_open_to_anyone(name))
    s3.put_bucket_acl(Bucket="listed", ACL="public-read")
    before = usage_of(connection, "open", "listed")
    assert [one.is_public_access_restricted for one in before] == [False, False]
    block = {"RestrictPublicBuckets": "true", "IgnorePublicAcls": "true"}
    s3control_backends[PRODUCTION]["aws"].put_public_access_block(PRODUCTION, block)
    aws.calls.clear()

    found = usage_of(connection, "open", "listed", "closed")

    assert [one.is_public_access_restricted for one in found] == [True, True, False]
    assert found[1].grants == ()
    assert _asked_account(aws) == 1


def test_the_block_of_the_account_is_asked_of_no_bucket_that_lets_nobody_in(
    aws: EmbeddedAws, connection: Connection
) -> None:
    s3 = create(aws, "plain", "blocked")
    s3.put_bucket_policy(Bucket="blocked", Policy=_open_to_anyone("blocked"))
    s3.put_public_access_block(
        Bucket="blocked", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )
    aws.calls.clear()

    (_, blocked) = usage_of(connection, "plain", "blocked")

    assert (blocked.is_public_access_restricted, _asked_account(aws)) == (True, 0)


def test_a_block_of_the_account_that_cannot_be_read_leaves_it_unknown_whether_the_bucket_is_public(
    aws: EmbeddedAws, connection: Connection
) -> None:
    create(aws, "open").put_bucket_policy(Bucket="open", Policy=_open_to_anyone("open"))
    aws.faults.fail("GetPublicAccessBlock", 403, "AccessDenied", bucket="")

    (found,) = usage_of(connection, "open")

    assert isinstance(found.is_public_access_restricted, Unknown)
    assert "GetPublicAccessBlock" in found.is_public_access_restricted.why
    assert _asked_account(aws) == 1
