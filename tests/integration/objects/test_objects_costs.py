"""What `s3kms objects` says re-encrypting would cost, from a report of S3 Inventory."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import Shell
from tests.support.inventory import CREATED, CURRENT_COLUMNS, Row, write_report

import s3kms
from s3kms.model.object_costs import CostKind, EngineEstimate, ReencryptionCosts

GIB = 1024**3
ROWS = [
    *(Row(key=f"s/{number}", size=GIB) for number in range(3)),
    Row(key="ia/young", storage_class="STANDARD_IA", size=10 * GIB, last_modified=CREATED),
    Row(key="old", is_latest=False, encryption="NOT-SSE", storage_class="DEEP_ARCHIVE", size=GIB),
    Row(key="large", size=12 * GIB),
    Row(key="kept", encryption="SSE-KMS", size=GIB),
]


def costs_of(manifest: Path) -> dict[str, EngineEstimate]:
    with s3kms.Client() as client:
        found = client.objects(source=manifest).costs
    assert isinstance(found, ReencryptionCosts)
    return {one.engine: one for one in found.with_bucket_key}


def units(estimate: EngineEstimate, kind: CostKind) -> dict[str, float]:
    return {line.what: line.units for line in estimate.lines if line.kind is kind}


def test_offenders_alone_are_estimated_each_by_what_it_is(tmp_path: Path) -> None:
    found = costs_of(write_report(tmp_path, ROWS))

    assert {name: one.versions for name, one in found.items()} == {"update": 5, "batch": 5, "copy": 5}
    assert [(left.reason, left.versions) for left in found["copy"].immovable] == [("noncurrent", 1)]
    assert units(found["copy"], CostKind.RETRIEVAL) == {"GiB read from STANDARD_IA": 10}
    assert units(found["copy"], CostKind.REQUESTS)["CopyObject to STANDARD"] == 4 + 1 + 3
    assert units(found["copy"], CostKind.NONCURRENT) == {
        "GiB of old versions in STANDARD per month": 15,
        "GiB of old versions in STANDARD_IA per month": 10,
    }


def test_what_is_younger_than_its_class_allows_may_be_deleted_early_where_no_versions_are_kept(
    tmp_path: Path,
) -> None:
    ages = {"STANDARD_IA": (29, 31), "GLACIER_IR": (89, 91), "STANDARD": (0, 1)}
    rows = [
        Row(
            key=f"{name}/{days}",
            storage_class=name,
            size=30 * GIB,
            last_modified=CREATED - timedelta(days=days),
        )
        for name, pair in ages.items()
        for days in pair
    ]
    columns = CURRENT_COLUMNS
    found = costs_of(write_report(tmp_path, rows, columns=columns))["copy"]

    assert units(found, CostKind.EARLY_DELETE) == {
        "GiB-months of GLACIER_IR overwritten before 90 days": 90,
        "GiB-months of STANDARD_IA overwritten before 30 days": 30,
    }


def test_versions_with_names_are_kept_by_their_bucket(tmp_path: Path) -> None:
    rows = [
        Row(key="a", storage_class="STANDARD_IA", last_modified=CREATED, version_id=name)
        for name in ("null", "v")
    ]
    named = costs_of(write_report(tmp_path / "named", rows))["copy"]
    unnamed = costs_of(write_report(tmp_path / "unnamed", rows[:1]))["copy"]

    assert units(named, CostKind.EARLY_DELETE) == {}
    assert len(units(unnamed, CostKind.EARLY_DELETE)) == 1
    assert any("bucket is versioned is not known" in note for note in unnamed.notes)


def test_the_page_tells_each_engine_with_the_date_of_its_prices(tmp_path: Path) -> None:
    done = Shell(tmp_path)("objects", "--from", str(write_report(tmp_path, ROWS)))

    assert "  update *" in done.out
    assert "prices of us-east-1, August 2026" in done.out
    assert "1 skipped: noncurrent versions (copying them would restore old content" in " ".join(
        done.out.split()
    )
    assert "AWS documents no job rate" in " ".join(done.out.split())


def test_nothing_is_estimated_where_nothing_offends(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, [Row(key="a", encryption="SSE-KMS")])
    done = Shell(tmp_path)("objects", "--from", str(manifest))
    document = json.loads(Shell(tmp_path)("objects", "--from", str(manifest), "--format", "json").out)

    assert "cost" not in done.out
    assert document["costs"] is None


@pytest.mark.parametrize("hostile", ["\x1b[31mRED", "A_NEW_CLASS"])
def test_a_storage_class_that_is_not_known_has_no_price_and_does_no_harm(
    tmp_path: Path, hostile: str
) -> None:
    manifest = write_report(tmp_path, [Row(key="a", storage_class=hostile)])
    done = Shell(tmp_path)("objects", "--from", str(manifest))

    assert "and more" in done.out
    assert "\x1b" not in done.out
    assert costs_of(manifest)["update"].is_complete


def test_a_report_without_sizes_and_times_invents_no_cost_of_bytes(tmp_path: Path) -> None:
    columns = [name for name in CURRENT_COLUMNS if name not in {"Size", "LastModifiedDate"}]
    manifest = write_report(tmp_path, [Row(key="a", storage_class="STANDARD_IA")], columns=columns)
    found = costs_of(manifest)["copy"]

    assert (found.bytes, found.is_complete) == (None, False)


def test_json_has_every_engine_with_and_without_a_bucket_key(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, ROWS)
    document: dict[str, Any] = json.loads(
        Shell(tmp_path)("objects", "--from", str(manifest), "--format", "json").out
    )
    engines = document["costs"]["engines"]

    assert [(one["engine"], one["bucket_key"]) for one in engines] == [
        (name, key) for key in (True, False) for name in ("update", "batch", "copy")
    ]
    assert all(one["dollars"] > 0 for one in engines)
