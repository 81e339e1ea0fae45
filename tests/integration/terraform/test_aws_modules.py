"""The complete example of terraform-aws-modules/s3-bucket, a release that is not ours and is not kept here."""

import os
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.support.remedies import Stage
from tests.support.terraform import Terraform, requires_terraform

from s3kms.demo.aws import EmbeddedAws
from s3kms.desired.configuration import Configuration
from s3kms.iac import load_languages
from s3kms.iac.files import DiskFiles
from s3kms.iac.interface import Document, Folder, ReadContext, Unit
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS
from s3kms.model.findings import Finding
from s3kms.rules import find_rule
from s3kms.rules.evaluate import evaluate_bucket

RELEASE = "4.11.0"
"""The last that takes the AWS provider 5."""
NAME = "terraform-aws-s3-bucket"
MODULES = Path(os.environ.get("S3KMS_MODULES", "/nowhere")) / NAME
MISSING = (
    f"needs release {RELEASE} of terraform-aws-modules/{NAME} in a folder {NAME} of S3KMS_MODULES: "
    f"git clone --branch v{RELEASE} https://github.com/terraform-aws-modules/{NAME}"
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.terraform,
    pytest.mark.skipif(not (MODULES / "examples/complete/main.tf").is_file(), reason=MISSING),
]

SAID = {
    "module.log_bucket.aws_s3_bucket.this[0]": ("fail", None),
    "module.cloudfront_log_bucket.aws_s3_bucket.this[0]": ("fail", None),
    "module.simple_bucket.aws_s3_bucket.this[0]": ("fail", None),
    "module.s3_bucket.aws_s3_bucket.this[0]": ("pass", "customer-managed"),
}
"""Three of the four are called without an encryption; the fourth with a key of the example."""


KEYED = "module.s3_bucket.aws_s3_bucket.this[0]"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, beside its module; random_pet, which chooses names, is a built-in resource there, because
    there is but one provider here.
    """
    folder = tmp_path_factory.mktemp("modules") / NAME
    shutil.copytree(MODULES, folder, ignore=shutil.ignore_patterns(".git", ".terraform*"))
    example = folder / "examples/complete"
    for path in example.glob("*.tf"):
        text = path.read_text().replace("random_pet", "terraform_data").replace("  length = 2\n", "")
        path.write_text(re.sub(r"\n    random = \{.*?\n    \}", "", text, flags=re.DOTALL))
    return example


def findings(unit: Unit) -> dict[str, Finding]:
    reader = next(one.reader for one in load_languages() if one.reader.claims(unit))
    rule = find_rule("s3_bucket_kms_encryption")
    buckets = reader.read(unit, ReadContext(DiskFiles(), DEFAULT_CODE_INPUTS))
    return {str(b.resource): evaluate_bucket(b, rule, Configuration(), date(2026, 11, 23)) for b in buckets}


def told(found: Finding) -> tuple[str, str | None]:
    return str(found.verdict), found.key_kind


def test_the_code_of_the_release_is_judged_as_it_is() -> None:
    found = findings(Folder(MODULES / "examples/complete"))

    assert {address: told(finding) for address, finding in found.items()} == SAID


@requires_terraform
def test_the_plan_of_the_release_is_judged_alike(server: EmbeddedAws, tmp_path: Path, copy: Path) -> None:
    server.reset()
    terraform = Terraform(copy, Stage(server, shell_of(server, tmp_path)).env)
    terraform("init")
    terraform("plan", "-out=plan.bin")
    plan = terraform("show", "-json", "plan.bin").encode()

    found = findings(Document(Path("plan.json"), plan))
    beside = findings(Document(copy / "plan.json", plan))

    assert {address: said for address, said in SAID.items() if address != KEYED} == {
        address: told(finding) for address, finding in found.items() if address != KEYED
    }
    assert told(found[KEYED]) == ("unknown", None), (
        "a plan says nothing of what stands behind a dynamic block"
    )
    assert "an expression that the plan does not show" in found[KEYED].message
    assert {address: told(finding) for address, finding in beside.items()} == SAID
    assert "what the code beside the plan says" in beside[KEYED].message
