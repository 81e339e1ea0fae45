"""What IAM lacks of a key is merged into the policy by which somebody uses the bucket, once over all buckets."""

import json
from dataclasses import dataclass, replace
from typing import Any, cast

from s3kms.access.grouping import statement_for
from s3kms.changes.planning.account import BucketJudge
from s3kms.changes.policies import identity_documents as documents
from s3kms.changes.policies.identity_documents import identity_documents
from s3kms.changes.policies.outlook import PreparationFold
from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.encryption import SSE_KMS, Encryption
from s3kms.model.identities import AttachedPolicy, IamIdentity, IamIdentityKind
from s3kms.model.plan import PlanClass, PlannedBucket
from s3kms.model.policy import PolicyDocument
from s3kms.model.policy_checks import CheckedKind

OWN, CENTRAL = "111122223333", "444455556666"
KEYS = [f"arn:aws:kms:eu-central-1:{CENTRAL}:key/1234abcd-12ab-34cd-56ef-12345678900{n}" for n in (1, 2)]
VIA = "s3.eu-central-1.amazonaws.com"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TEXT = json.dumps({"Version": "2012-10-17", "Statement": READ})
MANAGED = f"arn:aws:iam::{OWN}:policy/readers"


@dataclass(frozen=True)
class _Judge:
    """Knows identities alone."""

    identities: tuple[IamIdentity, ...]

    def identity_of(self, arn: str) -> IamIdentity | None:
        return next((one for one in self.identities if one.arn == arn), None)


def role(name: str, *policies: AttachedPolicy, boundary: str | None = None) -> IamIdentity:
    limit = AttachedPolicy("limit", PolicyDocument(boundary, "limit")) if boundary else None
    return IamIdentity(f"arn:aws:iam::{OWN}:role/{name}", IamIdentityKind.ROLE, policies, limit)


def policy(name: str, arn: str = "", text: str = TEXT) -> AttachedPolicy:
    return AttachedPolicy(name, PolicyDocument(text, name), arn)


def bucket(name: str, key: str, through: str, *roles: IamIdentity, may_lose: bool = False) -> PlannedBucket:
    arns = tuple(one.arn for one in roles)
    statement = statement_for(OWN, arns, (KeyUse.READ,), VIA)
    group = AccessGroup(
        KeyAccess.LOSES, (KeyUse.READ,), "why", through, arns, False, may_lose, None, (statement,)
    )
    after = Encryption(SSE_KMS, key)
    found = PlannedBucket(name, OWN, "eu-central-1", PlanClass.PREPARE, after=after)
    return replace(found, access=(group,))


def printed(planned: list[PlannedBucket], *roles: IamIdentity) -> list[tuple[str, Any]]:
    fold = PreparationFold()
    for one in planned:
        fold.judges[one.account, one.bucket] = cast("BucketJudge", _Judge(roles))
    found, _ = identity_documents(planned, fold)
    assert all(one.kind is CheckedKind.IDENTITY for one in found)
    return [(one.title, json.loads(one.after)["Statement"]) for one in found]


def lacking(*keys: str) -> dict[str, Any]:
    named = list(keys) if len(keys) > 1 else keys[0]
    condition = {"StringEquals": {"kms:ViaService": VIA}}
    found = {"Sid": "S3kms1", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": named}
    return {**found, "Condition": condition}


def test_a_policy_that_several_roles_have_is_merged_once_with_the_keys_of_all_buckets() -> None:
    one, other = (role(name, policy("readers", MANAGED)) for name in ("one", "other"))

    found = printed(
        [bucket("a", KEYS[0], "readers", one), bucket("b", KEYS[1], "readers", one, other)], one, other
    )

    assert found == [(f"policy {MANAGED}", [READ, lacking(*KEYS)])]


def test_an_inline_policy_is_merged_where_it_stands() -> None:
    one = role("one", policy("inline policy 'read'"))

    found = printed([bucket("a", KEYS[0], "inline policy 'read'", one)], one)

    assert found == [(f"inline policy 'read' of {one.arn}", [READ, lacking(KEYS[0])])]


def test_beside_a_policy_of_aws_a_new_one_is_printed_once_for_all_who_have_it() -> None:
    aws = policy("AmazonS3ReadOnlyAccess", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    one, other = role("one", aws), role("other", aws)

    found = printed([bucket("a", KEYS[0], "AmazonS3ReadOnlyAccess", one, other)], one, other)

    title = f"a new policy for principals that come through AmazonS3ReadOnlyAccess in {OWN}"
    assert found == [(title, [lacking(KEYS[0])])]


def test_a_boundary_that_is_silent_about_the_key_is_named() -> None:
    one = role("one", policy("readers", MANAGED), boundary=TEXT)
    wide = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    fold = PreparationFold()
    planned = bucket("a", KEYS[0], "readers", one)

    whys = []
    for identity in (one, replace(one, boundary=policy("limit", text=wide))):
        fold.judges[OWN, "a"] = cast("BucketJudge", _Judge((identity,)))
        ((document,), _) = identity_documents([planned], fold)
        whys.append("permissions boundary limit" in document.why)
    assert whys == [True, False]


def test_who_may_lose_access_and_who_is_not_known_needs_nothing() -> None:
    one = role("one", policy("readers", MANAGED))
    assert printed([bucket("a", KEYS[0], "readers", one, may_lose=True)], one) == []
    assert printed([bucket("a", KEYS[0], "readers", one)]) == []


def test_documents_beyond_a_number_are_counted() -> None:
    roles = [role(f"r{n}", policy("inline policy 'read'")) for n in range(documents.MAX_DOCUMENTS + 2)]
    planned = bucket("a", KEYS[0], "inline policy 'read'", *roles)
    fold = PreparationFold(judges={(OWN, "a"): cast("BucketJudge", _Judge(tuple(roles)))})

    found, left_out = identity_documents([planned], fold)

    assert (len(found), left_out) == (documents.MAX_DOCUMENTS, 2)


def test_a_present_document_that_cannot_be_read_is_told_and_nothing_is_made_of_it() -> None:
    one = role("one", policy("readers", MANAGED, text="{"))
    fold = PreparationFold(judges={(OWN, "a"): cast("BucketJudge", _Judge((one,)))})

    ((document,), _) = identity_documents([bucket("a", KEYS[0], "readers", one)], fold)

    assert (document.after, "not JSON" in document.why) == ("", True)
