"""`s3kms fix` and what would break in an account: read of the buckets that would change, told, and skipped."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest
from tests.support.cli import Shell
from tests.support.stub import Answer, error, logging_to
from tests.support.stub_buckets import StubBuckets

from s3kms.hazards import IDS

NAMES = ("plain", "shared", "web")
USAGE = (
    "GetBucketAcl",
    "GetBucketNotificationConfiguration",
    "GetBucketPolicy",
    "GetBucketReplication",
    "GetBucketTagging",
    "GetBucketWebsite",
    "GetPublicAccessBlock",
)
STRANGER = "arn:aws:iam::999999999999:root"


def policy(principal: object, action: str = "s3:GetObject") -> Answer:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return Answer(json.dumps({"Version": "2012-10-17", "Statement": statement}))


@pytest.fixture
def s3() -> Iterator[StubBuckets]:
    buckets = StubBuckets(*NAMES)
    website = Answer(
        "<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>"
    )
    absent = buckets.stub.on["GetBucketWebsite"]
    none = buckets.stub.on["GetBucketPolicy"]
    assert isinstance(absent, Answer)
    assert isinstance(none, Answer)
    buckets.stub.on["GetBucketWebsite"] = lambda bucket: website if bucket == "web" else absent
    buckets.stub.on["GetBucketPolicy"] = lambda bucket: (
        policy({"AWS": STRANGER}) if bucket == "shared" else none
    )
    buckets.stub.on["GetBucketTagging"] = error("NoSuchTagSet", 404)
    with buckets.stub:
        yield buckets


@pytest.fixture
def sh(s3: StubBuckets, shell: Shell) -> Shell:
    return s3.shell(shell)


def test_a_hazard_leaves_its_bucket_alone_and_the_others_are_changed(s3: StubBuckets, sh: Shell) -> None:
    done = sh("fix", "--apply", "--yes")

    assert done.exit == 11
    assert s3.puts == ["plain"]
    assert "skipped: s3://web is a static website" in done.err
    assert "skipped: s3://shared is used by account 999999999999 (its policy)" in done.err
    assert "--accept website" in done.err
    assert "--accept other_accounts" in done.err


def test_a_hazard_that_is_accepted_by_name_is_changed_and_the_journal_keeps_it(
    s3: StubBuckets, sh: Shell
) -> None:
    done = sh("fix", "--accept", "website", "--accept", "other_accounts", "--apply", "--yes")
    (journal,) = (sh.folder / "state" / "s3kms" / "runs").glob("*.jsonl")
    header = json.loads(journal.read_text().splitlines()[0])

    assert done.exit == 0
    assert s3.puts == ["plain", "shared", "web"]
    assert header["request"]["accept"] == ["website", "other_accounts"]
    assert [(one["bucket"], one["hazard"]) for one in header["request"]["accepted_hazards"]] == [
        ("shared", "other_accounts"),
        ("web", "website"),
    ]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("GetBucketPolicy", "s3:GetBucketPolicy"),
        ("GetBucketWebsite", "s3:GetBucketWebsite"),
        ("GetBucketReplication", "s3:GetReplicationConfiguration"),
        ("GetBucketAcl", "s3:GetBucketAcl"),
        ("ListAccessPoints", "s3:ListAccessPoints"),
    ],
)
def test_a_fact_that_could_not_be_read_leaves_the_bucket_alone_and_names_the_action(
    s3: StubBuckets, sh: Shell, operation: str, action: str
) -> None:
    s3.stub.on[operation] = error("AccessDenied", 403)

    done = sh("fix", "s3://plain", "--apply", "--yes")
    assert (done.exit, s3.puts) == (11, [])
    assert action in done.err
    assert "--accept unread" in done.err

    assert sh("fix", "s3://plain", "--accept", "unread", "--apply", "--yes").exit == 0
    assert s3.puts == ["plain"]


@pytest.mark.parametrize(
    "body", ["{", "[]", "<html/>", '{"Statement": 7}', '{"Statement": [{"Effect": "Maybe"}]}']
)
def test_a_policy_that_cannot_be_understood_leaves_the_bucket_alone(
    s3: StubBuckets, sh: Shell, body: str
) -> None:
    s3.stub.on["GetBucketPolicy"] = Answer(body)

    done = sh("fix", "s3://plain", "--apply", "--yes")

    assert (done.exit, s3.puts) == (11, [])


def test_a_bucket_that_takes_the_access_logs_of_one_beside_it_is_left_alone(
    s3: StubBuckets, sh: Shell
) -> None:
    s3.stub.on["GetBucketLogging"] = lambda bucket: logging_to("plain" if bucket == "web" else "")

    done = sh("fix", "s3://plain", "--apply", "--yes")

    assert (done.exit, s3.puts) == (11, [])
    assert "s3://plain takes the access logs of s3://web" in done.err
    assert "--accept s3_access_logs" in done.err


def test_a_sibling_that_does_not_tell_is_in_the_way_of_those_alone_whose_policy_lets_log_delivery_in(
    s3: StubBuckets, sh: Shell
) -> None:
    s3.stub.on["GetBucketLogging"] = error("AccessDenied", 403)
    s3.stub.on["GetBucketPolicy"] = lambda bucket: (
        policy("*", "s3:PutObject") if bucket == "shared" else error("NoSuchBucketPolicy", 404)
    )

    done = sh("fix", "s3://plain", "s3://shared", "--accept", "anonymous_requests", "--apply", "--yes")

    assert (done.exit, s3.puts) == (11, ["plain"])
    assert "allow s3:GetBucketLogging" in done.err


def test_a_role_that_may_not_list_buckets_fixes_a_named_one_all_the_same(s3: StubBuckets, sh: Shell) -> None:
    s3.stub.on["ListBuckets"] = error("AccessDenied", 403)
    assert sh("fix", "s3://plain", "--apply", "--yes").exit == 0

    s3.stub.on["GetBucketPolicy"] = policy("*", "s3:PutObject")
    asked = sh("fix", "s3://shared", "--accept", "anonymous_requests", "--apply", "--yes")
    assert asked.exit == 11
    assert "s3:ListAllMyBuckets" in asked.err
    accepted = sh(
        "fix", "s3://shared", "--accept", "anonymous_requests", "--accept", "unread", "--apply", "--yes"
    )
    assert accepted.exit == 0
    assert s3.puts == ["plain", "shared"]


@pytest.mark.parametrize("named", [[], ["s3://plain"]])
def test_the_buckets_of_the_region_are_listed_again_only_where_they_were_not_all_listed(
    s3: StubBuckets, sh: Shell, named: list[str]
) -> None:
    sh("fix", *named)

    assert s3.stub.calls.count(("ListBuckets", "")) == 1 + len(named)
    assert sorted(call for call in s3.stub.calls if call[0] == "GetBucketLogging") == [
        ("GetBucketLogging", name) for name in NAMES
    ]


def test_a_server_without_websites_and_replication_has_none(s3: StubBuckets, sh: Shell) -> None:
    for operation in ("GetBucketWebsite", "GetBucketReplication", "GetBucketTagging"):
        s3.stub.on[operation] = error("NotImplemented", 501)

    assert sh("fix", "s3://plain", "--apply", "--yes").exit == 0


def test_a_check_costs_one_call_a_bucket_and_a_fix_seven_more_for_each_that_would_change_and_one_a_sibling(
    s3: StubBuckets, sh: Shell
) -> None:
    s3.rules["plain"] = s3.rules["plain"].replace("AES256", "aws:kms")
    sh("check")
    assert Counter(operation for operation, bucket in s3.stub.calls if bucket) == {"GetBucketEncryption": 3}

    s3.stub.calls.clear()
    sh("fix")
    of_buckets = [call for call in s3.stub.calls if call[1]]
    assert Counter(operation for operation, _ in of_buckets if operation in USAGE) == dict.fromkeys(USAGE, 2)
    assert {bucket for operation, bucket in of_buckets if operation in USAGE} == {"shared", "web"}
    assert sorted(call for call in s3.stub.calls if call[0] == "GetBucketLogging") == [
        ("GetBucketLogging", name) for name in NAMES
    ]
    assert len(of_buckets) == 3 + 2 * len(USAGE) + len(NAMES)


def test_a_hazard_that_is_not_there_is_a_mistake(sh: Shell) -> None:
    done = sh("fix", "--accept", "websit")

    assert done.exit == 2
    assert "did you mean website?" in done.err


def test_nothing_is_accepted_from_the_environment(s3: StubBuckets, sh: Shell) -> None:
    done = sh.having(S3KMS_ACCEPT="website")("fix", "s3://web")

    assert done.exit == 11
    assert s3.puts == []


def test_a_stack_that_owns_the_bucket_is_told_before_the_write(s3: StubBuckets, sh: Shell) -> None:
    s3.stub.on["GetBucketTagging"] = Answer(
        "<Tagging><TagSet><Tag><Key>aws:cloudformation:stack-name</Key><Value>shop</Value></Tag></TagSet></Tagging>"
    )
    planned = sh("fix", "s3://plain")
    assert planned.exit == 0
    assert "s3://plain belongs to the CloudFormation stack shop" in planned.err

    refused = sh("fix", "s3://plain", "--as", "cloudformation")
    assert refused.exit == 4
    assert "belongs to the CloudFormation stack shop" in refused.err
    assert "Resources" not in refused.out
    assert sh("fix", "s3://pl*", "--as", "cloudformation").exit == 11
    assert sh("fix", "s3://plain", "--as", "terraform").exit == 0


def test_hazards_are_explained(sh: Shell) -> None:
    listed = sh("explain").out

    assert all(name in listed for name in IDS)
    assert "silently stop being replicated" in sh("explain", "replication_source").out
