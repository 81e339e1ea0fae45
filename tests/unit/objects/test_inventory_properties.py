"""Whatever stands in a report: keys come out as they went in, and a document that makes no sense is told as that."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.inventory import Report, Row, write_report

from s3kms.model.errors import BadInput
from s3kms.objects.evidence.inventory import ReadSettings, open_local_inventory
from s3kms.objects.evidence.manifest import parse_manifest
from s3kms.objects.summary import summarize

KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
"""S3 takes any text of UTF-8; a NUL cannot be in a URL that all servers pass on."""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "sourceBucket",
    "destinationBucket",
    "version",
    "creationTimestamp",
    "fileFormat",
    "fileSchema",
    "files",
)


@pytest.mark.parametrize("form", ["CSV", "Parquet", "ORC"])
@settings(max_examples=12)
@given(keys=st.lists(KEYS, min_size=1, max_size=40, unique=True))
def test_any_key_comes_out_as_it_went_in(form: str, keys: list[str]) -> None:
    with TemporaryDirectory() as folder:
        manifest = write_report(Path(folder), [Row(key=key) for key in keys], form=form)
        with open_local_inventory(manifest, ReadSettings(threads=1)) as evidence:
            found = summarize(evidence, offenders=100)

    assert {one.key for one in found.offenders} == set(keys)
    assert sum(group.all.objects for group in found.prefixes) == len(keys)


def refusal(data: bytes) -> str:
    """What is said of a document; empty where it is a manifest."""
    try:
        parse_manifest(data, "it")
    except BadInput as error:
        return str(error)
    return ""


@settings(max_examples=300)
@given(name=st.sampled_from(FIELDS), value=VALUES)
def test_any_field_of_a_manifest_may_hold_anything(name: str, value: Any) -> None:
    document = {**Report(Path()).document(), name: value}

    assert refusal(json.dumps(document).encode()).isprintable()


@settings(max_examples=200)
@given(data=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_anything_that_is_no_manifest_is_told(data: bytes) -> None:
    said = refusal(data)

    assert said
    assert said.isprintable()
