"""An estate with every case that a rendering has to get right, and what `--apply` makes of it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.aws_cli import aws_cli_folder
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

FRANKFURT, VIRGINIA = "eu-central-1", "us-east-1"
BLOCKED = {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}

CASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "aws-s3": (FRANKFURT, {}),
    "customer-key": (FRANKFURT, {}),
    "dsse": (FRANKFURT, {}),
    "bucket-key-off": (FRANKFURT, {}),
    "other-region": (VIRGINIA, {}),
    "name.with.dots": (FRANKFURT, {}),
    "sse-c-blocked": (FRANKFURT, BLOCKED),
}
"""Bucket to region, and what its rule has besides SSE-S3. A new bucket blocks SSE-C, so each is put."""

WANTED = """
[keys."{account}"]
eu-central-1 = "aws/s3"

[[overrides]]
buckets = "customer-key"
key = "{key}"

[[overrides]]
buckets = "name.with.dots"
key = "{key}"

[[overrides]]
buckets = "dsse"
algorithm = "aws:kms:dsse"
key = "{key}"

[[overrides]]
buckets = "bucket-key-off"
bucket_key = false
"""


@dataclass(frozen=True)
class Stage:
    """The estate, a shell in its account, and a second pair of eyes."""

    aws: EmbeddedAws
    shell: Shell

    @property
    def env(self) -> dict[str, str]:
        """For programs of other people."""
        folders = (aws_cli_folder(), Path(sys.executable).parent, os.environ["PATH"])
        tools = os.pathsep.join(map(str, folders))
        return {**self.shell.env, "PATH": tools, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": ""}

    def client(self, service: str, region: str = FRANKFURT) -> Any:
        return client_of(self.aws, PRODUCTION, service, region)

    def reset(self) -> None:
        """Every bucket as it is before the fix."""
        for name, (region, parts) in CASES.items():
            self.client("s3", region).put_bucket_encryption(
                Bucket=name,
                ServerSideEncryptionConfiguration={
                    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, **parts}]
                },
            )

    def rule(self, name: str, region: str | None = None) -> Mapping[str, Any]:
        s3 = self.client("s3", region or CASES[name][0])
        answer = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
        found: Mapping[str, Any] = answer["Rules"][0]
        return found

    def rules(self) -> dict[str, Mapping[str, Any]]:
        return {name: self.rule(name) for name in CASES}

    def fix(self, *arguments: str) -> Path:
        """`s3kms fix` of every case, or of the targets that are named, in a form; the folder of the files."""
        targets = [a for a in arguments if a.startswith("s3://")] or [f"s3://{name}" for name in CASES]
        options = [a for a in arguments if not a.startswith("s3://")]
        folder = self.shell.folder / f"out-{len(list(self.shell.folder.iterdir()))}"
        done = self.shell("fix", *targets, *options, "--out", str(folder))
        assert done.exit == 0, done.out + done.err
        return folder

    def run(self, *command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command, cwd=folder, env=self.env, capture_output=True, text=True, timeout=300, check=False
        )


def make_stage(aws: EmbeddedAws, folder: Path) -> Stage:
    """The buckets, a customer managed key, and a s3kms.toml that asks something else of each."""
    env = {"AWS_ENDPOINT_URL": aws.url, "AWS_REGION": FRANKFURT, **aws.credentials(PRODUCTION)}
    stage = Stage(aws, Shell(folder, {**env, "XDG_STATE_HOME": str(folder / "state")}))
    for name, (region, _) in CASES.items():
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != VIRGINIA else {}
        stage.client("s3", region).create_bucket(Bucket=name, **where)
    key = stage.client("kms").create_key()["KeyMetadata"]["Arn"]
    (folder / "s3kms.toml").write_text(WANTED.format(account=PRODUCTION, key=key))
    stage.reset()
    return stage
