"""The real Terraform, where the machine has it and a folder with the AWS provider."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

PLUGINS = Path(os.environ.get("S3KMS_TERRAFORM_PLUGINS", "/opt/tf-plugins"))
"""A folder for `terraform init -plugin-dir`; the environment variable names another."""

ENV = {
    "CHECKPOINT_DISABLE": "1",
    "TF_CLI_CONFIG_FILE": os.devnull,
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
    "TF_CLI_ARGS_init": f"-plugin-dir={PLUGINS}",
    "GOGC": "400",  # a third of what a provider takes to start is the collection of its garbage
}
"""No question to a registry or to a person; for scripts that call Terraform, too."""


def _versions() -> list[tuple[int, int]]:
    found = PLUGINS.glob("registry.terraform.io/hashicorp/aws/*/*/terraform-provider-aws*")
    matches = (re.match(r"(\d+)\.(\d+)", path.parts[-3]) for path in found)
    return sorted((int(match[1]), int(match[2])) for match in matches if match)


PROVIDER = max(_versions(), default=None)
"""The newest AWS provider of the folder."""

MISSING = f"needs terraform and its AWS provider in {PLUGINS} (S3KMS_TERRAFORM_PLUGINS names another folder)"
requires_terraform = pytest.mark.skipif(not (shutil.which("terraform") and PROVIDER), reason=MISSING)


@dataclass(frozen=True)
class Terraform:
    """Terraform in a folder of code."""

    folder: Path
    env: Mapping[str, str]

    def ask(self, lines: str) -> "subprocess.CompletedProcess[str]":
        """What its console says to the last of these lines; it stops at one that it refuses."""
        return self.run("console", asked=lines)

    def run(self, *arguments: str, asked: str | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["terraform", *arguments, "-no-color"],
            input=asked,
            cwd=self.folder,
            env={**os.environ, **ENV, **self.env},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def __call__(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
