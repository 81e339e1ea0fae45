"""`s3kms fix` on the embedded AWS: real commands, real HTTP, read back by boto3 and not by us."""

import json
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.integration.permissions.test_permissions import action_of, allowed_by
from tests.support.aws_calls import add_access_point
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, SANDBOX, EmbeddedAws

FRANKFURT, VIRGINIA = "eu-central-1", "us-east-1"
BUCKETS = {"plain": FRANKFURT, "dots.in.name": FRANKFURT, "far": VIRGINIA}
DIRECTORY = "quick--use1-az4--x-s3"


@dataclass(frozen=True)
class Live:
    """An account of the embedded AWS, a shell in it, and a second pair of eyes."""

    aws: EmbeddedAws
    shell: Shell

    def __call__(self, *arguments: str) -> Done:
        return self.shell(*arguments)

    def client(self, service: str, region: str = FRANKFURT, account: str = PRODUCTION) -> Any:
        return client_of(self.aws, account, service, region)

    def key(self, region: str = FRANKFURT, account: str = PRODUCTION, **more: Any) -> str:
        return str(self.client("kms", region, account).create_key(**more)["KeyMetadata"]["Arn"])

    def rule(self, bucket: str) -> Mapping[str, Any]:
        answer = self.client("s3", BUCKETS.get(bucket, FRANKFURT)).get_bucket_encryption(Bucket=bucket)
        found: Mapping[str, Any] = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
        return found

    def put(self, bucket: str, algorithm: str, key: str | None = None, **parts: Any) -> None:
        default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
        rule = {"ApplyServerSideEncryptionByDefault": default, **parts}
        self.client("s3").put_bucket_encryption(
            Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]}
        )

    def create_directory(self, name: str = DIRECTORY) -> None:
        self.client("s3", VIRGINIA).create_bucket(
            Bucket=name,
            CreateBucketConfiguration={
                "Location": {"Type": "AvailabilityZone", "Name": "use1-az4"},
                "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
            },
        )

    def fix(self, *arguments: str) -> Done:
        return self("fix", *arguments, "--apply", "--yes")

    @property
    def operations(self) -> Counter[str]:
        return Counter(call.operation for call in self.aws.calls)

    @property
    def journals(self) -> list[Path]:
        return sorted((self.shell.folder / "state" / "s3kms" / "runs").glob("*"))


