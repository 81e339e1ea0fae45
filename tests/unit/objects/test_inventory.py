"""A report of S3 Inventory on this machine, as evidence of what the objects of a bucket are encrypted with."""

import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.inventory import (
    ALL_COLUMNS,
    CREATED,
    CURRENT_COLUMNS,
    SOURCE,
    Report,
    Row,
    marker,
    write_report,
)

from s3kms.model.errors import BadInput, S3kmsError
from s3kms.model.exits import Exit
from s3kms.model.object_summary import Dimension, Group, KeyStanding, ObjectSummary, Tally
from s3kms.objects.evidence.inventory import ReadSettings, open_local_inventory
from s3kms.objects.summary import summarize

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
AWKWARD = "a b+c%2F/é 😀\n\"x\",'y'?#&=;.txt"
FORMS = ("CSV", "Parquet", "ORC")


def summary_of(manifest: Path, **options: Any) -> ObjectSummary:
    with open_local_inventory(manifest, ReadSettings()) as evidence:
        return summarize(evidence, **options)


def values(groups: tuple[Group, ...]) -> dict[Any, int]:
    return {group.value: group.all.objects for group in groups}


@pytest.mark.parametrize("form", FORMS)
def test_versions_and_bytes_are_counted_by_what_they_are(tmp_path: Path, form: str) -> None:
    rows = [
        Row(key="x/1", size=10),
        Row(key="x/1", version_id="v0", is_latest=False, size=20, storage_class="GLACIER"),
        Row(key="y", size=40, encryption="SSE-KMS", bucket_key="ENABLED"),
        marker("gone"),
    ]

    found = summary_of(write_report(tmp_path, rows[:2], rows[2:], form=form))

    assert (found.total, found.delete_markers) == (Tally(3, 70), 1)
    assert found.standings[KeyStanding.OFFENDER] == Tally(2, 30)
    assert found.standings[KeyStanding.WANTED] == Tally(1, 40)
    assert values(found.groups[Dimension.ENCRYPTION]) == {"SSE-S3": 2, "SSE-KMS": 1}
    assert values(found.groups[Dimension.BUCKET_KEY]) == {False: 2, True: 1}
    assert values(found.groups[Dimension.STORAGE_CLASS]) == {"STANDARD": 2, "GLACIER": 1}
    assert values(found.groups[Dimension.VERSION]) == {True: 2, False: 1}
    assert found.prefixes == (Group("x/", Tally(2, 30), Tally(2, 30)), Group("", Tally(1, 40), Tally(0, 0)))


@pytest.mark.parametrize("form", FORMS)
def test_a_key_comes_out_as_it_is_in_the_bucket(tmp_path: Path, form: str) -> None:
    found = summary_of(write_report(tmp_path, [Row(key=AWKWARD)], form=form))

    assert [one.key for one in found.offenders] == [AWKWARD]


def test_the_keys_of_csv_are_written_with_a_plus_for_a_space(tmp_path: Path) -> None:
    report = Report(tmp_path)

    report.add([Row(key="a b+c")])

    assert b"a+b%2Bc" in gzip.decompress((tmp_path / report.files[0]["key"]).read_bytes())


@pytest.mark.parametrize("form", FORMS)
def test_an_offender_has_everything_that_the_report_tells(tmp_path: Path, form: str) -> None:
    (one,) = summary_of(write_report(tmp_path, [Row(key="k")], form=form)).offenders

    assert (one.bucket, one.key, one.version_id, one.is_latest) == (SOURCE, "k", "v1", True)
    assert (one.size, one.storage_class, one.bucket_key) == (100, "STANDARD", False)
    assert one.last_modified == datetime(2026, 11, 1, tzinfo=UTC)
    assert (one.encryption, one.key_arn) == ("SSE-S3", None)


@pytest.mark.parametrize("form", FORMS)
def test_a_version_from_before_versioning_is_the_version_null(tmp_path: Path, form: str) -> None:
    (one,) = summary_of(write_report(tmp_path, [Row(key="k", version_id=None)], form=form)).offenders

    assert one.version_id == "null"


