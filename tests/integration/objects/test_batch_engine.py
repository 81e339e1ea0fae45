"""The engine `batch` against the embedded AWS: every version gets one result, and none is claimed that is not so."""

from pathlib import Path

import pytest
from tests.support.batch_engine import BatchRun, Killed, sse_s3
from tests.support.batch_jobs import BUCKET, JOBS_BUCKET, REGION, ROLE_NAME, BatchEstate, batch_estate
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.demo.batch_faults import ReportLie
from s3kms.demo.corrections.batch_control import forget_tokens
from s3kms.model.errors import BadInput, Refused, Stopped
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.interface import SelectedCounts

AWKWARD = ("a+b c", "100%", "%2B", 'x,"y"\nz', "\N{PILE OF POO}/ü", "a//b", " ", "what?versionId=1")


@pytest.fixture
def estate(aws: EmbeddedAws) -> BatchEstate:
    return batch_estate(aws)


@pytest.fixture
def run(estate: BatchEstate, tmp_path: Path) -> BatchRun:
    return BatchRun(estate, tmp_path / "run")


def jobs_of(estate: BatchEstate) -> int:
    """How many jobs were made, but for the proof."""
    return operations(estate).count("CreateJob") - 1


def operations(estate: BatchEstate) -> list[str]:
    return [call.operation for call in estate.aws.calls]


@pytest.mark.parametrize("lists", ["ours", "s3"])
def test_every_object_is_changed_and_said_so(run: BatchRun, lists: str) -> None:
    run.settings["job-list"] = lists
    run.estate.put(*AWKWARD)

    assert run.outcomes(sse_s3(*AWKWARD)) == {(key, None): "changed" for key in AWKWARD}
    assert {run.estate.key_of(key) for key in AWKWARD} == {run.estate.key}
    assert [one.state for one in run.progress][-1] == "Complete"
    assert run.progress[-1].note == ""


def test_a_list_is_sent_with_sse_s3_into_a_bucket_whose_default_is_kms(run: BatchRun) -> None:
    kms = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": run.estate.key}
    run.estate.s3.put_bucket_encryption(
        Bucket=JOBS_BUCKET,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": kms}]},
    )
    run.estate.put("a")

    assert run.outcomes(sse_s3("a")) == {("a", None): "changed"}
    (listed,) = [
        one["Key"]
        for one in run.estate.s3.list_objects_v2(Bucket=JOBS_BUCKET)["Contents"]
        if one["Key"].endswith("list-0.csv")
    ]
    head = run.estate.s3.head_object(Bucket=JOBS_BUCKET, Key=listed)
    assert head["ServerSideEncryption"] == "AES256"


def test_old_versions_are_changed_each_by_itself(aws: EmbeddedAws, tmp_path: Path) -> None:
    estate = batch_estate(aws, versioned=True)
    old, middle, new = (estate.s3.put_object(Bucket=BUCKET, Key="k")["VersionId"] for _ in range(3))
    rows = [*sse_s3("k", version_id=old), *sse_s3("k", version_id=new)]

    assert BatchRun(estate, tmp_path).outcomes(rows) == {("k", old): "changed", ("k", new): "changed"}
    assert [estate.key_of("k", one) for one in (old, middle, new)] == [estate.key, None, estate.key]


def test_rows_with_and_without_versions_are_two_jobs(aws: EmbeddedAws, tmp_path: Path) -> None:
    estate = batch_estate(aws, versioned=True)
    version = estate.s3.put_object(Bucket=BUCKET, Key="a")["VersionId"]
    estate.put("b")

    found = BatchRun(estate, tmp_path).outcomes([*sse_s3("a", version_id=version), *sse_s3("b")])

    assert set(found.values()) == {"changed"}
    assert jobs_of(estate) == 2