@pytest.fixture
def live(aws: EmbeddedAws, shell: Shell) -> Live:
    keys = aws.credentials(PRODUCTION)
    env = {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": FRANKFURT, **keys}
    made = Live(aws, shell.having(**env, XDG_STATE_HOME=str(shell.folder / "state")))
    for name, region in BUCKETS.items():
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != VIRGINIA else {}
        made.client("s3", region).create_bucket(Bucket=name, **where)
    aws.calls.clear()
    return made


def test_without_apply_the_changes_are_shown_and_nothing_is_written(live: Live) -> None:
    done = live("fix")

    assert done.exit == 0
    assert done.out.count("SSE-S3, SSE-C blocked -> SSE-KMS, aws/s3, bucket key on, SSE-C blocked") == 3
    assert "3 buckets would change; nothing was written" in done.err
    assert live.operations["PutBucketEncryption"] == 0
    assert live.journals == []


def test_apply_writes_all_three_parts_and_reads_each_back(live: Live) -> None:
    done = live.fix()

    assert done.exit == 0, done.err
    for bucket in BUCKETS:
        assert live.rule(bucket) == {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
            "BucketKeyEnabled": True,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
        }
    assert live("check").exit == 0
    assert "3 buckets changed and read back" in done.out


def test_each_write_costs_a_read_before_and_a_read_after(live: Live) -> None:
    live.fix()

    assert live.operations["GetBucketEncryption"] == 3 * len(BUCKETS)
    assert live.operations["PutBucketEncryption"] == len(BUCKETS)
    assert "DescribeKey" not in live.operations  # fact B5
    assert "DeleteBucketEncryption" not in live.operations


def test_each_bucket_is_written_in_its_own_region(live: Live) -> None:
    live.fix()

    put = {c.path.strip("/"): c.region for c in live.aws.calls if c.operation == "PutBucketEncryption"}
    assert put == BUCKETS


def test_a_second_fix_finds_nothing_to_do_and_makes_no_journal(live: Live) -> None:
    live.fix()
    live.aws.calls.clear()

    done = live.fix()

    assert done.exit == 0
    assert live.operations["PutBucketEncryption"] == 0
    assert len(live.journals) == 1


def test_the_journal_is_only_this_users(live: Live) -> None:
    live.fix()

    (journal,) = live.journals
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("form", ["id", "ARN", "alias", "alias ARN"])
def test_a_key_is_written_as_its_full_arn_however_it_was_named(live: Live, form: str) -> None:
    arn = live.key()
    live.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=arn)
    named = {
        "id": arn.split("/")[1],
        "ARN": arn,
        "alias": "alias/mine",
        "alias ARN": f"arn:aws:kms:{FRANKFURT}:{PRODUCTION}:alias/mine",
    }[form]

    done = live.fix("s3://plain", "s3://dots.in.name", "--key", named)

    assert done.exit == 0, done.err
    for bucket in ("plain", "dots.in.name"):
        assert live.rule(bucket)["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == arn
    assert live.operations["DescribeKey"] == 1  # asked once for both


def _bad_key(live: Live, what: str) -> str:
    kms = live.client("kms")
    match what:
        case "disabled":
            kms.disable_key(KeyId=(arn := live.key()))
            return arn
        case "pending":
            kms.schedule_key_deletion(KeyId=(arn := live.key()), PendingWindowInDays=30)
            return arn
        case "asymmetric":
            return live.key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
        case "other region":
            return live.key("us-east-1")
        case "foreign":
            return live.key(account=SANDBOX)
        case "not there":
            return f"arn:aws:kms:{FRANKFURT}:{PRODUCTION}:key/00000000-0000-0000-0000-000000000000"
        case "alias of nothing":
            return "alias/nope"
        case "of ebs":
            return "alias/aws/ebs"
        case "foreign aws/s3":
            return f"arn:aws:kms:{FRANKFURT}:{SANDBOX}:alias/aws/s3"
        case _:
            return "not a key\x1b[31m"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("disabled", "the key is disabled"),
        ("pending", "the key will be deleted"),
        ("asymmetric", "not a symmetric encryption key"),
        ("other region", "the key is in us-east-1, the bucket in eu-central-1"),
        ("foreign", "cannot be examined, so it is not used"),
        ("not there", "does not exist"),
        ("alias of nothing", "does not exist"),
        ("foreign aws/s3", "which no other account can use"),
        ("of ebs", "its key policy lets only ebs use it"),
        ("malformed", "is not a reference to a KMS key"),
    ],
)
def test_a_key_that_s3_could_not_use_is_refused_before_anything_is_written(
    live: Live, what: str, said: str
) -> None:
    key = _bad_key(live, what)

    done = live.fix("s3://plain", "--key", key)

    assert done.exit == 4
    assert said in done.err
    assert "hint:" in done.err
    assert "\x1b" not in done.err
    assert live.operations["PutBucketEncryption"] == 0
    assert live.journals == []


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("aws/s3", "'aws/s3' is not a key; the AWS managed key has no key id, or alias/aws/s3"),
        ("qwertzuiop", "'qwertzuiop' is not a key"),
        ("alias/aws/ebs", "its key policy lets only ebs use it"),
        (
            f"arn:aws:kms:{VIRGINIA}:{PRODUCTION}:alias/data",
            "the key is in us-east-1, the bucket in eu-central-1",
        ),
        (f"arn:aws:kms:{FRANKFURT}:{SANDBOX}:alias/aws/s3", "which no other account can use"),
    ],
)
def test_a_default_whose_key_cannot_be_one_by_its_name_fails_the_check(
    live: Live, key: str, said: str
) -> None:
    live.put("plain", "aws:kms", key, BucketKeyEnabled=True)
    live.aws.calls.clear()

    done = live("check", "s3://plain", "--rule", "s3_bucket_kms_key_usable", "--format", "json")

    (found,) = (one for one in done.findings if one["rule"] == "s3_bucket_kms_key_usable")
    assert (found["verdict"], done.exit) == ("fail", 10)
    assert said in found["message"]
    assert live.client("kms").list_keys()["Keys"] == []  # fact B5


