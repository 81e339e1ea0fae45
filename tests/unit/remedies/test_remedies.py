"""Hostile names leave every rendering harmless, and are still the same names to whoever reads it."""

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.terraform import Terraform, requires_terraform

from s3kms.changes.buckets.plan import plan_change
from s3kms.changes.requirement import EncryptionRequirement
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.change import Change
from s3kms.model.encryption import DSSE_KMS, NO_CONFIGURATION, SSE_KMS, SSE_S3, Encryption
from s3kms.model.errors import Refused
from s3kms.model.skipped import Skipped
from s3kms.remedies import REMEDIES
from s3kms.remedies.interface import Remedy
from s3kms.remedies.labels import camel, snake, unique_labels
from s3kms.remedies.render import render_changes
from s3kms.text.quoting import quote_hcl

NASTY = (
    "'", '"', "$(touch pwned)", "`touch pwned`", "${path.module}", "%{ if true }", "$${x}", "\n", "\r\n", "\\",
    "\x00", "\x1b[2J", "\x9b31m", "\u202e", "\u2028", "*/", "#", "// ", "- ", ": ", "!Ref x", "&a", "*a", "<!--", "|",
    "{{", "%s", "{0}", "a.b", "\N{GRINNING FACE}", "\x7f", "; rm -rf /", "EOF", "=cmd()",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(NASTY) | st.text(max_size=5), max_size=6).map("".join)
PLAIN = "plain"


def change(text: str, *, region: str = "eu-central-1", key: str | None = None) -> Change:
    """A change in which all that comes from outside says this."""
    before = Encryption(SSE_S3, key or text, bucket_key=False, blocked=("SSE-C", text))
    after = Encryption(SSE_KMS, key or text, bucket_key=True, blocked=("SSE-C", text))
    return Change(text, "111122223333", region, before, after)


def files(form: Remedy, *changes: Change) -> dict[str, str]:
    return {file.name: file.text for file in form.render_files(changes).files}


@pytest.mark.parametrize("form", REMEDIES, ids=[form.name for form in REMEDIES])
@given(text=HOSTILE)
def test_every_form_keeps_its_lines_and_writes_nothing_that_moves_a_cursor(form: Remedy, text: str) -> None:
    for rendered, plain in zip(
        form.render_files([change(text, key="k")]).files,
        form.render_files([change(PLAIN, key="k")]).files,
        strict=True,
    ):
        assert all(c.isprintable() or c == "\n" for c in rendered.text)
        assert rendered.text.count("\n") == plain.text.count("\n")


@given(text=HOSTILE)
def test_the_templates_say_the_very_names(text: str) -> None:
    form = next(form for form in REMEDIES if form.name == "cloudformation")
    for name, content in files(form, change(text)).items():
        if name.endswith(".yaml"):
            (resource,) = yaml.safe_load(content)["Resources"].values()
            rule = resource["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
            assert resource["Properties"]["BucketName"] == text
            assert rule["BlockedEncryptionTypes"]["EncryptionType"] == ["SSE-C", text]
            assert rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID", "") == text
        if name.endswith(".json"):
            assert json.loads(content)[0]["ResourceIdentifier"] == {"BucketName": text}


def recorded(script: str, folder: Path) -> list[list[str]]:
    """Run the script with an `aws` that only writes down what it is called with."""
    tool = folder / "bin" / "aws"
    tool.parent.mkdir(exist_ok=True)
    tool.write_text('#!/bin/sh\nprintf "%s\\0" "$@" END >> "$CALLS"\n[ "$1" != sts ] || echo 111122223333\n')
    tool.chmod(0o755)
    calls = folder / "calls"
    calls.unlink(missing_ok=True)
    env = {"PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}", "CALLS": str(calls)}
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [call.split("\0")[:-1] for call in calls.read_text().split("END\0") if call]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE)
def test_a_real_shell_runs_nothing_but_aws_and_hands_it_the_very_names(text: str, tmp_path: Path) -> None:
    form = next(form for form in REMEDIES if form.name == "cli")
    shown = "".join(c if c.isprintable() else "?" for c in text)
    for script in files(form, change(text)).values():
        calls = recorded(script, tmp_path)

        assert [call[:2] for call in calls] == [
            ["sts", "get-caller-identity"],
            ["s3api", "put-bucket-encryption"],
            ["s3api", "get-bucket-encryption"],
        ]
        put = calls[1]
        assert put[put.index("--bucket") + 1] == shown
        configuration = json.loads(put[put.index("--server-side-encryption-configuration") + 1])
        assert configuration["Rules"][0]["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C", text]}
        assert {path.name for path in tmp_path.iterdir()} == {"bin", "calls"}