def test_each_key_that_is_taken_from_is_a_job_of_its_own(run: BatchRun) -> None:
    estate = run.estate
    old, theirs = (
        client_of(estate.aws, PRODUCTION, "kms", REGION).create_key()["KeyMetadata"]["Arn"] for _ in range(2)
    )
    estate.put("plain")
    estate.put("old", ServerSideEncryption="aws:kms", SSEKMSKeyId=old)
    estate.put("theirs", ServerSideEncryption="aws:kms", SSEKMSKeyId=theirs)
    run.settings["job-list"], run.selection["from_keys"] = "s3", frozenset({old})
    kms = ObjectVersion(BUCKET, "old", size=7, encryption=ObjectEncryption.SSE_KMS, key_arn=old)

    assert set(run.outcomes([*sse_s3("plain"), kms]).values()) == {"changed"}
    assert jobs_of(estate) == 2
    assert estate.key_of("theirs") == theirs


@pytest.mark.parametrize(
    ("lists", "prefix", "noncurrent", "found"),
    [
        ("auto", "", 0, True),
        ("auto", "", 1, False),
        ("s3", "", 1, True),
        ("ours", "", 0, False),
        ("auto", None, 0, False),
        ("s3", None, 0, False),
    ],
)
def test_s3_lists_by_itself_only_what_is_meant(
    run: BatchRun, lists: str, prefix: str | None, noncurrent: int, found: bool
) -> None:
    """Not where noncurrent versions are, nor where it is not known which keys are meant."""
    run.settings["job-list"], run.prefix = lists, prefix

    hazards = run.hazards(SelectedCounts(versions=5, size=5, noncurrent=noncurrent))

    assert ("batch_listed_by_s3" in {one.id for one in hazards}) is found


def test_s3_lists_nothing_beside_the_prefix(run: BatchRun) -> None:
    run.settings["job-list"], run.prefix = "s3", "in/"
    run.estate.put("in/a", "out/a")

    assert run.outcomes(sse_s3("in/a")) == {("in/a", None): "changed"}
    assert run.estate.key_of("out/a") is None


def test_lists_that_nobody_asked_for_are_those_of_s3_without_noncurrent_versions(run: BatchRun) -> None:
    run.settings["job-list"] = "auto"
    run.estate.put("a")

    run.results(sse_s3("a"))

    assert [call.operation for call in run.estate.aws.calls if "list-0" in call.path] == []


def test_a_first_job_of_few_goes_before_all_others(run: BatchRun) -> None:
    run.canary = 2
    keys = [str(number) for number in range(6)]
    run.estate.put(*keys)

    assert run.outcomes(sse_s3(*keys)) == {(key, None): "changed" for key in keys}
    ends = [one for one in run.progress if one.is_canary]
    assert [one.succeeded for one in ends] == [2]
    states = [(one.job == ends[0].job, one.state) for one in run.progress]
    assert [is_first for is_first, _ in states] == sorted((is_first for is_first, _ in states), reverse=True)


def test_where_the_first_job_fails_there_is_no_other(run: BatchRun) -> None:
    run.canary = 2
    run.estate.put("a", "b", "c", "d")
    run.estate.aws.faults.batch.fail_tasks("b", 403, "AccessDenied")

    with pytest.raises(Stopped, match="no other job was created"):
        run.results(sse_s3("a", "b", "c", "d"))

    assert jobs_of(run.estate) == 1
    assert [run.estate.key_of(key) for key in "cd"] == [None, None]


def test_what_s3_lists_beside_the_selection_is_counted(run: BatchRun) -> None:
    run.settings["job-list"] = "s3"
    run.estate.put("a", "written-since")

    assert run.outcomes(sse_s3("a")) == {("a", None): "changed"}
    assert "1 unselected object" in run.progress[-1].note


def test_what_s3_does_not_list_is_looked_at_and_not_claimed(aws: EmbeddedAws, tmp_path: Path) -> None:
    """Whether its lists have noncurrent versions is not confirmed: here they have none."""
    estate = batch_estate(aws, versioned=True)
    old, new = (estate.s3.put_object(Bucket=BUCKET, Key="k")["VersionId"] for _ in range(2))
    run = BatchRun(estate, tmp_path, settings={"job-list": "s3"})

    found = run.outcomes([*sse_s3("k", version_id=old), *sse_s3("k", version_id=new)])

    assert found == {("k", old): "failed not-in-report", ("k", new): "changed"}


