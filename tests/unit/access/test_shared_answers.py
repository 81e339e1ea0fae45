"""What a judge of many buckets shares between buckets and principals is what each of them gets alone."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.access.test_estate import (
    ADMIN,
    OWN,
    PARTNER,
    ROOT_STATEMENT,
    arn,
    attached,
    document,
    opened,
    under,
)

from s3kms.access.estate import AccessJudge
from s3kms.access.identity_classes import PolicyParser, classify
from s3kms.access.judging import OrganizationLevels, judge_user
from s3kms.model.access import KeyAccess, KeyUse
from s3kms.model.identities import (
    AccountIdentities,
    AttachedPolicy,
    IamIdentity,
    IamIdentityKind,
    OrganizationPolicies,
)

BUCKETS = ("data-a", "data-b", "logs")
NAMES = ("able", "other", "third")
CONTEXT = "kms:EncryptionContext:aws:s3:arn"
CONDITIONS: list[dict[str, Any]] = [
    {},
    {},
    {"ArnLike": {"aws:PrincipalArn": arn("able")}},
    {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ab*"}},
    {"StringEquals": {"aws:PrincipalTag/team": "red"}},
    {"StringLike": {CONTEXT: "arn:aws:s3:::data-*"}},
    {"StringNotEquals": {CONTEXT: "arn:aws:s3:::logs"}},
    {"StringEquals": {"aws:PrincipalAccount": PARTNER}},
    {"StringLike": {CONTEXT: "arn:aws:s3:::${aws:PrincipalTag/team}*"}},
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
]
OBJECTS = [
    "*",
    "arn:aws:s3:::data-*",
    "arn:aws:s3:::data-a/*",
    "arn:aws:s3:::logs/x/*",
    "arn:aws:s3:::${aws:PrincipalTag/team}/*",
]
PRINCIPALS: list[Any] = [
    "*",
    {"AWS": OWN},
    {"AWS": PARTNER},
    {"AWS": arn("able")},
    {"AWS": arn("able", PARTNER)},
]


def statement(
    actions: list[str], resources: list[str], principals: list[Any] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    parts: dict[str, st.SearchStrategy[Any]] = {
        "Effect": st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
        "Action": st.sampled_from(actions),
        "Resource": st.sampled_from(resources),
        "Condition": st.sampled_from(CONDITIONS),
    }
    if principals is not None:
        parts["Principal"] = st.sampled_from(principals)
    return st.fixed_dictionaries(parts)


def few(one: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, max_size=most)


OF_IAM = few(statement(["s3:Get*", "s3:*", "kms:*", "*"], OBJECTS), 3)
ROLES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]), st.sampled_from([{}, {"team": "red"}, {"team": "data-a"}]), st.booleans()
    ),
    min_size=len(NAMES),
    max_size=len(NAMES),
)
ESTATES = st.fixed_dictionaries(
    {
        "policies": st.fixed_dictionaries({"a": OF_IAM, "b": OF_IAM}),
        "boundary": OF_IAM,
        OWN: ROLES,
        PARTNER: ROLES,
        "buckets": st.lists(few(statement(["s3:Get*", "s3:*"], OBJECTS, PRINCIPALS)), min_size=3, max_size=3),
        "key": few(statement(["kms:*", "kms:Decrypt"], ["*"], PRINCIPALS)),
        "scps": st.fixed_dictionaries(
            {OWN: few(statement(["kms:*"], ["*"])), PARTNER: few(statement(["*"], OBJECTS))}
        ),
        "rcps": few(statement(["kms:*", "s3:*"], ["*", *OBJECTS], ["*"]), 1),
        "have_bucket_keys": st.lists(st.booleans(), min_size=3, max_size=3),
        "is_central": st.booleans(),
    }
)


def identities(estate: dict[str, Any], account: str) -> AccountIdentities:
    shared = {name: attached(name, *listed) for name, listed in estate["policies"].items()}
    boundary = attached("boundary", *estate["boundary"])

    def role(name: str, choice: tuple[str, dict[str, str], bool]) -> IamIdentity:
        policy, tags, is_bounded = choice
        policies: tuple[AttachedPolicy, ...] = (shared[policy],)
        limit = boundary if is_bounded else None
        return IamIdentity(arn(name, account), IamIdentityKind.ROLE, policies, limit, tags)

    return AccountIdentities(account, tuple(map(role, NAMES, estate[account])))


def organization(estate: dict[str, Any], account: str) -> OrganizationPolicies:
    scps = document(ADMIN, *estate["scps"][account])
    rcps = document({**ADMIN, "Principal": "*"}, *estate["rcps"])
    return OrganizationPolicies(scps=((scps,),), rcps=((rcps,),))


@settings(max_examples=60, deadline=None)
@given(ESTATES)
def test_what_is_shared_is_what_each_gets_alone(estate: dict[str, Any]) -> None:
    judge = AccessJudge(
        lambda account: identities(estate, account), lambda account: organization(estate, account)
    )
    levels = {account: OrganizationLevels.of(organization(estate, account)) for account in (OWN, PARTNER)}
    users = {
        name: user
        for account in (OWN, PARTNER)
        for name, user in classify(identities(estate, account).identities, PolicyParser()).by_arn.items()
    }
    key_arn = f"arn:aws:kms:eu-west-1:{PARTNER if estate['is_central'] else OWN}:key/1"
    for name, statements, has_bucket_key in zip(
        BUCKETS, estate["buckets"], estate["have_bucket_keys"], strict=True
    ):
        bucket = opened(*statements, bucket=name)
        key = under(ROOT_STATEMENT, *estate["key"], bucket=name, key=key_arn, has_bucket_key=has_bucket_key)
        found: dict[tuple[str, KeyUse], KeyAccess] = {
            (one, use): group.access
            for group in judge.judge(name, bucket, key)
            for one in group.principals
            for use in group.uses
        }
        for one, user in users.items():
            account = user.caller.account or ""
            alone = judge_user(
                user,
                bucket,
                key,
                of_user=levels[account],
                of_key=levels[key.key_account],
                of_bucket=levels[OWN],
            )
            for use in KeyUse:
                shared = found.get((one, use))
                expected = alone[use].answer.access if use in alone else None
                if account == OWN or shared is not None:
                    assert shared is expected, (name, one, use)
