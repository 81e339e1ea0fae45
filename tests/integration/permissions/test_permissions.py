"""The policy that `s3kms permissions` prints is enough: no call outside it is made."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.support.cli import Shell

from s3kms.demo.aws import EmbeddedAws, RecordedCall
from s3kms.demo.sample_estate import AGGREGATOR_NAME, PROFILES
from s3kms.rules import RULES, SEPARATE_RULES

IAM_ACTION = {
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3", "GetBucketTagging"): "s3:GetBucketTagging",
    ("s3", "GetBucketPolicy"): "s3:GetBucketPolicy",
    ("s3", "GetBucketWebsite"): "s3:GetBucketWebsite",
    ("s3", "GetBucketReplication"): "s3:GetReplicationConfiguration",
    ("s3", "GetBucketAcl"): "s3:GetBucketAcl",
    ("s3", "GetBucketLogging"): "s3:GetBucketLogging",
    ("s3", "GetBucketNotificationConfiguration"): "s3:GetBucketNotification",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
    ("s3control", "ListAccessPoints"): "s3:ListAccessPoints",
    ("s3control", "GetAccessPointPolicy"): "s3:GetAccessPointPolicy",
    ("s3express", "ListDirectoryBuckets"): "s3express:ListAllMyDirectoryBuckets",
    ("s3express", "GetBucketEncryption"): "s3express:GetEncryptionConfiguration",
    ("s3", "PutBucketEncryption"): "s3:PutEncryptionConfiguration",
    ("s3express", "PutBucketEncryption"): "s3express:PutEncryptionConfiguration",
    ("kms", "DescribeKey"): "kms:DescribeKey",
    ("kms", "ListAliases"): "kms:ListAliases",
    ("kms", "GetKeyRotationStatus"): "kms:GetKeyRotationStatus",
    ("kms", "GetKeyPolicy"): "kms:GetKeyPolicy",
    ("sts", "GetCallerIdentity"): None,
    ("ec2", "DescribeRegions"): "ec2:DescribeRegions",
    ("iam", "GetAccountAuthorizationDetails"): "iam:GetAccountAuthorizationDetails",
    ("iam", "GetPolicy"): "iam:GetPolicy",
    ("iam", "GetPolicyVersion"): "iam:GetPolicyVersion",
    ("organizations", "DescribeOrganization"): "organizations:DescribeOrganization",
    ("organizations", "ListParents"): "organizations:ListParents",
    ("organizations", "ListPoliciesForTarget"): "organizations:ListPoliciesForTarget",
    ("organizations", "DescribePolicy"): "organizations:DescribePolicy",
    ("monitoring", "ListMetrics"): "cloudwatch:ListMetrics",
    ("monitoring", "GetMetricData"): "cloudwatch:GetMetricData",
    ("s3tables", "ListTableBuckets"): "s3tables:ListTableBuckets",
    ("s3tables", "GetTableBucketEncryption"): "s3tables:GetTableBucketEncryption",
    ("s3vectors", "ListVectorBuckets"): "s3vectors:ListVectorBuckets",
    ("s3vectors", "GetVectorBucket"): "s3vectors:GetVectorBucket",
    ("kms", "ListGrants"): "kms:ListGrants",
    ("config", "DescribeConfigurationAggregators"): "config:DescribeConfigurationAggregators",
    (
        "config",
        "DescribeConfigurationAggregatorSourcesStatus",
    ): "config:DescribeConfigurationAggregatorSourcesStatus",
    ("config", "SelectAggregateResourceConfig"): "config:SelectAggregateResourceConfig",
}
"""Written down here again on purpose (fact A27): the test must not believe the code it judges."""

EVERY_RULE = [word for rule in RULES for word in ("--rule", rule.id)]
EVERY_RULE_OF_S3 = [word for rule in RULES if rule.id not in SEPARATE_RULES for word in ("--rule", rule.id)]
"""Those that an inventory can answer: AWS Config is not asked for table and vector buckets."""


def action_of(call: RecordedCall) -> str | None:
    service = "s3express" if call.service.startswith("s3") and "--x-s3" in call.path else call.service
    return IAM_ACTION[service, call.operation]


def allowed_by(policy: str) -> set[str]:
    return {action for statement in json.loads(policy)["Statement"] for action in statement["Action"]}


@pytest.mark.parametrize(
    "options",
    [[], EVERY_RULE, ["--no-directory-buckets"], ["--rule", "s3_bucket_kms_key_usable"], ["--deep"]],
    ids=["default", "every rule", "no directory buckets", "key usable", "deep"],
)
def test_a_check_makes_no_call_that_the_printed_policy_does_not_allow(
    production: Shell, estate: EmbeddedAws, options: list[str]
) -> None:
    allowed = allowed_by(production("permissions", "check", *options).out)
    estate.calls.clear()

    production("check", *options)

    made = {action_of(call) for call in estate.calls} - {None}
    assert made - allowed == set()
    # And the policy asks for nothing that is not used; the estate has no table and no vector buckets to read, and no
    # key whose policy lets nobody of its account in.
    unused = {"s3tables:GetTableBucketEncryption", "s3vectors:GetVectorBucket", "kms:ListGrants"}
    assert allowed - made <= unused


@pytest.mark.parametrize("options", [[], ["--key", "alias/data"]], ids=["default", "with a key"])
def test_a_plan_makes_no_call_that_the_printed_policy_does_not_allow(
    production: Shell, estate: EmbeddedAws, options: list[str]
) -> None:
    allowed = allowed_by(production("permissions", "plan").out)
    estate.calls.clear()

    production("plan", "--region", "eu-central-1", *options)

    assert {action_of(call) for call in estate.calls} - {None} - allowed == set()


def test_logs_that_a_plan_is_given_are_read_below_their_prefix_alone(production: Shell) -> None:
    words = ("plan", "s3://acme-orders", "--observed", "s3://acme-trail/AWSLogs/{x}", "--observed", "logs/")

    policy = json.loads(production("permissions", *words).out)

    resources = {action: one["Resource"] for one in policy["Statement"] for action in one["Action"]}
    assert resources["s3:ListBucket"] == "arn:aws:s3:::acme-trail"
    assert resources["s3:GetObject"] == "arn:aws:s3:::acme-trail/AWSLogs/{x}*"
    without = allowed_by(production("permissions", "plan").out)
    assert not {"s3:ListBucket", "s3:GetObject"} & without


@pytest.mark.usefixtures("few_regions")
def test_what_a_deep_plan_asks_besides_is_in_its_policy(production: Shell, estate: EmbeddedAws) -> None:
    allowed = allowed_by(production("permissions", "plan", "--deep").out)
    estate.calls.clear()

    production("plan", "--deep", "s3://acme-invoices", "s3://acme-master-data")

    services = {call.service for call in estate.calls} - {"s3", "s3control", "sts"}
    named = {action.split(":")[0] for action in allowed}
    assert {"elasticloadbalancing", "ec2", "config", "cloudtrail", "iam"} <= named
    assert len(services) > 5


@pytest.mark.parametrize(
    "options",
    [[], EVERY_RULE_OF_S3, ["--confirm"], ["--confirm", *EVERY_RULE_OF_S3]],
    ids=["default", "every rule", "confirm", "confirm, every rule"],
)
def test_a_check_of_an_inventory_needs_what_its_policy_allows_and_no_more(
    estate: EmbeddedAws, tmp_path: Path, options: list[str]
) -> None:
    management = shell_of(estate, tmp_path, "management")
    (tmp_path / "s3kms.toml").write_text('[[overrides]]\ntags = { a = "b" }\nbucket_key = true\n')
    target = f"config://{AGGREGATOR_NAME}"
    allowed = allowed_by(management("permissions", "check", target, *options).out)
    estate.calls.clear()

    management("check", target, *options)

    assert {action_of(call) for call in estate.calls} - {None} == allowed
    assert {call.account for call in estate.calls} == {PROFILES["management"]}


def test_the_policy_of_an_inventory_names_aggregators_as_iam_does(production: Shell) -> None:
    policy = json.loads(production("permissions", "check", "config://org", "--partition", "aws-cn").out)

    resources = {action: s["Resource"] for s in policy["Statement"] for action in s["Action"]}
    arn = "arn:aws-cn:config:cn-north-1:111122223333:config-aggregator/config-aggregator-abcdefgh"
    assert fnmatchcase(arn, resources["config:SelectAggregateResourceConfig"])
    assert fnmatchcase(arn, resources["config:DescribeConfigurationAggregatorSourcesStatus"])
    assert resources["config:DescribeConfigurationAggregators"] == "*"


def test_tags_are_in_the_policy_only_where_the_configuration_reads_them(production: Shell) -> None:
    without = allowed_by(production("permissions", "check").out)
    (production.folder / "s3kms.toml").write_text('[[overrides]]\ntags = { a = "b" }\nbucket_key = true\n')

    with_tags = allowed_by(production("permissions", "check").out)

    assert with_tags - without == {"s3:GetBucketTagging"}


def test_every_resource_of_the_policy_fits_what_is_asked(production: Shell) -> None:
    policy = json.loads(production("permissions", "check", *EVERY_RULE, "--partition", "aws-us-gov").out)

    resources = {action: s["Resource"] for s in policy["Statement"] for action in s["Action"]}
    assert fnmatchcase("arn:aws-us-gov:s3:::acme-logs", resources["s3:GetEncryptionConfiguration"])
    assert fnmatchcase("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/x", resources["kms:DescribeKey"])
    assert resources["s3:ListAllMyBuckets"] == "*"


def test_a_call_that_the_policy_denies_is_never_a_clean_result(
    production: Shell, estate: EmbeddedAws
) -> None:
    """The estate's sealed bucket denies the read: its finding says which action would help."""
    (finding,) = production("check", "--format", "json", "s3://acme-sealed").findings

    assert "s3:GetEncryptionConfiguration" in finding["remedy"]