def test_tasks_that_fail_are_told_with_their_reasons(run: BatchRun) -> None:
    run.estate.put("a", "throttled", "denied")
    run.estate.aws.faults.batch.fail_tasks("throttled", 503, "SlowDown", "Please reduce your request rate.")
    run.estate.aws.faults.batch.fail_tasks("denied", 403, "AccessDenied")

    found = run.outcomes(sse_s3("a", "throttled", "denied", "gone"))

    assert found == {
        ("a", None): "changed",
        ("throttled", None): "failed SlowDown",
        ("denied", None): "failed AccessDenied",
        ("gone", None): "overtaken gone",
    }


def test_a_locked_object_is_immovable_not_failed(aws: EmbeddedAws, tmp_path: Path) -> None:
    estate = batch_estate(aws)
    s3 = estate.s3
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    version = s3.put_object(Bucket=BUCKET, Key="held", Body=b"x", ObjectLockLegalHoldStatus="ON")["VersionId"]

    found = BatchRun(estate, tmp_path).outcomes(sse_s3("held", version_id=version))

    assert found == {("held", version): "immovable object-lock"}


@pytest.mark.parametrize("lie", ReportLie)
def test_no_lie_of_a_report_is_claimed(run: BatchRun, lie: ReportLie) -> None:
    """Whatever the report says: what is told changed is under the key, and what is not is told otherwise."""
    keys = [f"key {number}" for number in range(7)]
    run.estate.put(*keys)
    run.estate.aws.faults.batch.lie, run.estate.aws.faults.batch.honest_jobs = lie, 1
    run.estate.aws.faults.batch.rows_per_file = 5

    found = run.outcomes(sse_s3(*keys))

    under_the_key = {(key, None) for key in keys if run.estate.key_of(key) == run.estate.key}
    assert {name for name, outcome in found.items() if outcome == "changed"} == under_the_key
    assert len(found) == 7
    assert len(under_the_key) == (0 if lie is ReportLie.NOTHING_DONE else 7)
    assert "read back" in run.progress[-1].note


def test_successes_are_believed_without_a_look_at_each_where_some_were_looked_at(run: BatchRun) -> None:
    keys = [str(number) for number in range(250)]
    run.estate.put(*keys)
    run.estate.aws.calls.clear()

    found = run.outcomes(sse_s3(*keys))

    assert set(found.values()) == {"changed"}
    assert 100 <= operations(run.estate).count("HeadObject") <= 130


@pytest.mark.parametrize("versioned", [False, True])
def test_a_server_whose_tasks_overwrite_objects_gets_none_but_its_own(
    aws: EmbeddedAws, tmp_path: Path, versioned: bool
) -> None:
    estate = batch_estate(aws, versioned=versioned)
    estate.put("a")
    aws.faults.batch.overwrites = True

    with pytest.raises(Refused, match="no other object was touched"):
        BatchRun(estate, tmp_path).results(sse_s3("a"))

    assert estate.s3.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"x" * 7
    assert [one["Key"] for one in estate.s3.list_object_versions(Bucket=BUCKET)["Versions"]] == ["a"]
    assert operations(estate).count("CreateJob") == 1


@pytest.mark.parametrize("lie", [ReportLie.NOTHING_DONE, ReportLie.TOO_MANY])
def test_a_server_that_does_not_do_what_it_says_is_refused_at_once(run: BatchRun, lie: ReportLie) -> None:
    run.estate.put("a")
    run.estate.aws.faults.batch.lie = lie

    with pytest.raises(Refused, match="no other object was touched"):
        run.results(sse_s3("a"))

    assert run.estate.key_of("a") is None


def test_a_job_that_fails_changed_nothing_that_is_claimed(run: BatchRun) -> None:
    run.estate.put("a")

    def deny(mark: str) -> None:
        if mark == "batch.proven":
            client_of(run.estate.aws, PRODUCTION, "iam", REGION).delete_role_policy(
                RoleName=ROLE_NAME, PolicyName="job"
            )

    run.marks.on_put = deny
    assert run.outcomes(sse_s3("a")) == {("a", None): "failed not-in-report"}
    assert run.progress[-1].state == "Failed"
    assert any("Reading the manifest is forbidden" in one.note for one in run.progress)