@pytest.mark.parametrize("form", FORMS)
def test_a_report_of_current_versions_says_that_the_others_are_not_counted(tmp_path: Path, form: str) -> None:
    found = summary_of(write_report(tmp_path, [Row(key="k")], form=form, columns=CURRENT_COLUMNS))

    assert not found.coverage.all_versions
    assert "noncurrent versions are not counted" in str(found.notes[-1])
    assert found.offenders[0].version_id is None


@pytest.mark.parametrize("form", FORMS)
def test_without_the_column_of_the_encryption_nothing_is_claimed(tmp_path: Path, form: str) -> None:
    columns = [name for name in ALL_COLUMNS if name != "EncryptionStatus"]

    found = summary_of(write_report(tmp_path, [Row(key="k")], form=form, columns=columns))

    assert found.standings[KeyStanding.UNKNOWN] == Tally(1, 100)
    assert found.exit is Exit.UNKNOWNS
    assert "the field EncryptionStatus is not in the inventory" in map(str, found.notes)


@pytest.mark.parametrize("form", FORMS)
def test_without_the_column_of_the_size_no_bytes_are_told(tmp_path: Path, form: str) -> None:
    columns = [name for name in ALL_COLUMNS if name != "Size"]

    found = summary_of(write_report(tmp_path, [Row(key="k")], form=form, columns=columns))

    assert found.total == Tally(1, None)
    assert found.prefixes[0].all == Tally(1, None)


def test_an_inventory_does_not_tell_the_key_so_that_a_wanted_one_is_unknown(tmp_path: Path) -> None:
    found = summary_of(write_report(tmp_path, [Row(key="k", encryption="SSE-KMS")]), wanted_key=KEY)

    assert found.standings[KeyStanding.UNKNOWN].objects == 1
    assert found.exit is Exit.UNKNOWNS
    assert any("does not include the KMS key" in str(note) for note in found.notes)


@pytest.mark.parametrize(
    ("encryption", "standing"),
    [
        ("SSE-S3", KeyStanding.OFFENDER),
        ("NOT-SSE", KeyStanding.OFFENDER),
        ("SSE-KMS", KeyStanding.WANTED),
        ("DSSE-KMS", KeyStanding.WANTED),
        ("SSE-C", KeyStanding.DELIBERATE),
        ("SSE-NEW", KeyStanding.UNKNOWN),
        ("", KeyStanding.UNKNOWN),
    ],
)
def test_each_encryption_stands_to_any_kms_key(
    tmp_path: Path, encryption: str, standing: KeyStanding
) -> None:
    found = summary_of(write_report(tmp_path, [Row(key="k", encryption=encryption)]))

    assert {one: tally.objects for one, tally in found.standings.items() if tally.objects} == {standing: 1}


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (1, "under 30 days"),
        (31, "30 to 90 days"),
        (91, "90 days to a year"),
        (366, "1 to 3 years"),
        (1096, "over 3 years"),
    ],
)
def test_the_age_is_that_at_the_time_of_the_report(tmp_path: Path, days: int, band: str) -> None:
    row = Row(key="k", last_modified=CREATED - timedelta(days=days))

    assert values(summary_of(write_report(tmp_path, [row])).groups[Dimension.AGE]) == {band: 1}


def test_the_offenders_that_are_listed_are_the_first_by_key(tmp_path: Path) -> None:
    rows = [Row(key=f"k{number:03}") for number in range(50)]

    found = summary_of(write_report(tmp_path, rows[25:], rows[:25]), offenders=3)

    assert [one.key for one in found.offenders] == ["k000", "k001", "k002"]


@pytest.mark.parametrize("form", FORMS)
def test_a_report_without_data_files_lists_nothing(tmp_path: Path, form: str) -> None:
    assert summary_of(write_report(tmp_path, form=form)).exit is Exit.NOTHING


def test_a_data_file_with_other_bytes_is_not_read(tmp_path: Path) -> None:
    report = Report(tmp_path)
    path = report.add([Row(key="k")])
    report.finish()
    path.write_bytes(path.read_bytes()[:-1] + b"!")

    with pytest.raises(BadInput, match="does not match the manifest: it has the MD5"):
        summary_of(report.manifest)


