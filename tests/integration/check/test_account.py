"""`s3kms check` on the embedded AWS: real commands, real HTTP."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

from jsonschema import Draft202012Validator
from tests.support.cli import Shell

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import PROFILES, SAMPLE_BUCKETS, SAMPLE_DIRECTORY_BUCKETS
from s3kms.model.encryption import KMS_ALGORITHMS

PRODUCTION = PROFILES["production"]
OWN = [s for s in SAMPLE_BUCKETS if s.account == PRODUCTION]
SCHEMA = json.loads((Path(__file__).parents[3] / "src/s3kms/schemas/check-v1.schema.json").read_text())


def test_every_bucket_of_the_account_gets_the_verdict_its_default_deserves(production: Shell) -> None:
    wanted = {
        s.name: "pass" if s.encryption and s.encryption.algorithm in KMS_ALGORITHMS else "fail" for s in OWN
    }
    wanted |= {name: "pass" if key else "fail" for name, key in SAMPLE_DIRECTORY_BUCKETS}
    wanted["acme-sealed"] = "unknown"

    done = production("check", "--format", "json")

    assert done.verdicts() == wanted
    assert done.exit == 10


def test_a_check_costs_the_listing_pages_and_one_call_a_bucket(
    production: Shell, estate: EmbeddedAws
) -> None:
    production("check")

    counted = Counter(call.operation for call in estate.calls)
    assert counted == {
        "GetCallerIdentity": 1,
        "ListBuckets": 1,
        "ListDirectoryBuckets": 7,
        "GetBucketEncryption": len(OWN) + len(SAMPLE_DIRECTORY_BUCKETS),
    }


def test_a_companion_rule_that_reads_the_same_fact_costs_no_further_call(
    production: Shell, estate: EmbeddedAws
) -> None:
    production("check", "--rule", "s3_bucket_bucket_key_enabled", "--rule", "s3_bucket_sse_c_blocked")

    counted = Counter(call.operation for call in estate.calls)
    assert counted["GetBucketEncryption"] == len(OWN) + len(SAMPLE_DIRECTORY_BUCKETS)
    assert set(counted) == {"GetCallerIdentity", "ListBuckets", "ListDirectoryBuckets", "GetBucketEncryption"}


def test_each_bucket_is_asked_in_its_own_region_and_once(production: Shell, estate: EmbeddedAws) -> None:
    production("check", "--no-directory-buckets")

    asked = {c.path.strip("/"): c.region for c in estate.calls if c.operation == "GetBucketEncryption"}
    assert asked == {s.name: s.region for s in OWN}


def test_a_key_is_described_once_however_many_buckets_share_it(
    production: Shell, estate: EmbeddedAws
) -> None:
    production("check", "s3://acme-orders", "s3://acme-orders-archive", "--rule", "s3_bucket_kms_key_usable")

    assert Counter(c.operation for c in estate.calls)["DescribeKey"] == 1


def test_reading_never_creates_the_aws_managed_key(production: Shell, estate: EmbeddedAws) -> None:
    done = production("check", "s3://acme-app-config", "--rule", "s3_bucket_kms_key_usable")

    assert done.exit == 0
    assert "DescribeKey" not in {c.operation for c in estate.calls}  # fact B5


def test_unusable_keys_are_found_each_for_its_own_reason(production: Shell) -> None:
    done = production(
        "check", "--format", "json", "--rule", "s3_bucket_kms_key_usable", "--no-directory-buckets"
    )

    said = {f["bucket"]: (f["verdict"], f["message"]) for f in done.findings if "usable" in f["rule"]}
    assert said["acme-old-mail"] == ("fail", "new objects cannot be written: the key is disabled")
    assert "will be deleted on" in said["acme-old-wiki"][1]
    assert "RSA_2048 for SIGN_VERIFY" in said["acme-signing"][1]
    assert "the key is in eu-central-1, the bucket in ap-southeast-2" in said["acme-moved-to-sydney"][1]
    assert "does not exist" in said["acme-typo"][1]
    assert said["acme-shared-key"][0] == "unknown"
    assert said["acme-orders"][0] == said["acme-customers"][0] == said["acme-ledger"][0] == "pass"


def test_rotation_is_read_from_kms(production: Shell) -> None:
    targets = ("s3://acme-analytics", "s3://acme-analytics-results", "s3://acme-app-config")

    done = production("check", "--format", "json", *targets, "--rule", "s3_bucket_kms_key_rotation")

    assert done.verdicts("s3_bucket_kms_key_rotation") == {
        "acme-analytics": "pass",
        "acme-analytics-results": "fail",
        "acme-app-config": "pass",
    }


def test_a_region_filter_leaves_the_other_regions_alone(production: Shell, estate: EmbeddedAws) -> None:
    done = production("check", "--format", "json", "--region", "eu-west-1", "--region", "us-east-1")

    assert {f["region"] for f in done.findings} == {"eu-west-1", "us-east-1"}
    assert {c.region for c in estate.calls if c.operation == "GetBucketEncryption"} == {
        "eu-west-1",
        "us-east-1",
    }


def test_globs_names_arns_and_a_file_choose_buckets(production: Shell) -> None:
    (production.folder / "targets.txt").write_text("# ours\ns3://acme-payroll\n\n")

    done = production(
        "check",
        "--format",
        "json",
        "s3://acme-web-*",
        "arn:aws:s3:::acme-ledger",
        "--from-file",
        "targets.txt",
    )

    assert set(done.verdicts()) == {"acme-web-uploads", "acme-web-thumbnails", "acme-ledger", "acme-payroll"}


def test_targets_come_from_stdin(production: Shell) -> None:
    done = production("check", "--format", "json", "--from-file", "-", stdin="s3://acme-ledger\n")

    assert done.verdicts() == {"acme-ledger": "pass"}


def test_a_denied_bucket_is_unknown_with_why_and_remedy(production: Shell) -> None:
    done = production("check", "--format", "json", "s3://acme-sealed")

    (finding,) = done.findings
    assert finding["verdict"] == "unknown"
    assert finding["message"] == "AccessDenied from GetBucketEncryption for s3://acme-sealed"
    assert "s3:GetEncryptionConfiguration" in finding["remedy"]
    assert finding["encryption"] is None
    assert done.exit == 11


def test_a_bucket_of_another_account_is_never_judged(production: Shell) -> None:
    done = production("check", "--format", "json", "s3://acme-sandbox-alice")

    assert done.findings == []
    assert done.exit == 3
    assert "account 222222222222 has no such bucket" in done.err


def test_a_misspelt_bucket_beside_a_good_one_is_not_a_clean_result(production: Shell) -> None:
    done = production("check", "--format", "json", "s3://acme-ledger", "s3://acme-legder")

    assert done.verdicts() == {"acme-ledger": "pass"}
    assert done.exit == 11
    assert "s3://acme-legder was not checked" in done.err


def test_directory_buckets_have_their_own_arn(production: Shell) -> None:
    done = production("check", "--format", "json", "s3://acme-hot--use1-az4--x-s3")

    (finding,) = done.findings
    assert finding["arn"] == f"arn:aws:s3express:us-east-1:{PRODUCTION}:bucket/acme-hot--use1-az4--x-s3"


def test_exemptions_count_until_they_expire(production: Shell) -> None:
    (production.folder / "s3kms.toml").write_text(
        """