def test_an_aws_managed_key_of_another_service_is_recognized_behind_its_arn(live: Live) -> None:
    ebs = live.client("kms").describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]
    live.put("plain", "aws:kms", ebs, BucketKeyEnabled=True)

    done = live("check", "s3://plain", "--rule", "s3_bucket_kms_key_usable", "--format", "json")

    (found,) = (one for one in done.findings if one["rule"] == "s3_bucket_kms_key_usable")
    assert found["verdict"] == "fail"
    assert "alias/aws/ebs is the AWS managed key of ebs" in found["message"]
    live.aws.calls.clear()
    assert live.fix("s3://dots.in.name", "--key", ebs).exit == 4
    assert live.operations["PutBucketEncryption"] == 0


def test_the_text_aws_s3_is_replaced_by_the_aws_managed_key(live: Live) -> None:
    live.put("plain", "aws:kms", "aws/s3", BucketKeyEnabled=True)

    assert live.fix("s3://plain").exit == 0
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}


@pytest.mark.parametrize("key", ["qwertzuiop", "alias/aws/ebs"])
def test_a_key_that_s3_cannot_use_is_named_and_replaced_where_a_key_is_given(live: Live, key: str) -> None:
    live.put("plain", "aws:kms", key, BucketKeyEnabled=True)

    assert "has a KMS key that S3 cannot use" in live.fix("s3://pl*").err
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key

    new = live.key()
    live.fix("s3://pl*", "--key", new)
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == new


def test_dsse_never_has_a_bucket_key(live: Live) -> None:
    live.fix("s3://plain", "--dsse")

    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms:dsse"}
    assert live.rule("plain")["BucketKeyEnabled"] is False


def test_dsse_is_not_lowered_unless_asked_by_name(live: Live) -> None:
    live.fix("s3://plain", "--dsse")

    assert live.fix().exit == live.fix("s3://pl*", "--no-dsse").exit == 0
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms:dsse"

    live.fix("s3://plain", "--no-dsse")
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_the_bucket_key_can_be_left_off(live: Live) -> None:
    live.fix("s3://plain", "--no-bucket-key")

    assert live.rule("plain")["BucketKeyEnabled"] is False
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}