def stopping(run: BatchRun) -> None:
    """Somebody stops the run as soon as a job is made."""

    def stop(mark: str) -> None:
        run.stop = run.stop or mark.startswith("batch.job.")

    run.marks.on_put = stop


@pytest.mark.parametrize("lists", ["ours", "s3"])
def test_a_run_that_stops_cancels_its_job_and_the_resume_does_what_it_has_not_done(
    run: BatchRun, lists: str
) -> None:
    keys = [str(number) for number in range(6)]
    run.estate.put(*keys)
    run.settings["job-list"] = lists
    stopping(run)

    assert run.results(sse_s3(*keys)) == []
    assert run.progress[-1].state == "Cancelled"
    run.stop, run.marks.on_put = False, lambda _: None

    assert run.outcomes([]) == {(key, None): "changed" for key in keys}
    assert jobs_of(run.estate) == 2


def test_what_a_cancelled_job_has_done_is_not_done_again(run: BatchRun) -> None:
    keys = [str(number) for number in range(6)]
    run.estate.put(*keys)
    run.estate.aws.faults.batch.tasks_per_look = 2
    run.stops_at = "Active"
    assert run.results(sse_s3(*keys)) == []
    done = {key for key in keys if run.estate.key_of(key)}
    assert 0 < len(done) < 6
    run.stop, run.stops_at = False, ""

    assert run.outcomes([]) == {(key, None): "changed" for key in keys}
    again = next(body for name, body in lists_of(run.estate) if name == "list-0.1.csv")
    assert {row.split(",")[1] for row in again.splitlines()} == set(keys) - done


def lists_of(estate: BatchEstate) -> list[tuple[str, str]]:
    """The lists that were sent, by the ends of their keys."""
    found = estate.s3.list_objects_v2(Bucket=JOBS_BUCKET)["Contents"]
    return [
        (
            one["Key"].rpartition("/")[2],
            estate.s3.get_object(Bucket=JOBS_BUCKET, Key=one["Key"])["Body"].read().decode(),
        )
        for one in found
        if "/list-" in one["Key"]
    ]


def test_behind_a_cancelled_job_nothing_is_told_before_the_resume(run: BatchRun) -> None:
    """The order of the results stays the same."""
    run.estate.put("a", "b")
    stopping(run)

    assert run.results([*sse_s3("a"), *sse_s3("b", version_id="null")]) == []
    run.stop, run.marks.on_put = False, lambda _: None

    assert [one.version.key for one in run.results([])] == ["a", "b"]
    assert [one.version.key for one in run.results([])] == ["a", "b"]


@pytest.mark.parametrize("mark", ["batch.cancel.0", "batch.earlier.0"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_is_killed_while_it_stops_goes_on(run: BatchRun, mark: str, when: str) -> None:
    run.estate.put("a", "b")
    stopping(run)
    setattr(run.marks, f"kill_{when}", mark)
    with pytest.raises(Killed):
        run.results(sse_s3("a", "b"))
    setattr(run.marks, f"kill_{when}", None)
    run.stop, run.marks.on_put = False, lambda _: None

    found = run.outcomes([])
    run.stop = False
    found = found or run.outcomes([])

    assert found == {("a", None): "changed", ("b", None): "changed"}


def test_the_role_is_made_where_that_was_asked_for(run: BatchRun) -> None:
    run.settings |= {"job-role": "", "create-job-role": "made-for-it"}
    run.estate.put("a")

    assert run.outcomes(sse_s3("a")) == {("a", None): "changed"}


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"job-role": ""}, Refused),
        ({"job-bucket": ""}, BadInput),
        ({"job-bucket": BUCKET}, BadInput),
        ({"job-bucket": "jobs--use1-az1--x-s3"}, BadInput),
        ({"job-role": "s3kms-batch"}, BadInput),
        ({"job-list": "theirs"}, BadInput),
        ({"job-priority": "-1"}, BadInput),
        ({"create-job-role": "two"}, BadInput),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_before_anything_is_written(
    run: BatchRun, settings: dict[str, str], error: type[Exception]
) -> None:
    run.settings |= settings

    with pytest.raises(error):
        run.results(sse_s3("a"))

    assert set(operations(run.estate)) <= {"GetCallerIdentity"}


