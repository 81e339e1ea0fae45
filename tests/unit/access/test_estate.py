"""Who keeps and who loses access to a bucket, principal by principal."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from s3kms.access.bucket_use import Door, OpenedBucket
from s3kms.access.context import PrefixValue
from s3kms.access.documents import parse_policy
from s3kms.access.estate import AccessJudge
from s3kms.access.grouping import MAX_POLICIES, OTHER_POLICIES
from s3kms.access.key_use import BucketUnderKey
from s3kms.access.statements import Policy
from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.advice import NO_ADVICE
from s3kms.model.identities import (
    AccountIdentities,
    AttachedPolicy,
    IamIdentity,
    IamIdentityKind,
    OrganizationPolicies,
)
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

OWN, PARTNER = "111122223333", "444455556666"
KEY = f"arn:aws:kms:eu-west-1:{OWN}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEEPS, LOSES, OPEN, UNLESS = (
    KeyAccess.KEEPS,
    KeyAccess.LOSES,
    KeyAccess.CANNOT_TELL,
    KeyAccess.KEEPS_UNLESS_DENIED,
)
READ, WRITE, MULTIPART = KeyUse.READ, KeyUse.WRITE, KeyUse.MULTIPART
UNREAD = Unknown(UnknownCause.DENIED, "iam:GetAccountAuthorizationDetails is not allowed", NO_ADVICE)
ROOT_STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OWN}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
S3_READ = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
S3_WRITE = {"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}
KMS_ALL = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
ADMIN = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_DOCUMENTS: dict[str, PolicyDocument] = {}


def document(*statements: Mapping[str, Any]) -> PolicyDocument:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return _DOCUMENTS.setdefault(text, PolicyDocument(text, "a policy"))


def attached(name: str, *statements: Mapping[str, Any]) -> AttachedPolicy:
    return AttachedPolicy(name, document(*statements))


def role(name: str, *policies: AttachedPolicy, account: str = OWN, **more: Any) -> IamIdentity:
    return IamIdentity(f"arn:aws:iam::{account}:role/{name}", IamIdentityKind.ROLE, policies, **more)


def arn(name: str, account: str = OWN) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def policy(*statements: Mapping[str, Any], source: str = "its policy") -> Policy:
    return parse_policy(PolicyDocument(document(*statements).content, source))


def under(
    *key_policy: Mapping[str, Any], bucket: str = "data", key: str = KEY, **more: Any
) -> BucketUnderKey:
    policies = (policy(*key_policy, source="the key policy"),) if key_policy else ()
    return BucketUnderKey(
        bucket_arn=f"arn:aws:s3:::{bucket}",
        key_arn=key,
        key_policies=policies,
        **{"has_bucket_key": True, **more},
    )


def opened(*bucket_policy: Mapping[str, Any], bucket: str = "data") -> OpenedBucket:
    policies = (policy(*bucket_policy),) if bucket_policy else ()
    return OpenedBucket(OWN, (Door("its policy", PrefixValue(f"arn:aws:s3:::{bucket}/"), policies),))


def judge_with(
    *identities: IamIdentity,
    others: Mapping[str, Iterable[IamIdentity]] | None = None,
    organization: OrganizationPolicies | None = None,
    unread: Unknown | None = None,
) -> AccessJudge:
    def identities_of(account: str) -> AccountIdentities | Unknown:
        if account == OWN:
            return unread or AccountIdentities(OWN, identities)
        found = (others or {}).get(account)
        return UNREAD if found is None else AccountIdentities(account, tuple(found))

    return AccessJudge(identities_of, lambda _: organization or OrganizationPolicies())


def answers(groups: Iterable[AccessGroup]) -> dict[tuple[str, KeyUse], KeyAccess]:
    return {(name, use): one.access for one in groups for name in one.principals for use in one.uses}


READER = role("reader", attached("ReadOnly", S3_READ))
ABLE = role("able", attached("ReadOnly", S3_READ), attached("Keys", KMS_ALL))


def test_a_reader_without_a_right_to_the_key_loses_access_and_one_with_it_keeps_it() -> None:
    groups = judge_with(READER, ABLE).judge("data", opened(), under(ROOT_STATEMENT))
    assert answers(groups) == {(arn("reader"), READ): LOSES, (arn("able"), READ): KEEPS}
    lost = groups[0]
    assert lost.through == "ReadOnly"
    assert lost.why == "kms:Decrypt: nothing in its identity policies allows it"


def test_under_the_aws_managed_key_whoever_comes_through_s3_keeps_access() -> None:
    groups = judge_with(READER).judge("data", opened(), under(is_aws_managed=True))
    assert answers(groups) == {(arn("reader"), READ): KEEPS}


def test_who_has_no_right_to_the_bucket_is_not_there() -> None:
    other = role("other", attached("Other", {**S3_READ, "Resource": "arn:aws:s3:::other/*"}))
    nothing = role("nothing", attached("Keys", KMS_ALL))
    assert judge_with(other, nothing).judge("data", opened(), under(ROOT_STATEMENT)) == ()


@pytest.mark.parametrize(
    "pattern", ["arn:aws:s3:::data/team/*", "arn:aws:s3:::da*/x", "arn:aws:s3:::d?ta/*", "*"]
)
def test_who_may_read_some_objects_uses_the_bucket(pattern: str) -> None:
    one = role("one", attached("Some", {**S3_READ, "Resource": pattern}))
    assert answers(judge_with(one).judge("data", opened(), under(ROOT_STATEMENT))) == {
        (arn("one"), READ): LOSES
    }


def test_who_is_denied_every_object_does_not_use_the_bucket() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"}
    assert judge_with(READER).judge("data", opened(deny), under(ROOT_STATEMENT)) == ()


def test_who_is_denied_some_objects_uses_the_others() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/secret/*"}
    assert answers(judge_with(READER).judge("data", opened(deny), under(ROOT_STATEMENT))) == {
        (arn("reader"), READ): LOSES
    }


def test_a_writer_needs_both_rights_where_uploads_have_parts() -> None:
    generate = {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "*"}
    writer = role("writer", attached("Write", S3_WRITE), attached("Generate", generate))
    found = answers(judge_with(writer).judge("data", opened(), under(ROOT_STATEMENT)))
    assert found == {(arn("writer"), WRITE): KEEPS, (arn("writer"), MULTIPART): LOSES}


def test_whom_the_bucket_policy_alone_lets_in_is_there() -> None:
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": arn("named")},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*",
    }
    groups = judge_with(role("named"), role("other")).judge("data", opened(allow), under(ROOT_STATEMENT))
    assert [(one.principals, one.through, one.access) for one in groups] == [
        ((arn("named"),), "its policy", LOSES)
    ]


def test_everyone_in_the_bucket_policy_is_every_role_of_the_account_and_nobody_without_credentials_keeps_access() -> (
    None
):
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    found = answers(judge_with(role("one"), ABLE).judge("data", opened(allow), under(ROOT_STATEMENT)))
    assert found == {(arn("one"), READ): LOSES, (arn("able"), READ): KEEPS, ("*", READ): LOSES}


def test_without_the_identities_it_cannot_be_told_and_the_action_is_said() -> None:
    (group,) = judge_with(unread=UNREAD).judge("data", opened(), under(ROOT_STATEMENT))
    assert (group.access, group.principals) == (OPEN, (OWN,))
    assert "iam:GetAccountAuthorizationDetails" in group.why


PARTNER_READS = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::data/*",
}
PARTNER_USES_KEY = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"},
    "Action": "kms:Decrypt",
    "Resource": "*",
}


@pytest.mark.parametrize(
    ("key_policy", "expected"), [((ROOT_STATEMENT,), LOSES), ((ROOT_STATEMENT, PARTNER_USES_KEY), OPEN)]
)
def test_of_another_account_the_key_tells_who_loses_and_never_who_keeps(
    key_policy: tuple[Mapping[str, Any], ...], expected: KeyAccess
) -> None:
    found = answers(judge_with().judge("data", opened(PARTNER_READS), under(*key_policy)))
    assert found == {(PARTNER, READ): expected}


def test_roles_of_another_account_that_can_be_read_are_judged_one_by_one() -> None:
    others = {
        PARTNER: (
            role("able", attached("Read", S3_READ, KMS_ALL), account=PARTNER),
            role("not", attached("Read", S3_READ), account=PARTNER),
        )
    }
    judge = judge_with(others=others)
    found = answers(judge.judge("data", opened(PARTNER_READS), under(ROOT_STATEMENT, PARTNER_USES_KEY)))
    assert found == {(arn("able", PARTNER), READ): KEEPS, (arn("not", PARTNER), READ): LOSES}


def test_whoever_of_the_plans_accounts_comes_by_a_condition_on_the_organization_is_judged() -> None:
    member, stranger = OrganizationPolicies(organization="o-1"), OrganizationPolicies(organization="o-2")
    of_organization = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, "Principal": "*"}
    people = {
        PARTNER: (
            role("able", attached("Read", S3_READ, KMS_ALL), account=PARTNER),
            role("not", attached("Read", S3_READ), account=PARTNER),
            role("idle", attached("Keys", KMS_ALL), account=PARTNER),
        ),
        "999988887777": (role("stranger", attached("Read", S3_READ), account="999988887777"),),
    }
    judge = judge_with(others=people)
    judge.accounts_of_plan = lambda: (OWN, *people)
    judge.organization_of = lambda account: stranger if account == "999988887777" else member
    key = under(ROOT_STATEMENT, {**KMS_ALL, **of_organization})

    found = answers(judge.judge("data", opened({**S3_READ, **of_organization}), key))

    assert found == {
        (arn("able", PARTNER), READ): KEEPS,
        (arn("not", PARTNER), READ): LOSES,
        ("*", READ): OPEN,
    }


def test_nobody_of_another_account_can_use_the_aws_managed_key() -> None:
    found = answers(judge_with().judge("data", opened(PARTNER_READS), under(is_aws_managed=True)))
    assert found == {(PARTNER, READ): LOSES}


def test_of_whom_an_unread_bucket_policy_may_let_in_it_cannot_be_told_and_nobody_of_them_loses() -> None:
    other = role("other", attached("Other", {**S3_READ, "Resource": "arn:aws:s3:::other/*"}))
    unread = OpenedBucket(OWN, (Door("its policy", PrefixValue("arn:aws:s3:::data/"), UNREAD),))

    found = answers(judge_with(READER, ABLE, other).judge("data", unread, under(ROOT_STATEMENT)))

    everything = {("*", use): OPEN for use in KeyUse}
    assert found == {(arn("reader"), READ): LOSES, (arn("able"), READ): KEEPS, **everything}


def test_where_organization_policies_could_not_be_read_keeping_access_says_so() -> None:
    unread = OrganizationPolicies(UNREAD, UNREAD)
    groups = judge_with(READER, ABLE, organization=unread).judge("data", opened(), under(ROOT_STATEMENT))
    assert answers(groups) == {(arn("reader"), READ): LOSES, (arn("able"), READ): UNLESS}


def test_a_service_control_policy_that_denies_the_key_takes_access() -> None:
    deny = document(ADMIN, {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"})
    judge = judge_with(ABLE, organization=OrganizationPolicies(scps=((deny,),)))
    (group,) = judge.judge("data", opened(), under(ROOT_STATEMENT))
    assert (group.access, group.statements) == (LOSES, ())


def test_administrators_are_told_apart() -> None:
    groups = judge_with(role("admin", attached("Admin", ADMIN)), ABLE).judge(
        "data", opened(), under(ROOT_STATEMENT)
    )
    assert {one.principals: one.is_administrator for one in groups} == {
        (arn("admin"),): True,
        (arn("able"),): False,
    }


def test_a_boundary_without_the_key_takes_access_and_no_statement_mends_it() -> None:
    bound = role("bound", attached("Read", S3_READ, KMS_ALL), boundary=attached("Limit", S3_READ))
    (group,) = judge_with(bound).judge("data", opened(), under(ROOT_STATEMENT))
    assert (group.access, group.statements) == (LOSES, ())


def test_the_statement_that_mends_names_who_loses_access_through_s3() -> None:
    (group,) = judge_with(READER).judge("data", opened(), under(ROOT_STATEMENT))
    assert group.statements == (
        {
            "Effect": "Allow",
            "Principal": {"AWS": arn("reader")},
            "Action": ["kms:Decrypt"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {"kms:CallerAccount": OWN, "kms:ViaService": "s3.eu-west-1.amazonaws.com"}
            },
        },
    )


def test_many_who_lose_access_are_let_in_as_their_account() -> None:
    readers = [role(f"reader{number}", attached("ReadOnly", S3_READ)) for number in range(21)]
    (group,) = judge_with(*readers).judge("data", opened(), under(ROOT_STATEMENT))
    assert (group.count, group.statements[0]["Principal"]) == (21, {"AWS": "*"})


def test_with_its_statement_who_lost_access_keeps_it() -> None:
    readers = [role(f"reader{number}", attached("ReadOnly", S3_READ)) for number in range(21)]
    for chosen in (readers[:3], readers):
        (group,) = judge_with(*chosen).judge("data", opened(), under(ROOT_STATEMENT))
        (after,) = judge_with(*chosen).judge("data", opened(), under(ROOT_STATEMENT, *group.statements))
        assert (after.access, after.principals) == (KEEPS, group.principals)


def test_work_does_not_grow_with_buckets_of_which_every_policy_says_the_same() -> None:
    identities = [
        role(f"reader{number}", attached(f"Read{number % 5}", {**S3_READ, "Sid": str(number % 5)}))
        for number in range(200)
    ]
    judge = judge_with(*identities)
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    counts = []
    for number in range(30):
        name = f"data-{number}"
        bucket = opened({**tls, "Resource": f"arn:aws:s3:::{name}/*"}, bucket=name)
        (*_,) = judge.judge(name, bucket, under(ROOT_STATEMENT, bucket=name))
        counts.append(judge.evaluations)
    assert counts == [5] * 30


def test_a_role_that_a_policy_names_is_judged_apart_from_its_class() -> None:
    two = [role(name, attached("ReadOnly", S3_READ)) for name in ("named", "other")]
    allow = {"Effect": "Allow", "Principal": {"AWS": arn("named")}, "Action": "kms:*", "Resource": "*"}
    found = answers(judge_with(*two).judge("data", opened(), under(ROOT_STATEMENT, allow)))
    assert found == {(arn("named"), READ): KEEPS, (arn("other"), READ): LOSES}


def test_roles_are_told_apart_by_what_a_policy_says_of_their_tags() -> None:
    tagged = [role(name, attached("ReadOnly", S3_READ), tags={"team": name}) for name in ("a", "b")]
    allow = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": arn("a")}},
    }
    keys = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    found = answers(judge_with(*tagged).judge("data", opened(), under(keys, allow)))
    assert found == {(arn("a"), READ): LOSES, (arn("b"), READ): KEEPS}


def test_buckets_with_one_policy_share_no_answer_where_a_name_in_it_is_their_own() -> None:
    """Two policies that differ by the bucket's name alone: the name is a role's, too."""
    judge = judge_with(
        role("data", attached("ReadOnly", S3_READ)), role("logs", attached("ReadOnly", S3_READ))
    )
    for name, other in (("data", "logs"), ("logs", "data")):
        deny = {
            "Effect": "Deny",
            "Principal": {"AWS": arn(name)},
            "Action": "s3:*",
            "Resource": f"arn:aws:s3:::{name}/*",
        }
        found = answers(judge.judge(name, opened(deny, bucket=name), under(ROOT_STATEMENT, bucket=name)))
        assert found == {(arn(other), READ): LOSES}


CONTEXT = "kms:EncryptionContext:aws:s3:arn"


def judged_in_turn(
    judge: AccessJudge, *bucket_policy: Mapping[str, Any], key: Iterable[Mapping[str, Any]]
) -> Any:
    """What becomes of readers of bucket `one`, and then of bucket `two`."""
    found = [
        judge.judge(one, opened(*bucket_policy, bucket=one), under(*key, bucket=one))
        for one in ("one", "two")
    ]
    return [{name: access for (name, use), access in answers(one).items() if use is READ} for one in found]


def test_buckets_that_the_organization_tells_apart_share_no_answer() -> None:
    only_one = {
        "Effect": "Deny",
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {CONTEXT: "arn:aws:s3:::one"}},
    }
    organization = OrganizationPolicies(scps=((document(ADMIN, only_one),),))

    one, two = judged_in_turn(judge_with(ABLE, organization=organization), key=[ROOT_STATEMENT])

    assert (one[arn("able")], two[arn("able")]) == (KEEPS, LOSES)


def test_buckets_that_policies_of_another_account_tell_apart_share_no_answer() -> None:
    only_one = {**KMS_ALL, "Condition": {"StringEquals": {CONTEXT: "arn:aws:s3:::one"}}}
    partner = role("p", attached("Read", S3_READ), attached("Keys", only_one), account=PARTNER)
    principal = {"Principal": {"AWS": PARTNER}}
    key = [ROOT_STATEMENT, {**KMS_ALL, **principal}]

    one, two = judged_in_turn(judge_with(others={PARTNER: [partner]}), {**S3_READ, **principal}, key=key)

    assert (one[arn("p", PARTNER)], two[arn("p", PARTNER)]) == (KEEPS, LOSES)


SPARED_BY_NAME = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "kms:*",
    "Resource": "*",
    "Condition": {"ArnNotLike": {"aws:PrincipalArn": arn("able")}},
}


def test_members_of_a_class_whom_the_organization_of_the_key_tells_apart_are_judged_one_by_one() -> None:
    central = KEY.replace(OWN, PARTNER)
    rcps = ((document({**ADMIN, "Principal": "*"}, SPARED_BY_NAME),),)
    both = [ABLE, role("other", attached("ReadOnly", S3_READ), attached("Keys", KMS_ALL))]
    judge = AccessJudge(
        lambda account: AccountIdentities(account, tuple(both)),
        lambda account: OrganizationPolicies(rcps=rcps) if account == PARTNER else OrganizationPolicies(),
    )
    key = {**KMS_ALL, "Principal": {"AWS": OWN}}

    found = answers(judge.judge("data", opened(), under(key, key=central)))

    assert (found[arn("able"), READ], found[arn("other"), READ]) == (KEEPS, LOSES)


def test_members_of_a_class_whom_the_organization_of_another_account_tells_apart_are_judged_one_by_one() -> (
    None
):
    spared = {key: value for key, value in SPARED_BY_NAME.items() if key != "Principal"}
    spared["Condition"] = {"ArnNotLike": {"aws:PrincipalArn": arn("able", PARTNER)}}
    partners = [
        role(name, attached("ReadOnly", S3_READ), attached("Keys", KMS_ALL), account=PARTNER)
        for name in ("able", "other")
    ]
    scps = ((document(ADMIN, spared),),)
    judge = AccessJudge(
        lambda account: AccountIdentities(account, tuple(partners) if account == PARTNER else ()),
        lambda account: OrganizationPolicies(scps=scps) if account == PARTNER else OrganizationPolicies(),
    )
    principal = {"Principal": {"AWS": PARTNER}}

    found = answers(
        judge.judge("data", opened({**S3_READ, **principal}), under(ROOT_STATEMENT, {**KMS_ALL, **principal}))
    )

    assert (found[arn("able", PARTNER), READ], found[arn("other", PARTNER), READ]) == (KEEPS, LOSES)


def test_whom_a_statement_for_everyone_names_by_a_condition_uses_the_bucket() -> None:
    named = {**S3_READ, "Principal": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": arn("silent")}}}

    found = answers(judge_with(role("silent"), READER).judge("data", opened(named), under(ROOT_STATEMENT)))

    assert found[arn("silent"), READ] is LOSES


def test_a_session_of_a_role_of_another_account_is_that_role_whatever_its_path() -> None:
    path = f"arn:aws:iam::{PARTNER}:role/aws-reserved/sso/Reader"
    session = f"arn:aws:sts::{PARTNER}:assumed-role/Reader/ann"
    reader = IamIdentity(path, IamIdentityKind.ROLE, (attached("ReadOnly", S3_READ),))
    named = {**S3_READ, "Principal": {"AWS": session}}

    found = answers(
        judge_with(others={PARTNER: [reader]}).judge("data", opened(named), under(ROOT_STATEMENT))
    )

    assert found[session, READ] is LOSES


def test_buckets_whose_policies_speak_of_others_share_no_answer() -> None:
    named = {"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "arn:aws:s3:::on*"}

    one, two = judged_in_turn(judge_with(role("silent")), named, key=[ROOT_STATEMENT])

    assert (one.get(arn("silent")), two.get(arn("silent"))) == (LOSES, None)


def test_buckets_that_a_variable_tells_apart_share_no_answer() -> None:
    own = attached("Own", {**S3_READ, "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}/*"})

    one, two = judged_in_turn(judge_with(role("r", own, tags={"team": "two"})), key=[ROOT_STATEMENT])

    assert one.get(arn("r")) is None
    assert two.get(arn("r")) is LOSES


def read_of(found: Iterable[AccessGroup], *names: str) -> tuple[KeyAccess | None, ...]:
    told = answers(found)
    return tuple(told.get((arn(name), READ)) for name in names)


def test_roles_with_one_policy_are_told_apart_by_what_it_says_of_their_tags() -> None:
    keys = attached("Keys", {**KMS_ALL, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}})
    policies = (attached("ReadOnly", S3_READ), keys)
    roles = [role("red", *policies, tags={"team": "red"}), role("blue", *policies, tags={"team": "blue"})]

    found = judge_with(*roles).judge("data", opened(), under(ROOT_STATEMENT))

    assert read_of(found, "red", "blue") == (KEEPS, LOSES)


def test_of_a_role_that_the_key_policy_names_the_silent_boundary_is_the_reason() -> None:
    bound = role("bound", attached("Read", S3_READ), boundary=attached("Limit", S3_READ))
    names_role = {**KMS_ALL, "Principal": {"AWS": arn("bound")}}
    (lost,) = judge_with(bound).judge("data", opened(), under(ROOT_STATEMENT, names_role))
    assert (lost.access, lost.why) == (LOSES, "kms:Decrypt: nothing in its permissions boundary allows it")


def test_a_boundary_is_no_policy_more() -> None:
    read, keys = attached("ReadOnly", S3_READ), attached("Both", KMS_ALL, S3_READ)
    roles = [role("able", read, keys), role("bounded", read, boundary=keys)]

    found = judge_with(*roles).judge("data", opened(), under(ROOT_STATEMENT))

    assert read_of(found, "able", "bounded") == (KEEPS, LOSES)


def test_buckets_with_and_without_a_bucket_key_share_no_answer() -> None:
    keys = attached("Keys", {**KMS_ALL, "Condition": {"StringLike": {CONTEXT: "arn:aws:s3:::*/*"}}})
    judge = judge_with(role("r", attached("ReadOnly", S3_READ), keys))

    without = judge.judge(
        "one", opened(bucket="one"), under(ROOT_STATEMENT, bucket="one", has_bucket_key=False)
    )
    with_one = judge.judge(
        "two", opened(bucket="two"), under(ROOT_STATEMENT, bucket="two", has_bucket_key=True)
    )

    assert (read_of(without, "r"), read_of(with_one, "r")) == ((KEEPS,), (LOSES,))


def test_policies_of_which_each_principal_has_its_own_are_not_all_told_apart() -> None:
    many = [
        role(f"r{one}", attached(f"P{one}", {**S3_READ, "Sid": str(one)})) for one in range(MAX_POLICIES + 50)
    ]
    groups = judge_with(*many).judge("data", opened(), under(ROOT_STATEMENT))

    assert len(groups) == MAX_POLICIES
    assert sum(one.count for one in groups) == MAX_POLICIES + 50
    assert {one.through for one in groups if one.count > 1} == {OTHER_POLICIES}


def test_buckets_share_no_answer_where_a_tag_is_compared_with_their_own_arn() -> None:
    silent = role("r", tags={"bucket": "arn:aws:s3:::one"})
    judge = judge_with(silent)
    found = []
    for name in ("one", "two"):
        tagged = {"StringEquals": {"aws:PrincipalTag/bucket": f"arn:aws:s3:::{name}"}}
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": f"arn:aws:s3:::{name}/*",
            "Condition": tagged,
        }
        everyone = {**S3_READ, "Principal": "*", "Resource": f"arn:aws:s3:::{name}/*"}
        bucket = opened(deny, everyone, bucket=name)
        found.append(answers(judge.judge(name, bucket, under(ROOT_STATEMENT, bucket=name))))

    assert [one.get((arn("r"), READ)) for one in found] == [None, LOSES]


def test_an_administrator_whom_the_key_names_is_told_apart_all_the_same() -> None:
    named = {**KMS_ALL, "Principal": {"AWS": arn("admin")}}
    (group,) = judge_with(role("admin", attached("Admin", ADMIN))).judge("data", opened(), under(named))
    assert (group.access, group.is_administrator) == (KEEPS, True)