def test_bucket_key_only_keeps_the_key_and_touches_no_sse_s3(live: Live) -> None:
    key = live.key()
    live.put("plain", "aws:kms", key.split("/")[1], BucketKeyEnabled=False)

    done = live.fix("--bucket-key-only")

    assert done.exit == 0
    assert live.rule("plain")["BucketKeyEnabled"] is True
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key.split("/")[1]
    assert live.rule("far")["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_a_bucket_with_a_key_keeps_it_unless_it_is_named(live: Live) -> None:
    old, new = live.key(), live.key()
    live.put("plain", "aws:kms", old, BucketKeyEnabled=True)

    live.fix("s3://*", "--region", FRANKFURT, "--key", new)
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == old
    assert live.rule("dots.in.name")["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == new

    live.fix("s3://plain", "--key", new)
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == new


def test_a_block_of_nothing_stays_a_block_of_nothing(live: Live) -> None:
    live.put("plain", "AES256", BlockedEncryptionTypes={"EncryptionType": ["NONE"]})

    live.fix("s3://plain")

    assert live.rule("plain")["BlockedEncryptionTypes"] == {"EncryptionType": ["NONE"]}


def test_the_key_map_and_the_exemptions_are_honored(live: Live) -> None:
    key = live.key()
    (live.shell.folder / "s3kms.toml").write_text(
        f'[keys."{PRODUCTION}"]\n{FRANKFURT} = "{key}"\n'
        '[[exemptions]]\nbuckets = "dots.*"\nreason = "a log target"\n'
    )

    done = live.fix()

    assert done.exit == 0, done.err
    assert live.rule("plain")["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key
    assert "KMSMasterKeyID" not in live.rule("far")["ApplyServerSideEncryptionByDefault"]
    assert live.rule("dots.in.name")["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert "s3://dots.in.name is exempt: a log target" in done.err


def test_more_changes_than_allowed_are_refused(live: Live) -> None:
    done = live.fix("--max-changes", "2")

    assert done.exit == 4
    assert "3 buckets would change, and at most 2 may" in done.err
    assert live.operations["PutBucketEncryption"] == 0


def test_a_dry_run_says_which_number_of_changes_to_allow(live: Live) -> None:
    done = live("fix", "--max-changes", "2")

    assert done.exit == 0
    assert "Apply it with --apply --max-changes 3" in done.err


def test_without_a_terminal_apply_wants_yes(live: Live) -> None:
    done = live("fix", "--apply")

    assert done.exit == 4
    assert "--yes" in done.err
    assert live.operations["PutBucketEncryption"] == 0


def test_bad_combinations_are_usage(live: Live) -> None:
    assert live.fix("--bucket-key-only", "--dsse").exit == 2


def test_no_bucket_is_nothing_to_fix_and_a_missing_one_is_not_a_clean_result(live: Live) -> None:
    assert live.fix("s3://not-there").exit == 3
    assert live.fix("s3://plain", "s3://not-there").exit == 11


def test_a_directory_bucket_is_changed_only_where_it_is_named_with_a_key(live: Live) -> None:
    key = live.key(VIRGINIA)
    live.create_directory()

    assert f"s3://{DIRECTORY} is a directory bucket" in live.fix().err
    assert live.fix(f"s3://{DIRECTORY}").exit == 4
    done = live.fix(f"s3://{DIRECTORY}", "--key", key)

    assert done.exit == 0, done.err
    answer = live.client("s3", VIRGINIA).get_bucket_encryption(Bucket=DIRECTORY)
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key


def test_a_directory_buckets_key_is_for_life_and_the_same_one_is_no_change(live: Live) -> None:
    key = live.key(VIRGINIA)
    live.create_directory()
    live.fix(f"s3://{DIRECTORY}", "--key", key)

    again = live.fix(f"s3://{DIRECTORY}", "--key", key)
    another = live.fix(f"s3://{DIRECTORY}", "--key", live.key(VIRGINIA))

    assert (again.exit, again.out) == (0, "")
    assert another.exit == 4
    assert "its key cannot be changed later" in another.err
    assert "aws/s3" not in another.err


def test_the_printed_policies_of_fix_and_undo_are_the_calls_made(live: Live) -> None:
    key = live.key(VIRGINIA)
    live.create_directory()
    add_access_point(PRODUCTION, "partner", "far")
    for_all = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::far/*",
    }
    live.client("s3", VIRGINIA).put_bucket_policy(
        Bucket="far", Policy=json.dumps({"Version": "2012-10-17", "Statement": [for_all]})
    )
    fix, undo = (allowed_by(live("permissions", name).out) for name in ("fix", "undo"))

    live.aws.calls.clear()
    live.fix(f"s3://{DIRECTORY}", "s3://far", "--key", key, "--accept", "anonymous-requests")
    made = {action_of(call) for call in live.aws.calls} - {None}
    assert made | {"s3express:ListAllMyDirectoryBuckets"} == fix

    (run,) = (path.stem for path in live.journals)
    live.aws.calls.clear()
    assert live("undo", run, "--apply", "--yes").exit == 0
    assert {action_of(call) for call in live.aws.calls} - {None} == undo


def test_the_journal_tells_the_options_that_chose_what_was_written(live: Live) -> None:
    (live.shell.folder / "buckets").write_text("s3://plain\n")

    live.fix("--from-file", "buckets", "--no-bucket-key", "--region", FRANKFURT)

    (run,) = json.loads(live("runs", "--format", "json").out)
    assert run["command"] == f"fix --from-file buckets --region {FRANKFURT} --no-bucket-key"


def test_runs_lists_newest_first_with_what_became_of_them(live: Live) -> None:
    live.fix("s3://plain")
    live.fix("s3://far")

    listed = json.loads(live("runs", "--format", "json").out)

    assert [(r["command"], r["changes"], r["state"]) for r in listed] == [
        ("fix s3://far", 1, "complete"),
        ("fix s3://plain", 1, "complete"),
    ]
    assert listed[0]["run"] in live("runs", "--format", "table").out


def test_the_list_of_runs_is_as_its_schema_says_an_unreadable_one_included(live: Live) -> None:
    live.fix("s3://plain")
    (live.journals[0].parent / "20261123T000000Z-000000.jsonl").write_text("scribble\n")
    schema = json.loads(files("s3kms").joinpath("schemas/runs-v1.schema.json").read_text())

    listed = json.loads(live("runs", "--format", "json").out)

    jsonschema.validate(listed, schema)
    assert {run["state"] for run in listed} == {"complete", "unreadable"}
