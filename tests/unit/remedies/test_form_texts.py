"""Texts with fields: filled, they are what the forms are."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3kms.model.bucket import BucketKind
from s3kms.model.change import Change
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.unknown import NOT_READ
from s3kms.remedies.form_texts import fill, form_shape, form_texts, form_values
from s3kms.remedies.render import find_remedy

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
NAMES = st.from_regex(r"[a-z0-9][a-z0-9.-]{1,40}[a-z0-9](--x-s3)?", fullmatch=True) | st.sampled_from(
    ["s3kms-form-bucket", "a.b", "Old_Name", "000000000000", "form-field-0", "111.222"]
)
REGIONS = st.sampled_from(["eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
ENCRYPTIONS = st.builds(
    Encryption,
    algorithm=st.sampled_from([SSE_S3, SSE_KMS, DSSE_KMS]),
    key=st.sampled_from([None, KEY, "alias/data", "1234abcd-12ab-34cd-56ef-1234567890ab"]),
    bucket_key=st.sampled_from([None, True, False]),
    blocked=st.sampled_from([None, ("SSE-C",), ("NONE",)]),
)


@settings(max_examples=50)
@given(
    st.builds(
        Change,
        bucket=NAMES,
        account=st.from_regex(r"[0-9]{12}", fullmatch=True),
        region=REGIONS,
        before=ENCRYPTIONS,
        after=ENCRYPTIONS,
    )
)
def test_a_filled_text_is_the_form(change: Change) -> None:
    shape = form_shape(change)
    assert shape is not None
    values = form_values(change)
    change = replace(change, kind=shape.kind)

    for text in form_texts(shape):
        files = [file for file in find_remedy(text.name).render_files([change]).files if not file.is_spare]
        assert [(fill(name, values), fill(body, values)) for name, body in text.files] == [
            (file.name, file.text) for file in files
        ]


def change(bucket: str = "acme-logs", key: str | None = None, **parts: object) -> Change:
    before = Encryption(SSE_S3, **parts)  # type: ignore[arg-type]
    return Change(bucket, "111122223333", "eu-west-1", before, Encryption(SSE_KMS, key))


def test_changes_of_one_shape_have_one_text() -> None:
    assert form_shape(change("acme-a", KEY)) == form_shape(change("acme-b", "alias/data"))
    assert form_shape(change("acme-a", KEY)) != form_shape(change("acme-a"))


@pytest.mark.parametrize(
    "hostile",
    [
        change("$(reboot)"),
        change("a'b"),
        change(key="x${y}"),
        change(key='"'),
        change(bucket_key=NOT_READ),
        change(other_parts=("New",)),
        Change("acme", "1111", "eu-west-1", Encryption(SSE_S3), Encryption(SSE_KMS)),
        Change("acme", "111122223333", "eu west", Encryption(SSE_S3), Encryption(SSE_KMS)),
    ],
    ids=repr,
)
def test_what_would_have_to_be_quoted_or_is_not_known_has_no_text(hostile: Change) -> None:
    assert form_shape(hostile) is None


def test_a_directory_bucket_has_the_forms_that_can_change_it() -> None:
    shape = form_shape(change("acme--use1-az4--x-s3"))

    assert shape is not None
    assert shape.kind is BucketKind.DIRECTORY
    assert {text.name for text in form_texts(shape)} == {"cli", "terraform"}
