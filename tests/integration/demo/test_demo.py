"""`s3kms demo`: the story plays, any command runs, and other people's clients can talk to it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.support.cli import KEEP, Shell

from s3kms.demo.environment import DemoEnvironment, open_demo_environment
from s3kms.demo.sample_estate import ACCOUNTS, PROFILES, SAMPLE_BUCKETS, SAMPLE_DIRECTORY_BUCKETS
from s3kms.demo.story import STORY, play_story


class HereEnvironment(DemoEnvironment):
    """Commands run within this process: a second of imports is saved at each of thirty."""

    def run(self, arguments: Sequence[str], *, in_folder: bool = False) -> "subprocess.CompletedProcess[str]":
        """What a command printed."""
        assert in_folder
        done = Shell(self.folder, self.exports)(*arguments)
        return subprocess.CompletedProcess(arguments, done.exit, done.out, done.err)


@pytest.fixture(scope="module")
def told() -> str:
    """The whole story."""
    parts: list[str] = []
    with open_demo_environment() as opened:
        play_story(HereEnvironment(opened.aws, opened.folder, opened.exports), STORY, parts.append)
    return "".join(parts)


def test_the_command_begins_the_story_and_plays_its_commands(tmp_path: Path) -> None:
    process = Shell(tmp_path).start("demo")
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("[exit "):
            break
    process.terminate()
    process.communicate(timeout=60)

    first = STORY[0].steps[0]
    assert lines[0].startswith("An embedded AWS on 127.0.0.1, over real HTTP: 6 accounts")
    assert f"$ s3kms {first.command}\n" in lines
    assert lines[-1].startswith(f"[exit {int(first.exit)}")


@pytest.mark.slow
def test_the_story_is_told_to_its_end(told: str) -> None:
    played = [re.sub(r"\d{8}T\S+", "RUN", line[2:]) for line in told.splitlines() if line.startswith("$ ")]
    steps = [re.sub(r"RUN\w*", "RUN", step.command) for scene in STORY for step in scene.steps]
    assert played == [f"s3kms {one}" for one in steps]


def test_the_story_has_at_most_fourteen_scenes_each_with_its_reason() -> None:
    assert len(STORY) <= 14
    assert all(scene.why and scene.steps for scene in STORY)


def test_the_help_and_the_readme_tell_how_many_scenes_there_are(shell: Shell) -> None:
    told = f"a story of {len(STORY)} scenes"

    assert told in shell("demo", "--help").out
    assert told in (Path(__file__).parents[3] / "README.md").read_text()


@pytest.mark.slow
def test_the_story_tells_every_exit_code(told: str) -> None:
    codes = re.findall(r"^\[exit (\d+): \w", told, re.MULTILINE)

    assert [int(code) for code in codes] == [int(step.exit) for scene in STORY for step in scene.steps]


def test_the_estate_is_as_large_as_promised() -> None:
    assert len(ACCOUNTS) == 6
    assert len({s.region for s in SAMPLE_BUCKETS}) == 4
    assert len(SAMPLE_BUCKETS) + len(SAMPLE_DIRECTORY_BUCKETS) == 48


def test_any_command_runs_against_the_estate_with_its_own_exit_code(shell: Shell) -> None:
    done = shell("demo", "check", "s3://acme-ledger", "--format", "json")

    assert json.loads(done.out)["summary"]["pass"] == 1
    assert done.exit == 0
    assert shell("demo", "check", "--nonsense").exit == 2


@pytest.fixture(scope="module")
def opened() -> Iterator[Shell]:
    """A shell in the demo's environment."""
    with open_demo_environment() as environment:
        yield Shell(environment.folder, environment.exports)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_account_that_has_a_profile_can_be_asked(opened: Shell, profile: str) -> None:
    done = opened("check", "--profile", profile, "--format", "json")

    found = {finding["account"] for finding in json.loads(done.out)["findings"]}
    owners = {s.account for s in SAMPLE_BUCKETS}
    assert found == ({PROFILES[profile]} & owners), done.err


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """`s3kms demo --serve`, and the environment it prints."""
    clean = {name: value for name, value in os.environ.items() if name in KEEP}
    process = subprocess.Popen(
        [sys.executable, "-m", "s3kms", "demo", "--serve"],
        cwd=tmp_path_factory.mktemp("served"),
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.readline()  # it is up
        lines = [process.stdout.readline() for _ in range(8)]
        yield clean | dict(re.fullmatch(r"export (\w+)=(.*)\n", line).groups() for line in lines)  # type: ignore[union-attr,misc]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def test_the_real_aws_cli_talks_to_the_served_estate(served: dict[str, str]) -> None:
    aws = [sys.executable, "-m", "awscli", "s3api", "get-bucket-encryption", "--bucket", "acme-app-config"]
    out = subprocess.run(aws, env=served, capture_output=True, text=True, check=True).stdout

    (rule,) = json.loads(out)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms"}
    assert rule["BucketKeyEnabled"] is True


def test_it_listens_on_loopback_alone(served: dict[str, str]) -> None:
    assert served["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
