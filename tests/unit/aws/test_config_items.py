"""Rows of AWS Config: whatever they say, there is a bucket or a reason."""

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from s3kms.aws.config_aggregator import MAX_QUERY_CHARACTERS, bucket_query
from s3kms.aws.config_items import ConfigItem, read_item
from s3kms.model.encryption import Encryption
from s3kms.model.errors import BadInput
from s3kms.model.targets import find_aggregator
from s3kms.model.unknown import Unknown

WORDS = st.sampled_from([
    "rules", "supplementaryConfiguration", "ServerSideEncryptionConfiguration", "applyServerSideEncryptionByDefault",
    "sseAlgorithm", "kmsMasterKeyID", "bucketKeyEnabled", "resourceName", "tags", "key", "value", "AES256", "true",
    "logs", "configurationItemCaptureTime", "2026-01-01T00:00:00.000Z", "",
])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4) | inner.map(json.dumps)
    ),
    max_leaves=12,
)


def is_told(item: ConfigItem | Unknown) -> bool:
    """Whether a row came to something that a person can use."""
    if isinstance(item, Unknown):
        return bool(item.why and item.advice)
    known = isinstance(item.encryption, Encryption) and bool(item.encryption.algorithm)
    return known or (isinstance(item.encryption, Unknown) and bool(item.encryption.advice))


@given(st.text() | JSON.map(json.dumps))
def test_no_text_makes_a_row_fail(text: str) -> None:
    assert is_told(read_item(text))


@given(JSON)
def test_no_value_makes_the_encryption_fail(value: Any) -> None:
    row = {"resourceName": "logs", "supplementaryConfiguration": {"ServerSideEncryptionConfiguration": value}}

    assert is_told(read_item(json.dumps(row)))


@given(JSON)
def test_no_value_makes_a_rule_fail(value: Any) -> None:
    inside = {"rules": [{"applyServerSideEncryptionByDefault": value, "bucketKeyEnabled": value}]}
    row = {
        "resourceName": "logs",
        "supplementaryConfiguration": {"ServerSideEncryptionConfiguration": inside},
    }

    assert is_told(read_item(json.dumps({**row, "tags": value, "configurationItemCaptureTime": value})))


@given(
    st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz-0123456789", min_size=9, max_size=20), max_size=400)
)
def test_no_list_of_regions_makes_the_query_too_long(regions: list[str]) -> None:
    assert len(bucket_query(regions, tags=True)) <= MAX_QUERY_CHARACTERS


@given(st.lists(st.text().map(lambda text: f"config://{text}") | st.text(), max_size=3))
def test_any_texts_are_an_aggregator_or_none_or_a_clear_refusal(texts: list[str]) -> None:
    with contextlib.suppress(BadInput):
        found = find_aggregator(texts)
        assert (found is None) == (not any(text.startswith("config://") for text in texts))


def test_the_same_aggregator_twice_is_one() -> None:
    found = find_aggregator(["config://org", "config://org"])

    assert str(found) == "config://org"
