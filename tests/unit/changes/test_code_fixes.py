"""Which findings of a check the edits of a plan make pass."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from s3kms.changes.files.code_fixes import as_fix, fixes_of_plan
from s3kms.changes.files.medium import FileMedium
from s3kms.changes.files.planner import FilePlan
from s3kms.changes.request import FixRequest
from s3kms.desired.configuration import Configuration
from s3kms.iac.editing.edit_plan import EditedBuckets
from s3kms.iac.editing.patch import make_patch
from s3kms.iac.interface import Splice
from s3kms.model.bucket import Bucket
from s3kms.model.code_fixes import CodeFix, FindingKey, TextEdit
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.place import Place
from s3kms.model.skipped import Skipped, SkippedBucket
from s3kms.model.targets import CodeTarget
from s3kms.rules import find_rule
from s3kms.scan.evaluation import BucketEvaluator
from s3kms.scan.request import ScanRequest

FILE = Path("/nowhere/a.tf")
RULE = "s3_bucket_kms_encryption"
OWN_KEY = "s3_bucket_customer_managed_key"
BUCKET = Bucket(None, resource="B", places=(Place("a.tf", 1),), encryption=Encryption(SSE_S3))
MENDED = replace(BUCKET, encryption=Encryption(SSE_KMS, bucket_key=True))
FIRST, SECOND = Splice(0, 1, b"x"), Splice(1, 2, b"y")


def edited(splice: Splice[bytes], bucket: Bucket = BUCKET, after: Bucket = MENDED) -> EditedBuckets:
    return EditedBuckets((bucket,), (after,), "there", ((FILE, splice),))


def fixes(*edits: EditedBuckets, skipped: tuple[Bucket, ...] = ()) -> dict[str, CodeFix]:
    """By the rule, and the address of the bucket."""
    patch = make_patch(FILE, b"ab", [splice for one in edits for _, splice in one.splices], [])
    plan = FilePlan(
        request=FixRequest(),
        medium=FileMedium(()),
        changes=(patch,),
        edited=edits,
        skipped=tuple(SkippedBucket(bucket, Skipped("why not")) for bucket in skipped),
    )
    rules = (find_rule(RULE), find_rule(OWN_KEY))
    found = fixes_of_plan(plan, BucketEvaluator(rules, Configuration(), date(2026, 11, 26)))
    return {f"{key.rule} {key.resource}": fix for key, fix in found.items()}


def test_a_finding_that_the_edit_makes_pass_has_it_and_one_that_fails_still_has_none() -> None:
    edit = TextEdit(FILE.as_posix(), 1, 1, 1, 2, "x")

    assert fixes(edited(FIRST)) == {f"{RULE} B": CodeFix("there", (edit,))}


def test_a_finding_that_passes_without_the_edit_has_none() -> None:
    assert fixes(edited(FIRST, bucket=MENDED)) == {}


def test_findings_that_nothing_tells_apart_share_an_edit_that_is_the_same() -> None:
    assert fixes(edited(FIRST), edited(FIRST)).keys() == {f"{RULE} B"}


def test_findings_that_nothing_tells_apart_have_none_where_their_edits_differ() -> None:
    other = replace(BUCKET, resource="C")

    assert fixes(edited(FIRST), edited(SECOND)) == {}
    assert fixes(edited(FIRST), edited(SECOND, bucket=other)).keys() == {f"{RULE} B", f"{RULE} C"}


def test_findings_that_nothing_tells_apart_have_none_where_one_is_left_alone() -> None:
    assert fixes(edited(FIRST), skipped=(BUCKET,)) == {}
    assert fixes(edited(FIRST), skipped=(MENDED, replace(BUCKET, places=()))).keys() == {f"{RULE} B"}


def test_the_key_of_a_finding_is_its_rule_its_address_and_its_places() -> None:
    evaluator = BucketEvaluator((find_rule(RULE),), Configuration(), date(2026, 11, 26))
    (finding,) = evaluator.findings(BUCKET)

    assert FindingKey.of(finding) == FindingKey(RULE, "B", BUCKET.places)


def test_everything_that_is_said_of_the_code_of_a_check_is_said_of_its_fix() -> None:
    request = ScanRequest(
        targets=CodeTarget((Path("a"),)),
        variables=(("a", "b"),),
        variable_files=(Path("v"),),
        terraform_environment=(("c", "d"),),
        workspace="w",
        parameter_files=(Path("p"),),
        honor_skips=True,
        root=Path("r"),
        directory_buckets=False,
        configuration=Configuration(directory_buckets=True),
    )

    fix = as_fix(request)

    assert fix.targets == request.targets
    assert fix.code_inputs == request.code_inputs
    assert fix.configuration == request.configuration
    assert not fix.includes_directory_buckets
