"""From who keeps access to the class of a bucket."""

import pytest

from s3kms.changes.planning.access import access_hazards, mark_may_lose
from s3kms.changes.planning.classify import class_of
from s3kms.changes.planning.summary import MAX_COUNTED, AccessFold
from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.plan import PlanClass

OWN = "111122223333"
READER = "arn:aws:iam::111122223333:role/reader"
AUDIT = "arn:aws:iam::111122223333:role/audit-a"
STATEMENT = {"Effect": "Allow", "Action": "kms:Decrypt"}


def group(access: KeyAccess, *principals: str, through: str = "AmazonS3ReadOnlyAccess") -> AccessGroup:
    why = "kms:Decrypt: nothing allows it"
    return AccessGroup(access, (KeyUse.READ,), why, through, principals or (READER,))


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (KeyAccess.KEEPS, PlanClass.READY),
        (KeyAccess.KEEPS_UNLESS_DENIED, PlanClass.LOOK),
        (KeyAccess.CANNOT_TELL, PlanClass.LOOK),
        (KeyAccess.LOSES, PlanClass.PREPARE),
    ],
)
def test_the_class_follows_the_gravest_answer(access: KeyAccess, expected: PlanClass) -> None:
    assert class_of(access_hazards([group(KeyAccess.KEEPS), group(access)], OWN)) is expected


def test_who_may_lose_access_stands_in_nobodys_way() -> None:
    marked = mark_may_lose([group(KeyAccess.LOSES, AUDIT)], ["arn:aws:iam::*:role/audit-*"])
    assert [one.may_lose for one in marked] == [True]
    assert access_hazards(marked, OWN) == ()


def test_a_session_of_a_role_that_may_lose_access_may_lose_it() -> None:
    session = "arn:aws:sts::111122223333:assumed-role/audit-a/ann"
    for pattern in ("arn:aws:iam::*:role/audit-*", session):
        (marked,) = mark_may_lose([group(KeyAccess.LOSES, session)], [pattern])
        assert marked.may_lose


def test_of_a_group_only_those_may_lose_access_who_are_named() -> None:
    may, others = mark_may_lose([group(KeyAccess.LOSES, READER, AUDIT)], ["*:role/audit-*"])
    assert (may.principals, may.may_lose, may.count) == ((AUDIT,), True, 1)
    assert (others.principals, others.may_lose, others.count) == ((READER,), False, 1)
    assert class_of(access_hazards([may, others], OWN)) is PlanClass.PREPARE


def test_may_lose_hides_nobody_of_whom_it_cannot_be_told() -> None:
    unread = group(KeyAccess.CANNOT_TELL, AUDIT)
    assert mark_may_lose([unread], ["*"]) == (unread,)


def test_services_and_anonymous_callers_are_left_to_the_hazards() -> None:
    assert (
        access_hazards(
            [group(KeyAccess.LOSES, "delivery.logs.amazonaws.com"), group(KeyAccess.LOSES, "*")], OWN
        )
        == ()
    )


def test_a_statement_that_mends_two_groups_is_asked_for_once() -> None:
    groups = [
        AccessGroup(KeyAccess.LOSES, (KeyUse.READ,), "no", name, (READER,), statements=(STATEMENT,))
        for name in ("a", "b")
    ]
    (hazard,) = access_hazards(groups, OWN)
    assert hazard.statements == (STATEMENT,)


def test_the_sum_has_one_line_a_policy_however_many_buckets_there_are() -> None:
    fold = AccessFold()
    for count in (3, 112, 7):
        fold.add(
            (group(KeyAccess.LOSES, *map(str, range(count))), group(KeyAccess.KEEPS, through="its policy"))
        )
    lost, kept = fold.summary()
    assert (lost.access, lost.through, lost.principals, lost.buckets) == (
        KeyAccess.LOSES,
        "AmazonS3ReadOnlyAccess",
        112,
        3,
    )
    assert (kept.access, kept.buckets) == (KeyAccess.KEEPS, 3)


def its_policy(why: str, *principals: str) -> AccessGroup:
    return AccessGroup(KeyAccess.LOSES, (KeyUse.READ,), why, "its policy", principals)


def test_the_sum_names_all_whom_the_policies_of_several_buckets_let_in() -> None:
    fold = AccessFold()
    fold.add((its_policy("own account alone", "logging.s3.amazonaws.com"),))
    fold.add((its_policy("own account alone", "333333333333"),))
    fold.add((its_policy("own account alone", "333333333333"),))
    (lost,) = fold.summary()
    assert (lost.principals, lost.buckets) == (2, 3)
    assert lost.examples == ("logging.s3.amazonaws.com", "333333333333")
    assert lost.why == "own account alone"


def test_the_sum_tells_each_reason_and_not_that_of_the_first_bucket_alone() -> None:
    fold = AccessFold()
    for why in ("anonymous", "own account alone", "anonymous"):
        fold.add((its_policy(why, READER),))
    assert fold.summary()[0].why == "anonymous; own account alone"


def test_reasons_and_principals_of_one_line_do_not_grow_with_the_estate() -> None:
    fold = AccessFold()
    for number in range(3 * MAX_COUNTED):
        fold.add((its_policy(f"reason {number}", f"role-{number}"),))
    (lost,) = fold.summary()
    assert lost.why == "reason 0; reason 1; reason 2; and other reasons"
    assert (lost.principals, lost.buckets) == (MAX_COUNTED, 3 * MAX_COUNTED)
