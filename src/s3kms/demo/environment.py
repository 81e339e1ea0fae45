"""The demo's environment: an embedded AWS with the sample estate, and a folder to run commands in."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES, seed_estate
from s3kms.model.errors import S3kmsError

DEFAULT_PROFILE = "production"

INFRA_FOLDER = Path(__file__).parent / "infra"
"""Code that declares buckets: Terraform, and a CloudFormation template."""
EXEMPTIONS_FILE = Path(__file__).parent / "exemptions.toml"
"""A configuration that exempts one bucket."""
FINDINGS_FILE = Path(__file__).parent / "securityhub-findings.json"
"""Findings as `aws securityhub get-findings` prints them."""


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    """The server, and the environment variables that a shell needs to talk to it."""

    aws: EmbeddedAws
    folder: Path
    """Has the AWS configuration, sample code and a sample configuration: no s3kms.toml of the user's is in it."""
    exports: Mapping[str, str]
    """Environment variables by name: AWS_ENDPOINT_URL, AWS_CONFIG_FILE, AWS_PROFILE, …"""

    def run(self, arguments: Sequence[str], *, in_folder: bool = False) -> subprocess.CompletedProcess[str]:
        """`s3kms ARGUMENTS` in a process of its own.

        With `in_folder` it runs in `folder` and its output is captured as text; else it runs in the current folder
        and writes to the streams of this process.
        """
        return subprocess.run(
            [sys.executable, "-m", "s3kms", *arguments],
            env={**os.environ, **self.exports},
            text=True,
            capture_output=in_folder,
            cwd=self.folder if in_folder else None,
            check=False,
        )


@contextmanager
def open_demo_environment(port: int = 0) -> Iterator[DemoEnvironment]:
    """An embedded AWS on 127.0.0.1 with the sample estate in it, until the block ends.

    `port` 0 takes a free one. Raises S3kmsError where nothing can listen on the port.
    """
    aws = EmbeddedAws(port=port)
    try:
        aws.start()
    except OSError as error:
        raise S3kmsError(
            f"the embedded AWS cannot listen on port {port}: {error.strerror}", advice="try another --port"
        ) from error
    try:
        with tempfile.TemporaryDirectory(prefix="s3kms-demo-") as folder:
            environment = DemoEnvironment(aws, Path(folder), _write_aws_configuration(aws, Path(folder)))
            shutil.copytree(INFRA_FOLDER, environment.folder / INFRA_FOLDER.name)
            shutil.copy(EXEMPTIONS_FILE, environment.folder)
            shutil.copy(FINDINGS_FILE, environment.folder)
            seed_estate(aws)
            yield environment
    finally:
        aws.stop()


def _write_aws_configuration(aws: EmbeddedAws, folder: Path) -> dict[str, str]:
    """Write an AWS configuration with one profile per account; return the variables that make a shell use it."""
    credentials = folder / "credentials"
    config = folder / "config"
    keys = {profile: aws.credentials(account) for profile, account in PROFILES.items()}
    credentials.write_text(
        "".join(
            f"[{profile}]\n" + "".join(f"{name.lower()} = {value}\n" for name, value in key.items())
            for profile, key in keys.items()
        )
    )
    config.write_text("".join(f"[profile {profile}]\nregion = {FRANKFURT}\n" for profile in PROFILES))
    return {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_PROFILE": DEFAULT_PROFILE,
        "AWS_REGION": FRANKFURT,
        "AWS_DEFAULT_REGION": FRANKFURT,
        "NO_PROXY": os.environ.get("NO_PROXY") or "127.0.0.1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "XDG_STATE_HOME": str(folder / "state"),  # journals of an AWS that is gone tomorrow
    }