def test_throttling_of_s3_control_does_not_end_a_run(run: BatchRun) -> None:
    run.estate.put("a")
    run.estate.aws.faults.fail("DescribeJob", 429, "TooManyRequestsException", share=0.3)

    assert run.outcomes(sse_s3("a")) == {("a", None): "changed"}


def test_a_report_bucket_of_another_account_is_not_written(run: BatchRun) -> None:
    other = client_of(run.estate.aws, "111111111111", "s3", REGION)
    other.create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": REGION})
    run.settings["job-bucket"] = "theirs"

    with pytest.raises(Refused, match="AccessDenied from PutObject for s3://theirs"):
        run.results(sse_s3("a"))

    assert "CreateJob" not in operations(run.estate)


MARKS = ("batch.plan", "batch.proven", "batch.list.0", "batch.making.0", "batch.job.0")


@pytest.mark.parametrize(
    ("mark", "when", "lists"),
    [(mark, when, "ours") for mark in MARKS for when in ("before", "after")]
    + [("batch.job.0", "before", "s3"), ("batch.plan", "before", "s3")],
)
def test_a_killed_run_goes_on_with_its_own_job(run: BatchRun, mark: str, when: str, lists: str) -> None:
    """Killed on either side of every mark: there is one job in the end, and each version is told."""
    run.settings["job-list"] = lists
    run.estate.put("a", "b")
    if when == "before":
        run.marks.kill_before = mark
    else:
        run.marks.kill_after = mark
    with pytest.raises(Killed):
        run.results(sse_s3("a", "b"))
    run.marks.kill_before = run.marks.kill_after = None

    found = run.outcomes(sse_s3("a", "b"))

    assert found == {("a", None): "changed", ("b", None): "changed"}
    jobs = run.estate.aws.calls
    proofs = 1 if mark != "batch.proven" or when == "after" else 2
    assert len({call.path for call in jobs if call.operation == "DescribeJob"}) == 1 + proofs
    assert {run.estate.key_of(key) for key in "ab"} == {run.estate.key}


def test_a_job_whose_token_aws_forgot_is_found_by_its_description(run: BatchRun) -> None:
    run.estate.put("a")
    run.marks.kill_before = "batch.job.0"
    with pytest.raises(Killed):
        run.results(sse_s3("a"))
    run.marks.kill_before = None
    forget_tokens()
    run.estate.aws.calls.clear()

    assert run.outcomes(sse_s3("a")) == {("a", None): "changed"}
    assert "CreateJob" not in operations(run.estate)


def test_a_run_that_is_stopped_at_its_resume_cancels_the_job_of_the_killed_process(run: BatchRun) -> None:
    run.estate.put("a")
    run.marks.kill_after = "batch.job.0"
    with pytest.raises(Killed):
        run.results(sse_s3("a"))
    run.marks.kill_after, run.stop = None, True

    assert run.outcomes([]) == {}
    assert run.progress[-1].state == "Cancelled"


def test_a_resume_without_the_folder_of_the_run_is_refused(run: BatchRun) -> None:
    run.estate.put("a")
    run.marks.kill_after = "batch.job.0"
    with pytest.raises(Killed):
        run.results(sse_s3("a"))
    run.marks.kill_after, run.folder = None, run.folder.with_name("elsewhere")

    with pytest.raises(Refused, match="lacks the manifests"):
        run.results(sse_s3("a"))


def test_results_come_in_the_same_order_at_each_resume(run: BatchRun) -> None:
    """Whoever logs them passes over those that an earlier process told."""
    run.canary = 1
    rows = [*sse_s3("a", "b"), *sse_s3("c", version_id="null"), *sse_s3("d")]
    run.estate.put("a", "b", "c", "d")

    first, second = run.results(rows), run.results([])

    assert [one.version.key for one in first] == [one.version.key for one in second]
    assert len(first) == 4
    assert jobs_of(run.estate) == 3
