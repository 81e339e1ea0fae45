"""The nouns: targets, keys, encryption."""

import contextlib
import re
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.errors import BadInput
from s3kms.model.exits import Exit
from s3kms.model.findings import Summary, Verdict
from s3kms.model.keys import (
    KeyFact,
    KeyForm,
    KeyReference,
    MissingKey,
    OtherServiceKey,
    UnusedAwsManagedKey,
    fact_of_text,
    problem_of_reference,
)
from s3kms.model.targets import Target, parse_target

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:eu-central-1:111122223333:key/{ID}"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (None, KeyForm.AWS_MANAGED),
        ("", KeyForm.AWS_MANAGED),
        ("alias/aws/s3", KeyForm.AWS_MANAGED),
        ("arn:aws-cn:kms:cn-north-1:999999999999:alias/aws/s3", KeyForm.AWS_MANAGED),
        ("alias/aws/ebs", KeyForm.OTHER_SERVICE),
        ("alias/aws/s3-like", KeyForm.OTHER_SERVICE),
        ("arn:aws:kms:eu-central-1:111122223333:alias/aws/ebs", KeyForm.OTHER_SERVICE),
        ("aws/s3", KeyForm.MALFORMED),
        ("alias/AWS/s3", KeyForm.ALIAS),
        (" alias/aws/s3", KeyForm.MALFORMED),
        ("alias/aws/s3\n", KeyForm.MALFORMED),
        ("arn:aws:kms:eu-central-1:111122223333:alias/aws/s3", KeyForm.AWS_MANAGED),
        (ID, KeyForm.ID),
        ("mrk-" + "0" * 32, KeyForm.ID),
        (ARN, KeyForm.ARN),
        ("arn:aws:kms:eu-central-1:111122223333:key/mrk-" + "0f" * 16, KeyForm.ARN),
        ("mrk-" + "0" * 31, KeyForm.MALFORMED),
        ("key/" + ID, KeyForm.MALFORMED),
        (ARN.replace("arn:aws:", "arn:aws-us-gov:"), KeyForm.ARN),
        (ARN.replace("arn:aws:", "arn:aws-eusc:"), KeyForm.ARN),
        ("alias/data", KeyForm.ALIAS),
        ("arn:aws:kms:eu-central-1:111122223333:alias/data", KeyForm.ALIAS_ARN),
        ("my key", KeyForm.MALFORMED),
        ("arn:aws:kms:eu-central-1:1:key/x", KeyForm.MALFORMED),
    ],
)
def test_every_form_of_a_key_reference_is_recognized(text: str | None, form: KeyForm) -> None:
    assert KeyReference.parse(text).form is form


def test_in_an_option_the_words_aws_s3_are_the_aws_managed_key() -> None:
    assert KeyReference.named("aws/s3").form is KeyForm.AWS_MANAGED
    assert KeyReference.named("aws/ebs").form is KeyForm.MALFORMED


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (None, UnusedAwsManagedKey()),
        ("alias/aws/s3", UnusedAwsManagedKey()),
        ("alias/aws/ebs", OtherServiceKey("alias/aws/ebs")),
        ("arn:aws:kms:us-east-1:111122223333:alias/aws/ebs", OtherServiceKey("alias/aws/ebs")),
        ("alias/data", None),
        (ARN, None),
        ("{{resolve:ssm:/data/key}}", None),
        ("${DATA_KEY}", None),
    ],
)
def test_the_text_of_a_reference_tells_what_only_kms_could_otherwise(
    text: str | None, fact: KeyFact | None
) -> None:
    assert fact_of_text(text) == fact


@pytest.mark.parametrize(
    "text", ["aws/s3", "qwertzuiop", "AWS/S3", "my key", "arn:aws:kms:eu-central-1:1:key/x"]
)
def test_a_text_that_no_key_can_have_names_a_missing_key(text: str) -> None:
    found = fact_of_text(text)

    assert isinstance(found, MissingKey)
    assert repr(text) in found.why
    assert ("alias/aws/s3" in found.remedy) == (text.lower() == "aws/s3")


@pytest.mark.parametrize(
    ("text", "account", "region", "why"),
    [
        (ARN, None, "eu-west-1", "the key is in eu-central-1, the bucket in eu-west-1"),
        (ARN, "999999999999", "eu-central-1", None),
        (ARN, None, None, None),
        (ID, "999999999999", "eu-west-1", None),
        (ARN.replace(ID, "mrk-" + "0" * 32), None, "eu-west-1", "the key is in eu-central-1"),
        ("arn:aws:kms:eu-central-1:111122223333:alias/data", None, "eu-west-1", "the key is in eu-central-1"),
        (
            "arn:aws:kms:eu-central-1:111122223333:alias/aws/s3",
            "999999999999",
            None,
            "no other account can use",
        ),
        ("arn:aws:kms:eu-central-1:111122223333:alias/aws/s3", None, "eu-central-1", None),
        ("alias/aws/s3", "999999999999", "eu-west-1", None),
        ("alias/aws/ebs", None, None, "lets only ebs use it"),
    ],
)
def test_the_name_of_a_key_shows_that_s3_cannot_use_it_there(
    text: str, account: str | None, region: str | None, why: str | None
) -> None:
    problem = problem_of_reference(KeyReference.parse(text), account, region)

    assert (problem is None) == (why is None)
    assert problem is None or (why or "") in problem[0]


@given(st.text())
@example("aws/s3")
@example("alias/")
@example("arn:aws:kms:::alias/aws/s3")
def test_only_no_id_and_the_alias_of_s3_are_the_aws_managed_key(text: str) -> None:
    is_managed = KeyReference.parse(text).form is KeyForm.AWS_MANAGED

    assert is_managed == (
        not text or re.fullmatch(r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:)?alias/aws/s3", text) is not None
    )


_NAMES = st.text("abcXYZ0189/_-", min_size=1, max_size=30)


@given(
    _NAMES,
    st.sampled_from(
        ["", "arn:aws:kms:eu-central-1:111122223333:", "arn:aws-cn:kms:cn-north-1:111122223333:"]
    ),
)
@example("aws/ebs", "")
@example("aws/s3", "arn:aws-cn:kms:cn-north-1:111122223333:")
@example("aws", "")
def test_an_alias_tells_by_its_prefix_whose_key_it_means(name: str, prefix: str) -> None:
    found = KeyReference.parse(f"{prefix}alias/{name}")

    assert found.alias == f"alias/{name}"
    assert (found.form in {KeyForm.ALIAS, KeyForm.ALIAS_ARN}) == (not name.startswith("aws/"))


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