[[exemptions]]
buckets = "acme-*-logs"
reason = "log targets take SSE-S3 only"
owner = "platform"
[[exemptions]]
buckets = "acme-www"
reason = "public until the move to CloudFront"
until = 2020-01-31
"""
    )

    done = production("check", "--format", "json", "s3://acme-alb-logs", "s3://acme-www")

    by_name = {f["bucket"]: f for f in done.findings}
    assert by_name["acme-alb-logs"]["verdict"] == "exempt"
    assert "log targets take SSE-S3 only, owner platform" in by_name["acme-alb-logs"]["message"]
    assert by_name["acme-www"]["verdict"] == "fail"
    assert "the exemption has expired" in by_name["acme-www"]["message"]


def test_a_tag_override_turns_its_rule_on_and_reads_tags(production: Shell, estate: EmbeddedAws) -> None:
    (production.folder / "s3kms.toml").write_text(
        '[[overrides]]\ntags = { classification = "restricted" }\nalgorithm = "aws:kms:dsse"\n'
    )

    done = production(
        "check", "--format", "json", "s3://acme-patient-records", "s3://acme-ledger", "s3://acme-contracts"
    )

    assert done.verdicts("s3_bucket_dsse_encryption") == {
        "acme-patient-records": "fail",
        "acme-ledger": "pass",
        "acme-contracts": "pass",
    }
    assert Counter(c.operation for c in estate.calls)["GetBucketTagging"] == 3


def test_allowed_keys_are_compared_after_resolving(production: Shell) -> None:
    (production.folder / "s3kms.toml").write_text(f'allowed_keys = ["arn:aws:kms:*:{PRODUCTION}:key/*"]\n')

    done = production(
        "check", "--format", "json", "s3://acme-customers", "s3://acme-ledger", "s3://acme-shared-key"
    )

    assert done.verdicts("s3_bucket_kms_key_allowed") == {
        "acme-customers": "pass",
        "acme-ledger": "pass",
        "acme-shared-key": "fail",
    }


def test_the_json_of_a_real_check_fits_the_published_schema(production: Shell) -> None:
    done = production("check", "--format", "json", "--rule", "s3_bucket_kms_key_rotation")

    Draft202012Validator(SCHEMA).validate(json.loads(done.out))


def test_jsonl_has_the_findings_of_json_one_a_line(production: Shell) -> None:
    lines = production("check", "--format", "jsonl").out.splitlines()

    validator = Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": "#/$defs/finding"})
    for line in lines:
        validator.validate(json.loads(line))
    assert len(lines) == len(OWN) + len(SAMPLE_DIRECTORY_BUCKETS)


def test_csv_has_a_row_a_finding(production: Shell) -> None:
    rows = list(csv.DictReader(io.StringIO(production("check", "--format", "csv").out)))

    assert len(rows) == len(OWN) + len(SAMPLE_DIRECTORY_BUCKETS)
    assert {"rule", "verdict", "bucket", "key_kind"} <= set(rows[0])


def test_table_and_markdown_list_what_does_not_pass(production: Shell) -> None:
    for form in ("table", "markdown"):
        text = production("check", "--format", form).out
        assert "acme-web-uploads" in text
        assert "acme-ledger" not in text
        assert "40 buckets: 18 pass, 21 fail, 1 unknown, 0 exempt" in text


def test_output_appears_whole_in_the_named_file(production: Shell) -> None:
    done = production("check", "s3://acme-ledger", "-o", "result.json")

    assert done.out == ""
    assert json.loads((production.folder / "result.json").read_text())["summary"]["pass"] == 1
    assert [p.name for p in production.folder.iterdir()] == ["result.json"]


def test_a_link_in_the_way_of_the_output_is_replaced_not_followed(production: Shell) -> None:
    other = production.folder / "precious"
    other.write_text("keep me")
    (production.folder / "result.json").symlink_to(other)

    production("check", "s3://acme-ledger", "-o", "result.json")

    assert other.read_text() == "keep me"
    assert not (production.folder / "result.json").is_symlink()


def test_an_arn_of_elsewhere_is_no_bucket_of_ours(production: Shell) -> None:
    for arn, why in {
        "arn:aws-cn:s3:::acme-ledger": "it is in partition aws-cn",
        "arn:aws:s3express:us-east-1:999999999999:bucket/acme-hot--use1-az4--x-s3": "it belongs to account 99999",
    }.items():
        done = production("check", "--format", "json", arn)
        assert done.findings == []
        assert done.exit == 3
        assert why in done.err


def test_a_pattern_that_nothing_matches_is_told_with_the_account(production: Shell) -> None:
    done = production("check", "s3://nosuch-*", "--region", "ap-south-2")

    assert done.exit == 3
    assert f"account {PRODUCTION} has no bucket that matches s3://nosuch-* in ap-south-2" in done.err


def test_unordered_lines_are_the_same_lines(production: Shell) -> None:
    def told(*options: str) -> list[str]:
        lines = map(json.loads, production("check", "--format", "jsonl", *options).out.splitlines())
        return sorted(f"{line['bucket']} {line['verdict']}" for line in lines)

    assert told("--unordered") == told()


def test_unordered_is_refused_where_order_is_part_of_the_format(production: Shell) -> None:
    done = production("check", "--unordered", "--format", "json")

    assert done.exit == 2
    assert "--unordered is about jsonl, and the format is json" in done.err
