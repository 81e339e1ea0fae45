"""The nouns: targets, keys, encryption."""

import contextlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.errors import BadInput
from s3kms.model.exits import Exit
from s3kms.model.findings import Summary, Verdict
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.targets import Target, parse_target

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:eu-central-1:111122223333:key/{ID}"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (None, KeyForm.AWS_MANAGED),
        ("aws/s3", KeyForm.AWS_MANAGED),
        ("alias/aws/s3", KeyForm.AWS_MANAGED),
        ("arn:aws:kms:eu-central-1:111122223333:alias/aws/s3", KeyForm.AWS_MANAGED),
        (ID, KeyForm.ID),
        ("mrk-" + "0" * 32, KeyForm.ID),
        (ARN, KeyForm.ARN),
        (ARN.replace("arn:aws:", "arn:aws-us-gov:"), KeyForm.ARN),
        ("alias/data", KeyForm.ALIAS),
        ("arn:aws:kms:eu-central-1:111122223333:alias/data", KeyForm.ALIAS_ARN),
        ("my key", KeyForm.MALFORMED),
        ("arn:aws:kms:eu-central-1:1:key/x", KeyForm.MALFORMED),
    ],
)
def test_every_form_of_a_key_reference_is_recognized(text: str | None, form: KeyForm) -> None:
    assert KeyReference.parse(text).form is form


@given(st.text())
def test_no_text_makes_a_key_reference_fail(text: str) -> None:
    assert KeyReference.parse(text).form in KeyForm


@given(st.text())
def test_any_text_is_a_target_or_a_clear_refusal(text: str) -> None:
    with contextlib.suppress(BadInput):
        assert parse_target(text).pattern


def test_a_pattern_matches_as_a_shell_does() -> None:
    assert Target("logs-*").matches("logs-eu")
    assert not Target("logs-*").matches("weblogs-eu")
    assert not Target("logs").matches("logs-eu")


def test_not_mentioned_off_and_nothing_blocked_are_one_thing_to_s3() -> None:
    assert Encryption(SSE_S3, None, False, ("NONE",)).means_the_same(Encryption(None))
    assert not Encryption(SSE_KMS).means_the_same(Encryption(SSE_KMS, bucket_key=True))
    assert not Encryption(SSE_KMS, str(uuid.UUID(int=1))).means_the_same(Encryption(SSE_KMS))


@pytest.mark.parametrize(
    ("verdicts", "missing", "exit_code"),
    [
        ({}, (), Exit.NOTHING),
        ({Verdict.PASS: 2}, (), Exit.OK),
        ({Verdict.PASS: 2, Verdict.EXEMPT: 1}, (), Exit.OK),
        ({Verdict.PASS: 2, Verdict.UNKNOWN: 1}, (), Exit.UNKNOWNS),
        ({Verdict.FAIL: 1, Verdict.UNKNOWN: 1}, (), Exit.FINDINGS),
        ({Verdict.PASS: 1}, ("typo",), Exit.UNKNOWNS),
    ],
)
def test_the_exit_code_is_the_worst_that_was_seen(
    verdicts: dict[Verdict, int], missing: tuple[str, ...], exit_code: Exit
) -> None:
    counts = dict.fromkeys(Verdict, 0) | verdicts
    assert Summary(sum(counts.values()), counts, missing=missing).exit is exit_code
