"""Every hazard is right on each of its examples, and says what a person needs; look-alikes are no hazard at all."""

from dataclasses import replace

import pytest

from s3kms.hazards import IDS, all_hazards, find_hazard
from s3kms.hazards import examples as an
from s3kms.hazards.interface import Danger, EncryptionSwitch, Hazard, HazardExample, switch_between
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption, KeyKind
from s3kms.model.errors import BadInput
from s3kms.model.facts import Fact
from s3kms.model.unknown import Unknown
from s3kms.model.usage import AccessPoint, AclGrant, ReplicationRule

HANGS_ON_THE_NAME_OF_THE_KEY = {"key_alias_with_foreign_writers"}
NEED_THE_POLICY = {
    hazard.id for hazard in all_hazards() if Fact.POLICY in hazard.needs
} - HANGS_ON_THE_NAME_OF_THE_KEY
CASES = [(hazard, example) for hazard in all_hazards() for example in hazard.examples]


@pytest.mark.parametrize(
    ("hazard", "example"), CASES, ids=[f"{hazard.id}: {example.title}" for hazard, example in CASES]
)
def test_on_each_example_of_a_hazard_the_hazards_that_it_names_answer_and_every_other_one_is_silent(
    hazard: Hazard, example: HazardExample
) -> None:
    answers = {one.id: one.evaluate(example.bucket, example.switch) for one in all_hazards()}
    own = answers.pop(hazard.id)
    unread = NEED_THE_POLICY - {hazard.id} if example.bucket is an.UNREAD_POLICY else set()

    if example.is_danger is None:
        assert isinstance(own, Unknown)
    else:
        assert isinstance(own, Danger) is example.is_danger
        assert not isinstance(own, Unknown)
    assert {name for name, answer in answers.items() if answer} == example.also | unread


@pytest.mark.parametrize("hazard", all_hazards(), ids=lambda hazard: hazard.id)
def test_every_hazard_has_examples_of_a_danger_and_of_none(hazard: Hazard) -> None:
    assert {example.is_danger for example in hazard.examples} >= {True, False}


@pytest.mark.parametrize("hazard", all_hazards(), ids=lambda hazard: hazard.id)
def test_every_hazard_names_its_sources_in_the_documentation_of_aws(hazard: Hazard) -> None:
    assert hazard.doc.sources
    assert all("<https://docs.aws.amazon.com/" in source for source in hazard.doc.sources)


def test_every_hazard_has_the_name_of_its_module() -> None:
    assert tuple(hazard.id for hazard in all_hazards()) == IDS
    assert find_hazard("website").id == "website"
    with pytest.raises(BadInput, match="there is no hazard 'weather'"):
        find_hazard("weather")


LOOK_ALIKES: dict[str, Bucket] = {
    "a plain bucket": an.PLAIN,
    "a name that only looks like logs": an.named("acme-access-logs"),
    "a policy that forbids SSE-S3": an.denying(
        {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    ),
    "anonymous reads from one network": an.open_to(
        "s3:GetObject", {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    ),
    "a disabled replication rule": an.using(
        replication=(ReplicationRule("old", is_enabled=False, selects_kms=False),)
    ),
    "a policy that denies requests without TLS": an.denying(
        {"Bool": {"aws:SecureTransport": "false"}}, "s3:*"
    ),
    "a role of the own account": an.open_to("s3:*", AWS=f"arn:aws:iam::{an.OWN_ACCOUNT}:role/app"),
    "a log service that may only look at the ACL": an.open_to(
        "s3:GetBucketAcl", Service="delivery.logs.amazonaws.com"
    ),
    "names that only look like log buckets, of several services": an.named("aws-waf-logs-acme-elb-flow-logs"),
    "anonymous reads from endpoints of a network": an.open_to(
        "s3:GetObject", {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}
    ),
    "a function that hears of its objects": an.using(
        notification_targets=("arn:aws:lambda:eu-central-1:111122223333:function:resize",)
    ),
    "a disabled rule of which nothing else is known": an.using(
        replication=(ReplicationRule("old", is_enabled=False, selects_kms=an.DENIED),)
    ),
    "an ACL that lets the owner read": an.using(
        grants=(AclGrant("79a59df900b949e5" * 4, "READ", "its ACL"),)
    ),
    "a policy that keeps everybody out but one role": an.with_policy(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{an.OWN_ACCOUNT}:role/app"}},
        }
    ),
    "a service that is denied": an.with_policy(
        {
            "Effect": "Deny",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "*",
        }
    ),
    "no ACL but the empty one": an.using(grants=()),
    "buckets beside it that all tell that their logs go elsewhere": an.using(log_senders=()),
    "buckets beside it that do not tell, and neither policy nor ACL that lets logs in": an.using(
        log_senders=an.DENIED
    ),
    "a public policy that RestrictPublicBuckets keeps from working": an.and_using(
        an.open_to("s3:GetObject"), is_public_access_restricted=True
    ),
    "public access that was not told, and nothing public": an.using(is_public_access_restricted=an.DENIED),
    "an access point without a policy": an.using(access_points=(AccessPoint("plain", None),)),
    "a few requests a second": an.using(requests_per_second=12.0),
}


@pytest.mark.parametrize("switch", [an.TO_MANAGED, an.TO_CUSTOMER, an.TO_KEY_OF_OWN_ACCOUNT])
@pytest.mark.parametrize("bucket", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_what_only_looks_like_a_hazard_is_none(bucket: Bucket, switch: EncryptionSwitch) -> None:
    assert [hazard.id for hazard in all_hazards() if hazard.evaluate(bucket, switch)] == []


EVERYTHING = replace(
    an.open_to("s3:*", AWS="*"), usage=replace(an.open_to("s3:*", AWS="*").usage, website=True)
)


def test_a_change_that_brings_nothing_new_has_no_hazard() -> None:
    same = switch_between(Encryption(SSE_KMS, None, True), Encryption(SSE_KMS, None, True))

    assert [hazard.id for hazard in all_hazards() if hazard.evaluate(EVERYTHING, an.TO_MANAGED)] != []
    assert [hazard.id for hazard in all_hazards() if hazard.evaluate(EVERYTHING, same)] == []


@pytest.mark.parametrize(
    ("before", "after", "key", "brings_managed"),
    [
        (Encryption(SSE_S3), Encryption(SSE_KMS, None, True), KeyKind.AWS_MANAGED, True),
        (Encryption(SSE_S3), Encryption(SSE_KMS, "alias/k", True), KeyKind.CUSTOMER_MANAGED, False),
        (Encryption(SSE_KMS, "alias/k"), Encryption(SSE_KMS, None), KeyKind.AWS_MANAGED, True),
        (Encryption(SSE_KMS, None, False), Encryption(SSE_KMS, None, True), KeyKind.AWS_MANAGED, False),
    ],
)
def test_a_switch_says_whose_key_is_new(
    before: Encryption, after: Encryption, key: KeyKind, brings_managed: bool
) -> None:
    switch = switch_between(before, after)

    assert (switch.key, switch.brings_aws_managed_key) == (key, brings_managed)
    assert switch.is_new_kms is (before.algorithm == SSE_S3)