def test_what_the_role_of_another_account_needs_is_asked_for_with_the_same_rules(shell: Shell) -> None:
    done = shell(
        "permissions", "check", "--org", "--rule", "s3_bucket_kms_key_usable", "--partition", "aws-us-gov"
    )

    told = done.err.splitlines()[-1].rpartition(": s3kms ")[2]
    assert "kms:DescribeKey" in shell(*told.split()).out
    assert "arn:aws-us-gov:kms" in shell(*told.split()).out


def test_a_verification_writes_nothing_unless_it_probes(production: Shell) -> None:
    writes = {"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "kms:GenerateDataKey"}

    assert allowed_by(production("permissions", "verify").out) & writes == set()
    assert allowed_by(production("permissions", "verify", "--probe").out) >= writes


def test_code_beside_live_buckets_needs_their_tags(production: Shell) -> None:
    without = allowed_by(production("permissions", "check").out)

    assert allowed_by(production("permissions", "check", "--iac", "infra").out) - without == {
        "s3:GetBucketTagging"
    }


@pytest.mark.parametrize(
    ("targets", "resource"),
    [
        (["s3://logs"], "arn:aws:s3:::logs"),
        (["s3://logs-*", "arn:aws:s3:::data"], ["arn:aws:s3:::data", "arn:aws:s3:::logs-*"]),
        (["s3://logs-[ab]?"], "arn:aws:s3:::logs-??"),
    ],
)
def test_what_is_done_to_a_bucket_is_allowed_on_the_targets_alone(
    production: Shell, targets: list[str], resource: str | list[str]
) -> None:
    policy = json.loads(production("permissions", "check", *targets).out)

    resources = {action: s["Resource"] for s in policy["Statement"] for action in s["Action"]}
    assert resources["s3:GetEncryptionConfiguration"] == resource
    assert resources["s3:ListAllMyBuckets"] == "*"


def test_the_policy_of_one_bucket_allows_what_its_check_does(production: Shell, estate: EmbeddedAws) -> None:
    policy = json.loads(production("permissions", "check", "s3://acme-orders", *EVERY_RULE).out)
    estate.calls.clear()

    assert production("check", "s3://acme-orders", *EVERY_RULE).exit in {0, 10, 11}

    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert {action_of(call) for call in estate.calls} - {None} - allowed == set()
    assert "s3express:GetEncryptionConfiguration" not in allowed


def test_a_directory_bucket_is_allowed_as_s3_express_names_it(production: Shell) -> None:
    policy = json.loads(production("permissions", "check", "s3://hot--use1-az4--x-s3").out)

    resources = {action: s["Resource"] for s in policy["Statement"] for action in s["Action"]}
    assert resources["s3express:GetEncryptionConfiguration"] == (
        "arn:aws:s3express:*:*:bucket/hot--use1-az4--x-s3"
    )
    assert "s3:GetEncryptionConfiguration" not in resources


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["s3://logs"], "no command is named"),
        (["check", "--probe"], "--probe is about verify"),
        (["fix", "--iac", "infra"], "--iac is about check"),
    ],
)
def test_words_that_do_not_go_together_are_a_mistake(shell: Shell, words: list[str], said: str) -> None:
    done = shell("permissions", *words)

    assert done.exit == 2
    assert said in done.err