def test_a_data_file_that_is_cut_is_not_read(tmp_path: Path) -> None:
    report = Report(tmp_path)
    path = report.add([Row(key="k")])
    report.finish()
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(BadInput, match=r"it has [0-9]+ bytes, not [0-9]+"):
        summary_of(report.manifest)


def test_a_data_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.add([Row(key="k")]).unlink()

    with pytest.raises(BadInput, match=r"data file inventory/logs/daily/data/0.* does not exist"):
        summary_of(report.finish())


def test_a_manifest_that_was_changed_is_not_read(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, [Row(key="k")])
    manifest.write_text(manifest.read_text().replace("logs", "loot"))

    with pytest.raises(BadInput, match=r"does not match manifest\.checksum"):
        summary_of(manifest)


def test_a_manifest_without_its_checksum_is_read_and_that_is_said(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, [Row(key="k")])
    manifest.with_name("manifest.checksum").unlink()

    assert "there is no manifest.checksum" in str(summary_of(manifest).notes[0])


def test_a_file_that_changes_while_it_is_read_leaves_no_sum(tmp_path: Path) -> None:
    report = Report(tmp_path)
    path = report.add([Row(key="k")])

    with open_local_inventory(report.finish(), ReadSettings()) as evidence:
        path.write_bytes(path.read_bytes())
        with pytest.raises(S3kmsError, match="was modified while it was being read"):
            summarize(evidence)


@pytest.mark.parametrize("key", ["../../secret.csv.gz", "/etc/passwd", "data/../../x", "data/"])
def test_a_key_that_leads_elsewhere_is_refused(tmp_path: Path, key: str) -> None:
    report = Report(tmp_path)
    report.add([Row(key="k")])
    report.files[0]["key"] = key

    with pytest.raises(BadInput, match="which is not the key of a data file"):
        summary_of(report.finish())


