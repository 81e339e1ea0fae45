"""The demo's story: the real commands, run as typed, against the sample estate over real HTTP."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES, seed_estate
from s3kms.model.errors import S3kmsError
from s3kms.model.exits import Exit

DEFAULT_PROFILE = "production"


@dataclass(frozen=True, slots=True)
class Scene:
    """One command of the story, what it shows, and how it ends."""

    says: str
    command: str
    ends: Exit


INFRA_FOLDER = Path(__file__).parent / "infra"
"""Code that declares buckets: Terraform, and a CloudFormation template."""

NEWEST_RUN_PLACEHOLDER = "RUN"
"""In a scene: the id of the newest run."""

STORY = (
    Scene("Which buckets of the production account are not on SSE-KMS?", "check", Exit.FINDINGS),
    Scene(
        "SSE-KMS is not enough where the key cannot be used; S3 never looks, so we do.",
        "check --rule s3_bucket_kms_key_usable --region eu-central-1 s3://acme-o* s3://acme-s*",
        Exit.FINDINGS,
    ),
    Scene(
        "Another account of the organization, for a ticket.",
        "check --profile sandbox --format markdown",
        Exit.FINDINGS,
    ),
    Scene(
        "The whole organization; an account that cannot be entered is said.",
        "check --profile management --org s3://acme-sandbox-*",
        Exit.FINDINGS,
    ),
    Scene(
        "The same from AWS Config's inventory, without entering an account.",
        "check --profile management config://organization --region us-east-1",
        Exit.FINDINGS,
    ),
    Scene("One bucket, for a script.", "check s3://acme-ledger --format jsonl", Exit.OK),
    Scene("A mistake gets a sentence.", "check s3://acme-no-such-bucket --format table", Exit.NOTHING),
    Scene(
        "Why it matters, and what to do about one bucket.",
        "explain s3_bucket_kms_encryption s3://acme-invoices --region eu-central-1",
        Exit.OK,
    ),
    Scene("What would a fix change? Nothing is written yet.", "fix s3://acme-web-*", Exit.OK),
    Scene(
        "Do it: journalled before each write, read back after.", "fix s3://acme-web-* --apply --yes", Exit.OK
    ),
    Scene("Seen by the check.", "check s3://acme-web-* --format table", Exit.OK),
    Scene(
        "A key that cannot be used is refused.", "fix s3://acme-invoices --key alias/disabled", Exit.REFUSED
    ),
    Scene(
        "Proved: a tiny object really lands under the key, and is removed again.",
        "verify s3://acme-web-uploads --probe --format table",
        Exit.OK,
    ),
    Scene("The runs there are.", "runs", Exit.OK),
    Scene("And back.", f"undo {NEWEST_RUN_PLACEHOLDER} --apply --yes", Exit.OK),
    Scene("Or by hand: the steps in the console.", "fix s3://acme-www --as console", Exit.OK),
    Scene("Or a script for the AWS CLI.", "fix s3://acme-www --as cli", Exit.OK),
    Scene(
        "Or Terraform, with import blocks: a change, nothing to add or destroy.",
        "fix s3://acme-www --as terraform",
        Exit.OK,
    ),
    Scene(
        "Or CloudFormation: imported as it is, then changed.",
        "fix s3://acme-www --as cloudformation",
        Exit.OK,
    ),
    Scene("The buckets that code declares, judged where they are declared.", "check infra", Exit.FINDINGS),
    Scene("The edits that put them right there.", "fix infra", Exit.OK),
    Scene("Written, journalled and read back.", "fix infra --apply --yes", Exit.OK),
    Scene("In a pipeline: would anything change?", "fix infra --check", Exit.OK),
    Scene("The least IAM policy for all of the above.", "permissions check fix verify undo", Exit.OK),
)


@contextmanager
def open_demo_environment(port: int = 0) -> Iterator["DemoEnvironment"]:
    """An embedded AWS with the sample estate, and the environment of a shell that talks to it."""
    aws = EmbeddedAws(port=port)
    try:
        aws.start()
    except OSError as error:
        raise S3kmsError(
            f"the embedded AWS cannot listen on port {port}: {error.strerror}", advice="try another --port"
        ) from error
    try:
        with tempfile.TemporaryDirectory(prefix="s3kms-demo-") as folder:
            on = DemoEnvironment(aws, Path(folder), _write_configuration(aws, Path(folder)))
            shutil.copytree(INFRA_FOLDER, Path(folder) / INFRA_FOLDER.name)
            seed_estate(aws)
            yield on
    finally:
        aws.stop()


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    """The server, and what has to be in the environment to talk to it."""

    aws: EmbeddedAws
    folder: Path
    """Empty but for the AWS configuration and the code: the user's own s3kms.toml has no part in the story."""
    exports: Mapping[str, str]

    def run(self, arguments: Sequence[str], *, in_folder: bool = False) -> subprocess.CompletedProcess[str]:
        """`s3kms ARGUMENTS` in a process of its own, as from a shell; in our folder its output is captured."""
        return subprocess.run(
            [sys.executable, "-m", "s3kms", *arguments],
            env={**os.environ, **self.exports},
            text=True,
            capture_output=in_folder,
            cwd=self.folder if in_folder else None,
            check=False,
        )


def play_story(on: DemoEnvironment, scenes: Sequence[Scene], show: Callable[[str], None]) -> None:
    """Play the story. Raises S3kmsError where a command ends otherwise than the story says."""
    for number, scene in enumerate(scenes, 1):
        command = (
            scene.command.replace(NEWEST_RUN_PLACEHOLDER, _newest_run(on))
            if NEWEST_RUN_PLACEHOLDER in scene.command
            else scene.command
        )
        show(f"\n# {number}. {scene.says}\n$ s3kms {command}\n")
        arguments = shlex.split(command)
        if arguments[0] in {"check", "runs"} and "--format" not in arguments:
            arguments += ["--format", "table"]  # what a terminal shows
        done = on.run(arguments, in_folder=True)
        show(f"{done.stdout}{done.stderr}[exit {done.returncode}: {Exit(done.returncode).meaning}]\n")
        if done.returncode != scene.ends:
            raise S3kmsError(f"the story expected exit {int(scene.ends)} here", advice="report this as a bug")


def _newest_run(on: DemoEnvironment) -> str:
    listed = json.loads(on.run(["runs", "--format", "json"], in_folder=True).stdout)
    return str(listed[0]["run"])


def _write_configuration(aws: EmbeddedAws, folder: Path) -> dict[str, str]:
    """An AWS configuration with one profile an account; the user's own stays untouched."""
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
