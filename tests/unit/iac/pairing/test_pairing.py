"""Live buckets paired with the code that declares them, and where the two disagree."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.terraform_json import bucket as entry
from tests.support.terraform_json import plan, state_file

from s3kms.iac.code_source import CodeSource
from s3kms.iac.interface import DeclarationOrigin
from s3kms.iac.pairing.annotation import DeclarationAnnotator
from s3kms.iac.pairing.declarations import (
    LOGICAL_ID_TAG,
    STACK_NAME_TAG,
    AmbiguousPairing,
    DeclarationIndex,
    DeclaredBucket,
    Pairing,
    pair_buckets,
    read_declarations,
)
from s3kms.iac.pairing.drift import differs_from_code, would_lose_kms
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind, BucketOutcome
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.keys import DeclaredKey
from s3kms.model.place import Place
from s3kms.model.suppressions import Suppression
from s3kms.model.unknown import Unknown, UnknownCause

KMS, S3, NOTHING = Encryption(SSE_KMS), Encryption(SSE_S3), Encryption(None)
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = "arn:aws:kms:eu-central-1:111122223333:key/0000abcd-12ab-34cd-56ef-1234567890ab"
UNTOLD = Unknown(UnknownCause.NOT_READ, "var.x has no value", Advice("--var x=…"))
ADDRESS = "aws_s3_bucket.b"


def live(name: str = "ledger", encryption: Encryption | Unknown = KMS, **tags: str) -> Bucket:
    arn = f"arn:aws:s3:::{name}"
    named = {STACK_NAME_TAG: tags.get("stack"), LOGICAL_ID_TAG: tags.get("logical_id")}
    told: Mapping[str, str] = {key: value for key, value in named.items() if value is not None}
    return Bucket(
        name, "111122223333", "eu-central-1", arn, places=(Place(arn),), encryption=encryption, tags=told
    )


def declared(
    origin: DeclarationOrigin,
    file: str,
    address: str = ADDRESS,
    name: str | None = None,
    encryption: Encryption | Unknown = KMS,
) -> DeclaredBucket:
    uri = f"{file}/main.tf" if origin is DeclarationOrigin.CODE else file
    bucket = Bucket(name, resource=address, places=(Place(uri, 12, 1),), encryption=encryption)
    return DeclaredBucket(
        bucket, origin, Path(file), Path(file) if origin is DeclarationOrigin.CODE else Path(file).parent
    )


CODE = declared(DeclarationOrigin.CODE, "infra")
NAMED = declared(DeclarationOrigin.CODE, "infra", name="ledger")
STATE = declared(DeclarationOrigin.STATE, "infra/terraform.tfstate", name="ledger")
PLAN = declared(DeclarationOrigin.PLAN, "infra/plan.json", name="ledger")
LOGS = declared(DeclarationOrigin.TEMPLATE, "logs.yaml", "Logs")


def of(bucket: Bucket, *code: DeclaredBucket) -> DeclaredBucket | AmbiguousPairing | None:
    tie = DeclarationIndex(code).of(bucket)
    return tie.declared if isinstance(tie, Pairing) else tie


def test_a_name_in_code_ties() -> None:
    assert of(live(), NAMED) is NAMED


def test_a_name_that_is_not_in_code_does_not_tie() -> None:
    assert of(live("other"), NAMED, CODE) is None


def test_a_state_leads_to_the_code_of_its_address() -> None:
    assert of(live(), STATE, CODE) is CODE


def test_a_state_elsewhere_leads_to_the_only_code_of_its_address() -> None:
    assert of(live(), declared(DeclarationOrigin.STATE, "state.json", name="ledger"), CODE) is CODE


def test_a_state_leads_to_the_code_of_its_own_folder() -> None:
    assert of(live(), STATE, declared(DeclarationOrigin.CODE, "other"), CODE) is CODE


def test_a_state_does_not_choose_between_two_folders() -> None:
    far = declared(DeclarationOrigin.STATE, "state.json", name="ledger")

    assert of(live(), far, declared(DeclarationOrigin.CODE, "other"), CODE) is far


def test_a_state_alone_declares() -> None:
    assert of(live(), STATE) is STATE


def test_a_plan_knows_the_name_that_code_computes() -> None:
    assert of(live(), PLAN, CODE) is CODE


def test_code_plan_and_state_of_one_resource_are_one() -> None:
    ties = DeclarationIndex([STATE, PLAN, NAMED])

    assert ties.declared == [NAMED]
    assert of(live(), STATE, PLAN, NAMED) is NAMED


def test_the_same_file_named_twice_is_one() -> None:
    assert of(live(), NAMED, declared(DeclarationOrigin.CODE, "infra", name="ledger")) == NAMED


def test_two_resources_of_one_name_are_unclear() -> None:
    other = declared(DeclarationOrigin.CODE, "other", name="ledger")

    assert of(live(), NAMED, other) == AmbiguousPairing((NAMED, other))


def test_a_state_decides_between_two_resources_of_one_name() -> None:
    assert of(live(), declared(DeclarationOrigin.CODE, "other", name="ledger"), NAMED, STATE) is NAMED


def test_tags_tie_to_a_template() -> None:
    tie = DeclarationIndex([LOGS]).of(live(stack="prod", logical_id="Logs"))

    assert isinstance(tie, Pairing)
    assert (tie.declared, tie.is_sure) == (LOGS, False)


def test_the_file_of_a_cdk_stack_is_sure() -> None:
    ours = declared(DeclarationOrigin.TEMPLATE, "cdk.out/prod.template.json", "Logs")
    tie = DeclarationIndex([LOGS, ours]).of(live(stack="prod", logical_id="Logs"))

    assert isinstance(tie, Pairing)
    assert (tie.declared, tie.is_sure) == (ours, True)


def test_two_templates_with_one_logical_id_are_unclear() -> None:
    other = declared(DeclarationOrigin.TEMPLATE, "other.yaml", "Logs")

    assert of(live(stack="prod", logical_id="Logs"), LOGS, other) == AmbiguousPairing((LOGS, other))


def test_a_template_that_names_another_bucket_is_not_it() -> None:
    assert (
        of(live(stack="prod", logical_id="Logs"), declared(DeclarationOrigin.TEMPLATE, "l.yaml", "Logs", "x"))
        is None
    )


def test_a_directory_bucket_is_not_a_general_purpose_one() -> None:
    directory = replace(LOGS, bucket=replace(LOGS.bucket, kind=BucketKind.DIRECTORY))

    assert of(live(stack="prod", logical_id="Logs"), directory) is None


def test_tags_that_could_not_be_read_tie_nothing() -> None:
    assert of(replace(live(), tags=UNTOLD), LOGS) is None


def test_an_address_of_terraform_is_no_logical_id() -> None:
    assert of(live(stack="prod", logical_id=ADDRESS), CODE) is None


def test_a_fix_is_told_whose_code_there_is() -> None:
    bare, twice = live("bare"), live("twice")
    found = pair_buckets(
        [live(), bare, twice],
        DeclarationIndex(
            [NAMED, *(declared(DeclarationOrigin.CODE, folder, name="twice") for folder in "xy")]
        ),
    )

    assert [bucket.name for bucket, _ in found.tied] == ["ledger"]
    assert [bucket.name for bucket, _ in found.unclear] == ["twice"]
    assert found.untied == (bare,)
    assert found.holds(replace(NAMED.bucket, encryption=S3))
    assert not found.holds(declared(DeclarationOrigin.CODE, "x", name="twice").bucket)


def kms(key: str | None = None, *, bucket_key: bool | None = None) -> Encryption:
    return Encryption(SSE_KMS, key, bucket_key)


DIFFERENCES = [
    (KMS, KMS, False),
    (KMS, S3, True),
    (S3, NOTHING, False),
    (KMS, NOTHING, True),
    (Encryption(DSSE_KMS), KMS, True),
    (kms(KEY), kms(KEY), False),
    (kms(KEY), kms(KEY.rpartition("/")[2]), False),
    (kms(KEY), kms(OTHER_KEY), True),
    (kms(KEY), kms("alias/data"), False),
    (kms("alias/logs"), kms("alias/data"), True),
    (kms(KEY.replace("eu-", "us-")), kms(KEY), True),
    (kms(), kms("alias/aws/s3"), False),
    (kms(), kms(KEY), True),
    (kms(KEY), kms(), True),
    (kms(KEY), kms("!GetAtt Key.Arn"), False),
    (kms(bucket_key=True), kms(bucket_key=True), False),
    (kms(bucket_key=True), kms(), True),
    (Encryption(SSE_S3, bucket_key=True), S3, False),
    (Encryption(SSE_S3, blocked=("SSE-C",)), S3, False),
    (Encryption(SSE_S3, blocked=("SSE-C",)), Encryption(SSE_S3, blocked=("NONE",)), True),
    (UNTOLD, KMS, False),
    (KMS, UNTOLD, False),
]


@pytest.mark.parametrize(("now", "then", "expected"), DIFFERENCES)
def test_what_is_not_the_same_default_differs(
    now: Encryption | Unknown, then: Encryption | Unknown, expected: bool
) -> None:
    assert differs_from_code(live(encryption=now), Bucket("ledger", encryption=then)) is expected


def test_a_key_that_the_code_declares_is_not_aws_s3() -> None:
    code = Bucket("ledger", encryption=kms("aws_kms_key.k"), key=DeclaredKey("aws_kms_key.k"))

    assert differs_from_code(live(encryption=kms()), code)
    assert not differs_from_code(live(encryption=kms(KEY)), code)


def test_a_bucket_that_is_in_one_of_the_ways_of_its_code_does_not_differ() -> None:
    ways = (BucketOutcome("IsProd is true", KMS, None, ()), BucketOutcome("IsProd is false", S3, None, ()))
    code = Bucket("ledger", encryption=KMS, outcomes=ways)

    assert not differs_from_code(live(encryption=S3), code)
    assert differs_from_code(live(encryption=Encryption(DSSE_KMS)), code)
    assert not would_lose_kms(live(encryption=Encryption(DSSE_KMS)), code)


def followed(
    *buckets: Bucket, code: tuple[DeclaredBucket, ...], is_whole: bool = True
) -> tuple[list[Bucket], list[str]]:
    annotator = DeclarationAnnotator(DeclarationIndex(code))
    found = [annotator.annotate(one) for one in buckets]
    return found, list(map(str, annotator.notes(is_whole=is_whole)))


def test_a_tied_bucket_has_the_address_and_both_places() -> None:
    [found], notes = followed(live(), code=(NAMED,))

    assert found.resource == ADDRESS
    assert found.places == (Place("arn:aws:s3:::ledger"), Place("infra/main.tf", 12, 1))
    assert found.caveat is None
    assert notes == []


def test_a_bucket_that_its_code_would_undo_says_so() -> None:
    [found], notes = followed(
        live(encryption=KMS), code=(declared(DeclarationOrigin.CODE, "infra", name="ledger", encryption=S3),)
    )

    assert found.caveat == (
        "the code (infra/main.tf:12, aws_s3_bucket.b) sets SSE-S3, the live bucket has "
        "SSE-KMS, aws/s3, bucket key off: an apply restores what is written there"
    )
    assert notes == [
        "1 bucket differs from its code: ledger (infra/main.tf:12)",
        "1 bucket has SSE-KMS that its code does not set, and may lose it when the code is applied: "
        "ledger (infra/main.tf:12)",
    ]


def test_a_bucket_whose_code_is_ahead_loses_nothing() -> None:
    _, notes = followed(live(encryption=S3), code=(NAMED,))

    assert notes == ["1 bucket differs from its code: ledger (infra/main.tf:12)"]


def test_code_that_does_not_tell_is_not_compared() -> None:
    [found], notes = followed(
        live(), code=(declared(DeclarationOrigin.CODE, "infra", name="ledger", encryption=UNTOLD),)
    )

    assert found.resource == ADDRESS
    assert notes == [
        "1 bucket was not compared: its code leaves the default encryption open: ledger (infra/main.tf:12)"
    ]


def test_what_code_does_not_declare_is_counted_and_the_first_are_named() -> None:
    found, notes = followed(*(live(f"bare-{n}") for n in range(5)), code=(NAMED,))

    assert {bucket.resource for bucket in found} == {None}
    assert notes == [
        "5 buckets are not declared in the named code: bare-0, bare-1, bare-2 and 2 more",
        "1 bucket is declared and was not found live: aws_s3_bucket.b (infra/main.tf:12)",
    ]


def test_what_was_not_looked_for_is_not_called_missing() -> None:
    _, notes = followed(code=(NAMED,), is_whole=False)

    assert notes == []


def test_code_that_computes_its_name_wants_a_state() -> None:
    _, notes = followed(code=(CODE,))

    assert notes == [
        "1 bucket is declared without a fixed name (name the Terraform state, too, to find it): "
        "aws_s3_bucket.b (infra/main.tf:12)"
    ]


def test_a_file_that_cannot_be_read_is_told() -> None:
    broken = DeclaredBucket(
        Bucket(None, encryption=UNTOLD), DeclarationOrigin.TEMPLATE, Path("broken.yaml"), Path()
    )

    assert followed(code=(broken,))[1] == ["what broken.yaml declares is not known: var.x has no value"]


def test_an_unclear_bucket_says_where_it_is_declared() -> None:
    other = declared(DeclarationOrigin.CODE, "other", name="ledger")
    [found], _ = followed(live(), code=(NAMED, other))

    assert found.resource is None
    assert found.caveat == (
        "it is declared in 2 places of the code, infra/main.tf:12 and other/main.tf:12; "
        "which one is its own is not known"
    )


def test_tags_that_could_not_be_read_are_noted_where_there_are_templates() -> None:
    _, notes = followed(replace(live(), tags=UNTOLD), code=(LOGS,), is_whole=False)

    assert notes[-1].startswith("the tags of 1 bucket of those could not be read")


origins = st.sampled_from(list(DeclarationOrigin))
names = st.sampled_from([None, "a", "b", "ledger"])
anything = st.builds(
    declared, origins, st.sampled_from(["x", "y/z"]), st.sampled_from([ADDRESS, "Logs"]), names
)


@given(code=st.lists(anything, max_size=8), name=st.sampled_from(["a", "b", "ledger", "other"]))
def test_whoever_is_tied_could_be_the_bucket(code: list[DeclaredBucket], name: str) -> None:
    tie = DeclarationIndex(code).of(live(name, stack="x", logical_id="Logs"))

    if isinstance(tie, Pairing):
        assert tie.declared in code
        assert tie.declared.bucket.name in {None, name}


def test_a_bucket_of_a_nested_stack_has_the_last_part_as_its_logical_id() -> None:
    nested = declared(DeclarationOrigin.TEMPLATE, "root.yaml", "Storage.Logs")

    assert of(live(stack="root-Storage-1ABC", logical_id="Logs"), nested) is nested


def test_what_is_exempt_beside_its_code_is_exempt_live_where_that_is_sure() -> None:
    skip = Suppression("s3_bucket_kms_encryption", "a test", None, Place("infra/main.tf", 11, 1))
    code = replace(NAMED, bucket=replace(NAMED.bucket, suppressions=(skip,)))

    assert followed(live(), code=(code,))[0][0].suppressions == (skip,)
    unsure = replace(LOGS, bucket=replace(LOGS.bucket, suppressions=(skip,)))
    assert followed(live(stack="prod", logical_id="Logs"), code=(unsure,))[0][0].suppressions == ()


def test_a_folder_of_terraform_and_its_state_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text(json.dumps(state_file(entry("aws_s3_bucket.b", "ledger"))))
    (tmp_path / "plan.json").write_text(json.dumps(plan(entry("aws_s3_bucket.b", "ledger"))))
    (tmp_path / "t.yaml").write_text(
        "AWSTemplateFormatVersion: 1\nResources: {B: {Type: 'AWS::S3::Bucket'}}\n"
    )
    source = CodeSource((tmp_path,))

    found = {one.file.name: one.origin for one in read_declarations(source.units(), source.context)}

    assert found == {
        "terraform.tfstate": DeclarationOrigin.STATE,
        "plan.json": DeclarationOrigin.PLAN,
        "t.yaml": DeclarationOrigin.TEMPLATE,
    }