def test_two_data_files_of_one_name_are_not_both_read_from_one_file(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.add([Row(key="k")])
    report.files.append({**report.files[0], "key": "elsewhere/" + report.files[0]["key"]})

    with pytest.raises(BadInput, match="have the same name"):
        summary_of(report.finish())


def test_a_data_file_that_is_named_twice_is_not_counted_twice(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report.add([Row(key="k")])
    report.files.append(report.files[0])

    with pytest.raises(BadInput, match="twice"):
        summary_of(report.finish())


def test_data_files_are_found_beside_the_manifest(tmp_path: Path) -> None:
    report = Report(tmp_path / "bucket")
    path = report.add([Row(key="k")])
    manifest = report.finish()
    flat = tmp_path / "it's [a] *folder=1*"
    flat.mkdir()
    for file in (path, manifest):
        (flat / file.name).write_bytes(file.read_bytes())

    assert summary_of(flat).total.objects == 1


def test_rows_of_another_bucket_are_not_counted(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has rows of bucket 'other'"):
        summary_of(write_report(tmp_path, [Row(key="k", bucket="other")]))


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ("{", "is not JSON"),
        ("[]", "is not the manifest of an inventory report"),
        ("{}", "sourceBucket"),
        ({"version": "2027-01-01"}, "of version '2027-01-01'"),
        ({"fileFormat": "Avro"}, "fileFormat"),
        ({"fileSchema": "Size, Key"}, "has no column Bucket"),
        ({"fileSchema": "Bucket, Key, Key"}, "has duplicate columns"),
        ({"fileSchema": "Bucket, Key"}, "does not match its manifest"),
        ({"files": [{"key": "x", "size": 1, "MD5checksum": "nonsense"}]}, "MD5checksum"),
        ({"creationTimestamp": "soon"}, "creationTimestamp"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_told_in_a_sentence(
    tmp_path: Path, document: Any, what: str
) -> None:
    report = Report(tmp_path)
    report.add([Row(key="k")])
    text = document if isinstance(document, str) else json.dumps({**report.document(), **document})
    report.manifest.parent.mkdir(parents=True, exist_ok=True)
    report.manifest.write_text(text)

    with pytest.raises(BadInput, match=what):
        summary_of(report.manifest)


@pytest.mark.parametrize("bad", [0, 1])
@pytest.mark.parametrize("form", FORMS)
def test_a_data_file_of_another_form_is_told_in_a_sentence(tmp_path: Path, form: str, bad: int) -> None:
    report = Report(tmp_path, form)
    path = [report.add([Row(key="k")]), report.add([Row(key="l")])][bad]
    path.write_bytes(b"not at all\n" * 100)
    size, md5 = path.stat().st_size, hashlib.md5(path.read_bytes()).hexdigest()
    report.files[bad] |= {"size": size, "MD5checksum": md5}

    with pytest.raises(S3kmsError, match="inventory") as caught:
        summary_of(report.finish())
    assert "s3kms-objects-" not in str(caught.value)


def changed_csv(folder: Path, change: Callable[[bytes], bytes], count: int = 3) -> Path:
    """The manifest of a report whose one data file was changed before it was signed."""
    report = Report(folder)
    path = report.add([Row(key=f"k{number}") for number in range(count)])
    data = change(path.read_bytes())
    path.write_bytes(data)
    report.files[0] |= {"size": len(data), "MD5checksum": hashlib.md5(data).hexdigest()}
    return report.finish()


def text_replaced(before: bytes, after: bytes) -> Callable[[bytes], bytes]:
    return lambda data: gzip.compress(gzip.decompress(data).replace(before, after, 1))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (text_replaced(b'"k1"', b'"%FF"'), "a key that is not UTF-8.*%FF"),
        (text_replaced(b"STANDARD", b"\xff\xfe"), "Line: 1"),
        (text_replaced(b',"DISABLED"', b""), "Line: 1"),
        (text_replaced(b'"DISABLED"\n', b'"DISABLED\n'), "Line: 1"),
        (text_replaced(b'"100"', b'"99999999999999999999999"'), "99999999999999999999999"),
        (text_replaced(b'"true"', b'"perhaps"'), "perhaps"),
        (text_replaced(b'"k1"', b'""'), "a row without a key"),
        (text_replaced(b'"100"', b'"-1000"'), "has negative sizes"),
        (text_replaced(b"2026-11-01", b"2026-13-01"), "2026-13-01"),
        (lambda data: data[:-8], "Unexpected end"),
        (lambda data: data + b"more than that", "GZIP stream"),
        (gzip.decompress, "not a GZIP stream"),
    ],
)
def test_a_row_that_makes_no_sense_is_told_in_a_sentence(
    tmp_path: Path, change: Callable[[bytes], bytes], sentence: str
) -> None:
    with pytest.raises(S3kmsError, match=sentence) as caught:
        summary_of(changed_csv(tmp_path, change))
    assert str(caught.value).isprintable()
    assert "Possible fixes" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"".join(gzip.compress(line + b"\n") for line in gzip.decompress(data).splitlines()),
        lambda data: gzip.compress(gzip.decompress(data).replace(b"\n", b"\r\n")),
        lambda data: gzip.compress(gzip.decompress(data).rstrip(b"\n")),
    ],
    ids=["many members", "CRLF", "no newline at the end"],
)
def test_every_row_counts_however_the_file_is_written(
    tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    assert summary_of(changed_csv(tmp_path, change, 500)).total.objects == 500


@pytest.mark.parametrize(
    ("form", "absent", "extra"), [("CSV", "duckdb", "objects"), ("ORC", "pyarrow", "orc")]
)
def test_an_extra_that_is_not_installed_is_named(tmp_path: Path, form: str, absent: str, extra: str) -> None:
    manifest = write_report(tmp_path, [Row(key="k")], form=form)
    code = f"import sys; sys.modules[{absent!r}] = None; from s3kms.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "objects", "--from", str(manifest)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert "which is not installed" in done.stderr
    assert f"pip install 's3kms[{extra}]'" in done.stderr
