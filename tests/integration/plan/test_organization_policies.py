"""`s3kms plan`: policies of the organization, unread, accepted, read by a role, and from a folder."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.support.account_seed import (
    READS_AND_DECRYPTS,
    READS_OBJECTS,
    create_bucket,
    create_key,
    create_role,
)
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.aws.organization_policies import file_name
from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws
from s3kms.demo.corrections.organizations import create_organization
from s3kms.model import operations as op
from s3kms.model.organization_export import EXPORT_COMMANDS

BUCKET = "bound-by-an-organization"
UNLESS = "keeps unless an organization policy denies it"
ROLE = f"arn:aws:iam::{MANAGEMENT}:role/reads-policies"
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}]}


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    create_organization(MANAGEMENT, {PRODUCTION: "production"})
    create_bucket(server, PRODUCTION, BUCKET)
    create_role(server, PRODUCTION, "able", READS_AND_DECRYPTS)
    caller = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PRODUCTION}:root"},
        "Action": "sts:AssumeRole",
    }
    create_role(server, MANAGEMENT, "reads-policies", trust=caller)
    return server


@pytest.fixture
def organizations(aws: EmbeddedAws) -> Any:
    found = client_of(aws, MANAGEMENT, "organizations", "us-east-1")
    (root,) = found.list_roots()["Roots"]
    found.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    return found


@pytest.fixture
def key(aws: EmbeddedAws) -> str:
    return create_key(aws, PRODUCTION)


@pytest.fixture
def sh(aws: EmbeddedAws, tmp_path: Path) -> Shell:
    return shell_of(aws, tmp_path)


def planned(sh: Shell, key: str, *options: str) -> dict[str, Any]:
    done = sh("plan", f"s3://{BUCKET}", "--key", key, "--format", "json", *options)
    (found,) = json.loads(done.out)["buckets"]
    return {
        "class": found["class"],
        "access": [one["access"] for one in found["access"]],
        "hazards": found["hazards"],
    }


def test_policies_that_nobody_can_read_are_one_caveat_that_names_the_ways_out(
    organizations: Any, sh: Shell, key: str
) -> None:
    found = planned(sh, key)

    assert (found["class"], found["access"]) == ("look", [UNLESS])
    (hazard,) = found["hazards"]
    for way in ("--org-role", "--org-policies", "--accept org-policies-unread"):
        assert way in hazard["remedy"]


def test_a_plan_that_accepts_them_has_the_bucket_ready_and_so_has_its_file(
    organizations: Any, sh: Shell, key: str
) -> None:
    accept = ("--accept", "org-policies-unread")
    assert planned(sh, key, *accept)["class"] == "ready"
    sh("plan", f"s3://{BUCKET}", "--key", key, *accept, "--out", "plan.json")

    done = sh("fix", "--plan", "plan.json", "--apply", "--yes")

    assert done.exit == 0, done.err


def test_a_role_of_the_management_account_settles_it(organizations: Any, sh: Shell, key: str) -> None:
    found = planned(sh, key, "--org-role", ROLE)

    assert (found["class"], found["access"]) == ("ready", ["keeps"])


def test_a_policy_of_the_organization_that_denies_the_key_takes_access(
    organizations: Any, sh: Shell, key: str
) -> None:
    policy = organizations.create_policy(
        Content=json.dumps(DENY), Description="no keys", Name="no-keys", Type="SERVICE_CONTROL_POLICY"
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=PRODUCTION)

    found = planned(sh, key, "--org-role", ROLE)

    assert (found["class"], found["access"]) == ("prepare", ["loses"])
    assert "no-keys" in found["hazards"][0]["why"]


def attach_rcp(organizations: Any, **denied: Any) -> None:
    """One more resource control policy of the account, besides RCPFullAWSAccess."""
    (root,) = organizations.list_roots()["Roots"]
    organizations.enable_policy_type(RootId=root["Id"], PolicyType="RESOURCE_CONTROL_POLICY")
    statement = {"Effect": "Deny", "Principal": "*", "Resource": "*", **denied}
    policy = organizations.create_policy(
        Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        Description="a perimeter",
        Name="perimeter",
        Type="RESOURCE_CONTROL_POLICY",
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=PRODUCTION)


NOT_ABLE = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/able"}}


def test_a_resource_control_policy_takes_the_key_from_whom_it_does_not_exempt(
    organizations: Any, aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    create_role(aws, PRODUCTION, "other", READS_AND_DECRYPTS)
    attach_rcp(organizations, Action="kms:*", Condition=NOT_ABLE)

    found = planned(sh, key, "--org-role", ROLE)

    assert (found["class"], found["access"]) == ("prepare", ["loses", "keeps"])
    assert "role/other through" in found["hazards"][0]["why"]
    assert "perimeter (p-" in found["hazards"][0]["why"]


def test_whom_a_resource_control_policy_keeps_out_of_the_bucket_stands_in_nobodys_way(
    organizations: Any, aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    create_role(aws, PRODUCTION, "other", READS_OBJECTS)
    assert planned(sh, key, "--org-role", ROLE)["class"] == "prepare"
    attach_rcp(organizations, Action="s3:*", Condition=NOT_ABLE)

    found = planned(sh, key, "--org-role", ROLE)

    assert (found["class"], found["access"]) == ("ready", ["keeps"])


def test_a_resource_control_policy_does_not_bind_the_aws_managed_key(organizations: Any, sh: Shell) -> None:
    attach_rcp(organizations, Action="kms:*")

    found = planned(sh, "aws/s3", "--org-role", ROLE)

    assert (found["class"], found["access"]) == ("ready", ["keeps"])


def export(organizations: Any, folder: Path) -> None:
    """As `aws organizations` prints it, by the commands that the docs tell."""
    folder.mkdir()

    def keep(name: str, answer: dict[str, Any]) -> None:
        answer.pop("ResponseMetadata")
        (folder / name).write_text(json.dumps(answer, default=str))

    keep("list-roots.json", organizations.list_roots())
    child = PRODUCTION
    while True:
        for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
            if kind == "RESOURCE_CONTROL_POLICY":
                continue
            listed = organizations.list_policies_for_target(TargetId=child, Filter=kind)
            for one in listed["Policies"]:
                keep(f"describe-policy-{one['Id']}.json", organizations.describe_policy(PolicyId=one["Id"]))
            keep(f"list-policies-for-target-{child}-{kind}.json", listed)
        if child.startswith("r-"):
            return
        parents = organizations.list_parents(ChildId=child)
        keep(f"list-parents-{child}.json", parents)
        child = parents["Parents"][0]["Id"]


def test_a_folder_of_exported_answers_settles_it_and_nobody_is_asked(
    organizations: Any, aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    export(organizations, sh.folder / "policies")
    aws.calls.clear()

    found = planned(sh, key, "--org-policies", "policies")

    assert (found["class"], found["access"]) == ("ready", ["keeps"])
    asked = {call.operation for call in aws.calls if call.service == "organizations"}
    assert asked == {"DescribeOrganization"}


def test_a_plan_is_carried_out_from_another_folder_with_the_policies_that_it_read(
    organizations: Any, sh: Shell, key: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    export(organizations, sh.folder / "policies")
    plan = (f"s3://{BUCKET}", "--key", key, "--org-policies", "policies", "--out", "plan.json")
    assert sh("plan", *plan).exit == 0
    elsewhere = replace(sh, folder=tmp_path_factory.mktemp("elsewhere"))
    fix = ("fix", "--plan", str(sh.folder / "plan.json"))

    there = elsewhere(*fix)
    assert (there.exit, "1 bucket would change" in there.err) == (0, True), there.err

    (sh.folder / "policies").rename(sh.folder / "moved")
    gone = elsewhere(*fix)
    assert (gone.exit, "is not a folder" in gone.err, "or plan again" in gone.err) == (2, True, True)


def test_a_folder_that_nothing_was_exported_to_is_refused_with_the_commands(sh: Shell, key: str) -> None:
    (sh.folder / "policies").mkdir()

    done = sh("plan", "--key", key, "--org-policies", "policies")

    assert (done.exit, "--export-commands" in done.err) == (2, True)
    assert sh("plan", "--export-commands").out == f"{EXPORT_COMMANDS}\n"


def test_the_commands_of_the_export_name_every_file_that_is_read() -> None:
    for name in (
        "list-roots.json",
        file_name(op.LIST_PARENTS, ChildId="$id"),
        file_name(op.LIST_POLICIES_FOR_TARGET, TargetId="$id", Filter="$kind"),
        file_name(op.DESCRIBE_POLICY, PolicyId="$id"),
    ):
        assert name in EXPORT_COMMANDS


def test_a_folder_that_lacks_an_answer_settles_nothing(organizations: Any, sh: Shell, key: str) -> None:
    export(organizations, sh.folder / "policies")
    (sh.folder / "policies" / f"list-parents-{PRODUCTION}.json").unlink()

    found = planned(sh, key, "--org-policies", "policies")

    assert (found["class"], found["access"]) == ("look", [UNLESS])


def test_a_file_that_leads_out_of_the_folder_is_not_read(organizations: Any, sh: Shell, key: str) -> None:
    export(organizations, sh.folder / "policies")
    inside = sh.folder / "policies" / "list-roots.json"
    inside.rename(sh.folder / "outside.json")
    inside.symlink_to(sh.folder / "outside.json")

    assert planned(sh, key, "--org-policies", "policies")["access"] == [UNLESS]


def test_each_policy_and_unit_is_asked_about_once(
    organizations: Any, aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    for number in range(4):
        create_bucket(aws, PRODUCTION, f"{BUCKET}-{number}")
    aws.calls.clear()

    sh("plan", "--key", key, "--org-role", ROLE, "--format", "json")

    counted = Counter(call.operation for call in aws.calls if call.service == "organizations")
    assert counted == {
        "DescribeOrganization": 1,
        "ListRoots": 1,
        "ListParents": 1,
        "ListPoliciesForTarget": 2,
        "DescribePolicy": 1,
    }


@pytest.mark.parametrize(
    "options",
    [
        ("--org-role", "reads-policies"),
        ("--org-role", "arn:aws:iam::1:role/x"),
        ("--org-policies", "nowhere"),
        ("--org-role", ROLE, "--org-policies", "."),
        ("--accept", "everything"),
    ],
)
def test_what_means_nothing_is_said_before_anybody_is_asked(
    aws: EmbeddedAws, sh: Shell, options: tuple[str, ...]
) -> None:
    aws.calls.clear()

    assert sh("plan", *options).exit == 2
    assert aws.calls == []
