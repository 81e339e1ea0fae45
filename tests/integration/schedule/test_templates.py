"""`s3kms schedule`: cfn-lint and Terraform take what is printed, and it allows what the check needs and no more."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.cli import Shell
from tests.support.terraform import Terraform, requires_terraform

from s3kms.scheduled import OPTION_NAMES

RESULTS = ("--results", "s3://acme-audit/s3kms/")
ORG = ("--org", "--assume-role", "path/s3kms-read", "--external-id", "a+=,.@:/-1")
TRUST = "arn:aws:iam::111122223333:role/s3kms-check"
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "account": RESULTS,
    "bucket": (*RESULTS, "--new-bucket", "s3://logs-*"),
    "organization": (*RESULTS, *ORG, "--deep", "--schedule", "cron(0 4 ? * MON-FRI *)"),
    "key": (
        *("--results", "s3://acme-audit", "--results-owner", "222222222222", "--name", "audit_1"),
        *("--results-key", "arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ),
    "aggregator": (*RESULTS, "config://organization", "--confirm", "--assume-role", "s3kms-read"),
}
ROLE = ("--trust", TRUST, "--ou", "r-ab12", "--ou", "ou-ab12-12345678", *ORG[1:])


def rendered(shell: Shell, *arguments: str) -> str:
    done = shell("schedule", *arguments)
    assert (done.exit, done.err) == (0, "")
    return done.out


def resources(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["Resources"]
    return found


def allowed(text: str) -> dict[str, Any]:
    """Action to resource, of the function's or the role's policy."""
    (policy,) = resources(text)["Role"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    assert all(one["Effect"] == "Allow" for one in statements)
    return {action: one["Resource"] for one in statements for action in one["Action"]}


def test_cfn_lint_has_nothing_to_say(shell: Shell) -> None:
    """One process for all: it takes seconds to load."""
    for name, arguments in FUNCTIONS.items():
        shell("schedule", "function", *arguments, "-o", f"{name}.yaml")
    shell("schedule", "role", *ROLE, "-o", "role.yaml")
    inner = resources((shell.folder / "role.yaml").read_text())["Members"]["Properties"]["TemplateBody"]
    (shell.folder / "member.yaml").write_text(inner)

    files = sorted(str(path) for path in shell.folder.glob("*.yaml"))
    assert len(files) == len(FUNCTIONS) + 2
    tool = str(Path(sys.executable).with_name("cfn-lint"))
    done = subprocess.run(
        [tool, "--regions", "eu-central-1", "--", *files], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@requires_terraform
@pytest.mark.terraform
@pytest.mark.slow
def test_terraform_validates_it(tmp_path: Path) -> None:
    """One module each, so that the provider is started once."""
    calls = ""
    for name, arguments in {**FUNCTIONS, "role": ROLE}.items():
        folder = tmp_path / name
        folder.mkdir()
        part = "role" if name == "role" else "function"
        (folder / "main.tf").write_text(rendered(Shell(tmp_path), part, *arguments, "--as", "terraform"))
        package = "" if part == "role" else '  package = "s3kms.zip"\n'
        calls += f'module "{name}" {{\n  source = "./{name}"\n{package}}}\n'
    (tmp_path / "main.tf").write_text(calls)
    terraform = Terraform(tmp_path, {})

    terraform("init")
    done = json.loads(terraform("validate", "-json"))
    assert (done["valid"], done["diagnostics"]) == (True, [])


def test_the_function_may_write_to_its_prefix_and_read_and_no_more(shell: Shell) -> None:
    found = allowed(rendered(shell, "function", *RESULTS, "s3://logs-*"))

    assert found == {
        "s3:ListAllMyBuckets": "*",
        "s3express:ListAllMyDirectoryBuckets": "*",
        "s3:GetEncryptionConfiguration": "arn:aws:s3:::logs-*",
        "s3express:GetEncryptionConfiguration": "arn:aws:s3express:*:*:bucket/logs-*",
        "s3:PutObject": "arn:aws:s3:::acme-audit/s3kms/*",
        "logs:CreateLogStream": {"Fn::GetAtt": ["Logs", "Arn"]},
        "logs:PutLogEvents": {"Fn::GetAtt": ["Logs", "Arn"]},
    }


@pytest.mark.parametrize("name", ["account", "organization", "aggregator"])
def test_the_permissions_are_those_that_the_command_permissions_prints(shell: Shell, name: str) -> None:
    options = [one for one in FUNCTIONS[name][2:] if one not in {"--schedule", "cron(0 4 ? * MON-FRI *)"}]
    if "--external-id" in options:
        del options[options.index("--external-id") : options.index("--external-id") + 2]
    printed = json.loads(shell("permissions", "check", *options).out)

    (policy,) = resources(rendered(shell, "function", *FUNCTIONS[name]))["Role"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    assert [one for one in printed["Statement"] if one not in statements] == []
    assert len(statements) == len(printed["Statement"]) + 2  # the results and the logs


def test_both_languages_say_the_same(shell: Shell) -> None:
    """Actions, environment and trust are made once."""
    arguments = ("function", *FUNCTIONS["organization"])
    template, code = rendered(shell, *arguments), rendered(shell, *arguments, "--as", "terraform")

    actions = {one for one in allowed(template) if not one.startswith("logs:")}
    assert {one for one in actions if f'"{one}"' in code} == actions
    environment = resources(template)["Function"]["Properties"]["Environment"]["Variables"]
    assert json.dumps(environment["S3KMS_SCHEDULED_CHECK"]) in code
    assert re.search(r'schedule_expression = "cron\(0 4 \? \* MON-FRI \*\)"', code)


def test_the_environment_has_the_options_and_nothing_else(shell: Shell) -> None:
    template = rendered(shell, "function", *FUNCTIONS["organization"])
    environment = resources(template)["Function"]["Properties"]["Environment"]["Variables"]
    options = json.loads(environment["S3KMS_SCHEDULED_CHECK"])

    assert options == {
        "assume_role": "path/s3kms-read",
        "deep": True,
        "external_id": "a+=,.@:/-1",
        "org": True,
    }
    assert options.keys() <= OPTION_NAMES
    assert environment["S3KMS_RESULTS_OWNER"] == {"Ref": "AWS::AccountId"}


def test_the_role_reads_and_may_be_assumed_by_the_function_alone(shell: Shell) -> None:
    template = rendered(shell, "role", *ROLE)
    role = resources(template)["Role"]["Properties"]

    assert {action.partition(":")[2][:3] for action in allowed(template)} <= {"Get", "Lis"}
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["ArnEquals"] == {"aws:PrincipalArn": TRUST}
    assert statement["Condition"]["StringEquals"] == {"sts:ExternalId": "a+=,.@:/-1"}
    assert (role["Path"], role["RoleName"]) == ("/path/", "s3kms-read")
    stack_set = resources(template)["Members"]["Properties"]
    assert stack_set["StackInstancesGroup"][0]["DeploymentTargets"]["OrganizationalUnitIds"] == list(
        ROLE[3:6:2]
    )
    assert resources(stack_set["TemplateBody"])["Role"]["Properties"] == role


@pytest.mark.parametrize("way", ["option", "configuration"])
def test_rules_of_the_check_count(shell: Shell, way: str) -> None:
    plain = allowed(rendered(shell, "function", *RESULTS))
    option = ("--rule", "s3_bucket_kms_key_rotation") if way == "option" else ()
    if way == "configuration":
        (shell.folder / "s3kms.toml").write_text('rules = ["s3_bucket_kms_key_rotation"]\n')
    found = allowed(rendered(shell, "function", *RESULTS, *option))

    assert "kms:GetKeyRotationStatus" in found.keys() - plain.keys()


HOSTILE = ("a'b", 'a"b', "a${b}", "a\nb", "a b", "a`b", "a%{b}", "a\u202eb", "a#b", "!Ref b", "{b}")


@pytest.mark.parametrize(
    ("part", "option", "form"),
    [
        ("function", "--results", "s3://{}/p/"),
        ("function", "--results", "s3://acme-audit/{}/"),
        ("function", "--name", "{}"),
        ("function", "--schedule", "{}"),
        ("function", "--schedule", "cron(0 4 * * ? {})"),
        ("function", "--schedule", "rate({} days)"),
        ("function", "--results-key", "arn:aws:kms:eu-central-1:222222222222:key/{}"),
        ("function", "--results-owner", "{}"),
        ("function", "--region", "{}"),
        ("function", "--account", "{}"),
        ("role", "--ou", "{}"),
        ("role", "--trust", "arn:aws:iam::111122223333:role/{}"),
        ("role", "--assume-role", "{}"),
        ("role", "--external-id", "{}"),
    ],
)
def test_what_a_template_would_have_to_quote_is_refused(
    shell: Shell, part: str, option: str, form: str
) -> None:
    given = RESULTS if part == "function" else ROLE
    for text in HOSTILE:
        if option == "--results" and "p/" not in form and text == "!Ref b":
            text = "a b"  # noqa: PLW2901 - a prefix may have an exclamation mark
        done = shell("schedule", part, *given, option, form.format(text))
        assert (done.exit, done.out) == (2, ""), text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("function",), "no bucket for the results is named"),
        (("role", "--trust", TRUST), "no organizational unit is named"),
        (("role", "--ou", "r-ab12"), "no principal that may assume the role is named"),
        (("role", *ROLE, *RESULTS), "--results belongs to schedule function"),
        (("function", *RESULTS, "--ou", "r-ab12"), "--trust and --ou belong to schedule role"),
        (("function", *RESULTS, "./infra"), "code is not checked on a schedule"),
        (("function", *RESULTS, "--schedule", "rate(1 days)"), "is not a schedule"),
        (("function", "--results", "acme-audit"), "is not an address"),
        (("function", "--results", "s3://acme-audit/s3kms"), "is not a prefix"),
        (("function", *RESULTS, "--new-bucket", "--results-owner", "111122223333"), "a bucket that is there"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(
    shell: Shell, arguments: tuple[str, ...], sentence: str
) -> None:
    done = shell("schedule", *arguments)

    assert done.exit == 2
    assert sentence in done.err


def test_accounts_that_do_not_fit_into_the_environment_are_refused(shell: Shell) -> None:
    (shell.folder / "accounts").write_text("\n".join(str(100000000000 + number) for number in range(400)))
    done = shell("schedule", "function", *RESULTS, "--accounts-file", "accounts")

    assert done.exit == 2
    assert "do not fit into the environment" in done.err


def test_the_bucket_that_it_makes_passes_our_own_check(shell: Shell) -> None:
    for form, file in (("cloudformation", "t.yaml"), ("terraform", "main.tf")):
        shell("schedule", "function", *FUNCTIONS["bucket"], "--as", form, "-o", file)
    done = shell("check", ".", "--format", "json")

    assert [(one["bucket"], one["verdict"]) for one in done.findings] == [("acme-audit", "pass")] * 2
