"""The page of the objects of a bucket: bars by encryption, the first offenders, and hostile keys."""

import re
from datetime import UTC, datetime

import pytest
from tests.support.hostile import ATTACKS, hostile_objects
from tests.support.pages import Page

from s3kms.model.object_summary import (
    CountInterval,
    Dimension,
    EvidenceCoverage,
    Group,
    KeyStanding,
    ObjectSummary,
    SampleFrame,
    Tally,
)
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.reports.html.objects import render
from s3kms.reports.interface import ReportStyle

OFFENDER = ObjectVersion(
    "logs",
    "2019/a.parquet",
    "v1",
    True,
    size=2048,
    encryption=ObjectEncryption.SSE_S3,
    storage_class="GLACIER",
)


def summary(offenders: int, sample: SampleFrame | None = None) -> ObjectSummary:
    empty: dict[Dimension, tuple[Group, ...]] = dict.fromkeys(Dimension, ())
    found = Group(
        "SSE-S3", Tally(offenders, 10), Tally(offenders, 10), CountInterval(5, 9) if sample else None
    )
    rest = Group("SSE-KMS", Tally(3, 30))
    coverage = EvidenceCoverage(
        "a listing", False, bucket="logs", as_of=datetime(2026, 11, 20, tzinfo=UTC), sample=sample
    )
    standings = dict.fromkeys(KeyStanding, Tally()) | {
        KeyStanding.OFFENDER: Tally(offenders, 10),
        KeyStanding.WANTED: Tally(3, 30),
    }
    groups = {**empty, Dimension.ENCRYPTION: (found, rest) if offenders else (rest,)}
    return ObjectSummary(
        coverage,
        None,
        Tally(offenders + 3, 40),
        0,
        standings,
        groups,
        offenders=(OFFENDER,) if offenders else (),
    )


def page(of: ObjectSummary) -> Page:
    return Page("".join(render(of, ReportStyle())))


def test_the_headline_counts_what_is_under_no_kms_key() -> None:
    assert "1 of 4 objects is not encrypted with a KMS key." in page(summary(1)).text
    assert "None of the 3 objects is without a KMS key." in page(summary(0)).text


def test_a_bar_says_in_words_what_it_shows() -> None:
    made = page(summary(7))

    labels = [a["aria-label"] for tag, a in made.elements if tag == "svg" and "aria-label" in a]
    assert "7 of 7 not encrypted with a KMS key" in labels
    assert "0 of 3 not encrypted with a KMS key" in labels


def test_an_offender_is_a_row_with_its_version_class_and_size() -> None:
    cells = page(summary(1)).cells()

    assert (cells["object"], cells["version"], cells["storage"], cells["size"]) == (
        "2019/a.parquet",
        "v1",
        "GLACIER",
        "2.0 KiB",
    )


def test_of_a_sample_it_says_so_and_what_it_says_of_all() -> None:
    sample = SampleFrame(Tally(100, 1000), 0, 10, 7, is_whole=True)
    made = page(summary(7, sample))

    assert "7 of 10 objects that were read are not encrypted with a KMS key." in made.text
    assert "5 to 9 in total" in made.text
    assert "seed 7" in made.text


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_no_key_makes_an_element(text: str) -> None:
    made = page(hostile_objects(text))
    plain = page(hostile_objects("plain"))

    assert made.tags == plain.tags
    assert not re.search("[\u202e\u2066\x00\x1b\u2028]", made.text)
