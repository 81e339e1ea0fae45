"""What copies do to a bucket besides: told only where the bucket has it, and taken to be there where it is unread."""

import pytest

from s3kms.model.advice import Advice
from s3kms.model.plan import PlanClass
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.write_effects import WriteEffects
from s3kms.objects.engines.copy.hazards import hazards_of
from s3kms.objects.interface import SelectedCounts

PLAIN = {
    "versioning": "",
    "ages": (),
    "replication": (),
    "events": (),
    "has_object_lock": False,
    "has_acls": False,
}


def ids(counts: SelectedCounts | None = None, *, is_aws: bool = True, **settings: object) -> list[str]:
    effects = WriteEffects(**{**PLAIN, **settings})  # type: ignore[arg-type]
    found = hazards_of(
        effects, counts or SelectedCounts(3, 10, by_storage_class={"STANDARD": 3}), is_aws=is_aws
    )
    return [hazard.id for hazard in found]


def test_a_plain_bucket_has_no_consequence() -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("setting", "value", "hazard"),
    [
        ("versioning", "Enabled", "new_versions"),
        ("ages", ("expire",), "lifecycle_age"),
        ("replication", ("all",), "replicated_again"),
        ("events", ("EventBridge",), "object_events"),
        ("default_retention", "COMPLIANCE for 30 days", "default_retention"),
    ],
)
def test_each_setting_has_its_consequence(setting: str, value: object, hazard: str) -> None:
    assert ids(**{setting: value}) == [hazard]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("setting", "hazard"),
    [
        ("versioning", "new_versions"),
        ("ages", "lifecycle_age"),
        ("replication", "replicated_again"),
        ("events", "object_events"),
    ],
)
def test_what_could_not_be_read_is_taken_to_be_there_and_says_so(setting: str, hazard: str) -> None:
    unknown = Unknown(UnknownCause.DENIED, "AccessDenied\x1b[31m", Advice("ask"))
    effects = WriteEffects(**{**PLAIN, setting: None, "unread": {setting: unknown}})  # type: ignore[arg-type]

    (found,) = hazards_of(effects, SelectedCounts(1, 1), is_aws=True)

    assert found.id == hazard
    assert "could not be read: AccessDenied" in found.why
    assert "\x1b" not in found.why


def test_classes_that_charge_are_told_and_early_deletion_where_old_objects_are_overwritten() -> None:
    counts = SelectedCounts(
        3, 10, by_storage_class={"STANDARD_IA": 2, "STANDARD": 1, "GLACIER": 1, "NEW_CLASS": 1}
    )

    assert ids(counts) == ["retrieval_fee", "early_delete_fee"]
    assert ids(counts, versioning="Suspended") == ["retrieval_fee", "early_delete_fee"]
    assert ids(counts, versioning="Enabled") == ["new_versions", "retrieval_fee"]


def test_a_class_without_objects_charges_nothing() -> None:
    assert ids(SelectedCounts(1, 1, by_storage_class={"STANDARD_IA": 0})) == []


def test_nothing_to_do_harms_nothing() -> None:
    assert ids(SelectedCounts(0, 0), is_aws=False, versioning="Enabled") == []


def test_another_server_is_only_told() -> None:
    (found,) = hazards_of(WriteEffects(**PLAIN), SelectedCounts(1, 1), is_aws=False)  # type: ignore[arg-type]

    assert (found.id, found.plan_class) == ("copy_not_aws", PlanClass.READY)


def test_names_are_printable_and_few() -> None:
    effects = WriteEffects(**{**PLAIN, "ages": ("a\nb", "2", "3", "4", "5")})  # type: ignore[arg-type]

    (found,) = hazards_of(effects, SelectedCounts(1, 1), is_aws=True)

    assert found.why.endswith("a\\nb, 2, 3 and 2 more")