@requires_terraform
@pytest.mark.terraform
def test_terraform_reads_the_very_names(tmp_path: Path) -> None:
    texts = [*NASTY, "".join(NASTY[:20]), "".join(reversed(NASTY))]
    expression = f"base64encode(jsonencode([{', '.join(quote_hcl(text) for text in texts)}]))"
    done = subprocess.run(
        ["terraform", "console", "-no-color"],
        cwd=tmp_path, env={**os.environ, "CHECKPOINT_DISABLE": "1"}, input=f"{expression}\n",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    assert json.loads(base64.b64decode(json.loads(done.stdout))) == texts


@requires_terraform
@pytest.mark.terraform
def test_the_code_stays_code_whatever_the_names(tmp_path: Path) -> None:
    form = next(form for form in REMEDIES if form.name == "terraform")
    for name, text in files(form, *(change(text) for text in NASTY)).items():
        (tmp_path / name).write_text(text)

    Terraform(tmp_path, {})("fmt", "-check", "-diff")


@given(text=HOSTILE, region=HOSTILE)
def test_the_link_leads_to_the_console_whatever_the_names(text: str, region: str) -> None:
    form = next(form for form in REMEDIES if form.name == "console")
    link = form.render(change(text, region=region)).split("<", 1)[1].split(">", 1)[0]

    assert link.startswith("https://")
    if region.isalnum() and region.isascii():
        assert urlsplit(link).netloc == f"{region}.console.aws.amazon.com"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("eusc-de-east-1", "eusc-de-east-1.console.amazonaws-eusc.eu"),
    ],
)
def test_each_partition_has_its_own_console(region: str, host: str) -> None:
    form = next(form for form in REMEDIES if form.name == "console")

    assert f"<https://{host}/s3/buckets/a-bucket?region={region}&tab=properties>" in form.render(
        change("a-bucket", region=region)
    )


@given(st.lists(HOSTILE, unique=True, max_size=8))
def test_every_bucket_has_an_identifier_of_its_own(names: list[str]) -> None:
    for style in (snake, camel):
        found = unique_labels(names, style)
        assert len(set(found.values())) == len(names)
        assert all(label.isidentifier() and label.isascii() for label in found.values())


def test_names_that_differ_in_a_mark_only_stay_apart() -> None:
    assert list(unique_labels(["a.b", "a-b", "a-b2", "a--b"], snake).values()) == [
        "a_b",
        "a_b2",
        "a_b22",
        "a_b3",
    ]


def test_a_template_of_the_largest_stack_can_be_sent_in_the_request() -> None:
    form = next(form for form in REMEDIES if form.name == "cloudformation")
    key = "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    changes = [change(f"{number:03}{'x' * 60}", key=key) for number in range(120)]

    sizes = [len(text.encode()) for name, text in files(form, *changes).items() if name.endswith("yaml")]

    assert len(sizes) == 6
    assert max(sizes) <= 51_200


@pytest.mark.parametrize(
    "form", [f for f in REMEDIES if BucketKind.DIRECTORY not in f.kinds], ids=lambda f: f.name
)
def test_a_form_without_words_for_directory_buckets_refuses_them(form: Remedy) -> None:
    directory = Change(
        "quick--use1-az4--x-s3", "111122223333", "us-east-1", Encryption(SSE_S3), Encryption(SSE_KMS, "k"),
        BucketKind.DIRECTORY,
    )  # fmt: skip

    with pytest.raises(Refused, match="does not change directory buckets") as refused:
        render_changes(form.name, [directory])
    assert "form='cli'" in str(refused.value.advice)


def test_the_script_names_no_owner_to_a_directory_bucket() -> None:
    form = next(form for form in REMEDIES if form.name == "cli")
    directory = Change(
        "quick--use1-az4--x-s3", "111122223333", "us-east-1", Encryption(SSE_S3), Encryption(SSE_KMS, "k"),
        BucketKind.DIRECTORY,
    )  # fmt: skip

    assert "expected-bucket-owner" not in files(form, directory)["fix.sh"]


@pytest.mark.parametrize("name", ["x$(reboot)", "a\nb", "..", "a" * 300, "\x1b[2J", "ab cd"])
def test_a_name_that_s3_never_gave_out_is_left_alone(name: str) -> None:
    left = plan_change(
        Bucket(name, "111122223333", "eu-central-1", encryption=Encryption(SSE_S3)), EncryptionRequirement()
    )

    assert isinstance(left, Skipped)
    assert left.is_unknown


def test_a_bucket_without_a_configuration_is_imported_without_one() -> None:
    none = Change("logs", "111122223333", "eu-central-1", NO_CONFIGURATION, Encryption(SSE_KMS))

    before, after, *_ = files(next(form for form in REMEDIES if form.name == "cloudformation"), none).values()

    (resource,) = _resources(before)
    assert resource["Properties"] == {"BucketName": "logs"}
    (changed,) = _resources(after)
    assert changed["Properties"]["BucketEncryption"] == {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
    }


def _resources(template: str) -> list[Any]:
    return list(yaml.safe_load(template)["Resources"].values())


def test_dsse_is_written_without_a_bucket_key_in_every_form() -> None:
    dsse = Change(
        "b", "111122223333", "eu-central-1", Encryption(SSE_S3), Encryption(DSSE_KMS, "k", bucket_key=False)
    )
    texts = {form.name: "".join(files(form, dsse).values()) for form in REMEDIES}

    assert '"BucketKeyEnabled": false' in texts["cli"]
    assert "BucketKeyEnabled: false" in texts["cloudformation"]
    assert "bucket_key_enabled = false" in texts["terraform"]
    assert "Bucket Key: Enable" not in texts["console"]
