"""An option of a fix is one field: the journal, "does not apply to code" and the permissions follow from it."""

from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from s3kms.changes.request import FixRequest, VerifyRequest
from s3kms.changes.requirement import requirement_for
from s3kms.desired.configuration import DesiredState
from s3kms.model.encryption import DSSE_KMS, SSE_KMS
from s3kms.model.errors import BadInput
from s3kms.model.operations import PROBE_OPERATIONS, Operation
from s3kms.model.request_fields import CODE_ONLY, LIVE_ONLY, operations_of, request_field, roles_of
from s3kms.model.targets import CodeTarget, parse_target

NEW_CALL = Operation("s3", "GetBucketLogging", "s3:GetBucketLogging")
CODE = CodeTarget((Path("infra"),))


@dataclass(frozen=True, slots=True, kw_only=True)
class LargerRequest(FixRequest):
    """With one option more of each sort."""

    only_logged: bool = request_field(
        False,
        applies_to=LIVE_ONLY,
        is_journalled=True,
        operations=lambda value: frozenset({NEW_CALL}) if value else frozenset(),
    )
    code_style: str | None = request_field(None, applies_to=CODE_ONLY)


def test_every_option_has_a_role() -> None:
    assert {name for name, _, _ in roles_of(FixRequest())} == {one.name for one in fields(FixRequest)}
    assert {name for name, _, _ in roles_of(VerifyRequest())} == {one.name for one in fields(VerifyRequest)}


def test_a_new_option_of_live_buckets_does_not_apply_to_code() -> None:
    with pytest.raises(
        BadInput, match="only_logged is about buckets in an account, and the targets are code"
    ):
        LargerRequest(targets=CODE, only_logged=True).check()


def test_a_new_option_of_code_does_not_apply_to_live_buckets_unless_their_code_is_named() -> None:
    with pytest.raises(BadInput, match="code_style is about code"):
        LargerRequest(code_style="compact").check()

    LargerRequest(code_style="compact", iac=(Path("infra"),)).check()


def test_a_new_option_stands_in_the_journal_when_its_field_says_so() -> None:
    assert LargerRequest(only_logged=True).journalled() == {"only_logged": True}
    assert LargerRequest(code_style="compact").journalled() == {}


def test_a_new_option_brings_its_calls_into_the_policy() -> None:
    assert operations_of(LargerRequest()) == frozenset()
    assert operations_of(LargerRequest(only_logged=True)) == {NEW_CALL}


def test_a_probe_brings_its_calls_into_the_policy() -> None:
    assert operations_of(VerifyRequest(probe=True)) == PROBE_OPERATIONS


def test_the_journal_keeps_the_names_of_variables_and_never_their_values() -> None:
    request = FixRequest(targets=CODE, variables=(("password", "hunter2"),))

    assert request.journalled() == {"targets": "infra", "variables": ["password"]}


def test_what_does_not_go_together_names_the_options() -> None:
    with pytest.raises(BadInput, match="bucket_key_only keeps algorithm and key"):
        FixRequest(bucket_key_only=True, dsse=True).check()
    with pytest.raises(BadInput, match="form is about the account and iac about code"):
        FixRequest(form="cli", iac=(Path("infra"),)).check()
    with pytest.raises(BadInput, match="probe writes objects, so it needs targets"):
        VerifyRequest(probe=True).check()


STATE = DesiredState(bucket_key=True)


@pytest.mark.parametrize(
    ("is_named", "has_kms", "bucket_key"),
    [(False, False, False), (True, True, False), (True, False, False), (False, True, None)],
)
def test_no_bucket_key_takes_it_only_from_a_bucket_that_was_named(
    is_named: bool, has_kms: bool, bucket_key: bool | None
) -> None:
    found = requirement_for(FixRequest(no_bucket_key=True), STATE, is_named=is_named, has_kms=has_kms)

    assert found.bucket_key is bucket_key


@pytest.mark.parametrize(
    ("is_named", "has_kms", "algorithm"),
    [(False, True, None), (True, True, SSE_KMS), (False, False, SSE_KMS)],
)
def test_no_dsse_takes_it_only_from_a_bucket_that_was_named(
    is_named: bool, has_kms: bool, algorithm: str | None
) -> None:
    state = DesiredState(algorithm=DSSE_KMS)

    found = requirement_for(FixRequest(dsse=False), state, is_named=is_named, has_kms=has_kms)

    assert found.algorithm == algorithm


def test_a_key_is_for_a_bucket_that_has_another_only_where_it_was_named() -> None:
    request = FixRequest(key="alias/logs", targets=(parse_target("s3://ledger"),))

    assert request.is_named("ledger")
    assert not request.is_named("logs")
    assert requirement_for(request, STATE, is_named=True, has_kms=True).rekey
    assert not requirement_for(request, STATE, is_named=False, has_kms=True).rekey
