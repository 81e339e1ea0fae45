"""Files that Prowler, Cloud Custodian and Checkov make: what they find wrong is taken, nothing else.

Each skips where its tool is not on PATH. They want environments of their own: pip install prowler, c7n, checkov.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3kms.demo.environment import DemoEnvironment, open_demo_environment
from s3kms.demo.sample_estate import FRANKFURT, PROFILES, SAMPLE_BUCKETS
from s3kms.model.encryption import KMS_ALGORITHMS
from s3kms.sources.external_findings.read import FindingsFile, PassedOver, read_external_findings

pytestmark = pytest.mark.slow
OWN = [one for one in SAMPLE_BUCKETS if one.account == PROFILES["production"]]
WITHOUT_KMS = {
    f"s3://{one.name}" for one in OWN if not (one.encryption and one.encryption.algorithm in KMS_ALGORITHMS)
}
MUTED = "s3://acme-invoices"
SEALED = "s3://acme-sealed"
"""Its setting cannot be read: Prowler fails it, Custodian leaves it out, and s3kms reads it again."""
POLICY = """
policies:
  - name: s3-not-kms
    resource: aws.s3
    filters:
      - {type: bucket-encryption, state: false, crypto: "aws:kms"}
"""
MUTELIST = """
Mutelist:
  Accounts:
    "*":
      Checks:
        s3_bucket_kms_encryption: {Regions: ["*"], Resources: [acme-invoices]}
"""


@pytest.fixture(scope="module")
def environment() -> Iterator[DemoEnvironment]:
    with open_demo_environment() as demo:
        yield demo


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"this machine has no {tool} on PATH")


def run(tool: str, *words: str, folder: Path, exports: dict[str, str] | None = None) -> None:
    env = {**os.environ, **(exports or {})}
    subprocess.run([tool, *words], cwd=folder, env=env, capture_output=True, timeout=600, check=False)


def read(path: Path) -> FindingsFile:
    return read_external_findings([path]).files[0]


@needs("prowler")
def test_what_prowler_fails_is_taken_of_each_of_its_formats(
    environment: DemoEnvironment, tmp_path: Path
) -> None:
    (tmp_path / "mute.yaml").write_text(MUTELIST)
    checks = ("s3_bucket_kms_encryption", "s3_bucket_default_encryption", "s3_bucket_object_versioning")
    run(
        *("prowler", "aws", "-c", *checks, "-M", "csv", "json-ocsf", "json-asff", "--no-banner"),
        *("-o", str(tmp_path), "-F", "out", "-f", FRANKFURT, "-w", "mute.yaml"),
        folder=tmp_path,
        exports=dict(environment.exports),
    )
    found = [read(tmp_path / f"out.{suffix}") for suffix in ("ocsf.json", "asff.json", "csv")]

    assert [one.form for one in found] == ["OCSF of Prowler", "ASFF of Prowler", "CSV of Prowler"]
    assert found[0].targets == found[1].targets == found[2].targets
    assert MUTED not in found[0].targets
    assert set(found[0].targets) < WITHOUT_KMS | {SEALED}
    assert all(dict(one.passed_over)[PassedOver.OTHER_CHECK] == one.findings // 3 for one in found)


@needs("custodian")
def test_every_bucket_in_the_resources_of_custodian_is_taken(
    environment: DemoEnvironment, tmp_path: Path
) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    run(
        *("custodian", "run", "-s", "out", "--region", FRANKFURT, "policy.yaml"),
        folder=tmp_path,
        exports=dict(environment.exports),
    )
    path = tmp_path / "out/s3-not-kms/resources.json"
    found = read(path)

    assert found.form == "resources.json of Cloud Custodian"
    assert len(found.targets) == len(json.loads(path.read_text())) > 10
    assert WITHOUT_KMS - {SEALED} <= set(found.targets)


@needs("checkov")
def test_files_that_checkov_fails_are_taken_and_what_it_was_told_to_skip_is_not(
    environment: DemoEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(environment.folder / "infra", tmp_path / "infra")
    skipped = '  # checkov:skip=CKV_AWS_145:accepted\n  bucket = "acme-accepted"\n'
    (tmp_path / "infra/skipped.tf").write_text(f'resource "aws_s3_bucket" "one" {{\n{skipped}}}\n')
    run(
        *("checkov", "-d", "infra", "--framework", "terraform", "cloudformation", "--skip-download"),
        *("-o", "sarif", "--output-file-path", "out"),
        folder=tmp_path,
    )
    monkeypatch.chdir(tmp_path)
    found = read(tmp_path / "out/results_sarif.sarif")

    assert found.form == "SARIF of Checkov"
    assert set(found.targets) == {"./infra/main.tf", "./infra/stack.yaml"}
    assert dict(found.passed_over)[PassedOver.CLOSED] == 1
