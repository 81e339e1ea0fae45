"""Completion: bash, zsh and fish themselves ask s3kms, and s3kms answers without loading the world."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support.cli import Shell

from s3kms.cli.completion import SHELLS
from s3kms.cli.main import COMMANDS
from s3kms.rules import IDS

BIN = str(Path(sys.executable).parent)
SETUP = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        'bind "set enable-bracketed-paste off"; bind "set bell-style none"; source done.sh\n',
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "setopt no_beep; autoload -U compinit; compinit -u -D; source done.sh\n",
    ),
}
SECONDS = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a folder of code, an AWS configuration, and what the shells are to load."""
    (tmp_path / "infrastructure").mkdir()
    (tmp_path / "config").write_text(
        "[default]\n[profile --apply]\n[profile prod-eu]\n[profile a b]\n[profile $(touch caught)]\n"
        "[sso-session prod-x]\n"
    )
    (tmp_path / "credentials").write_text("[prod-us]\naws_secret_access_key = SECRETSECRET\n[prod-eu]\n")
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "TERM": "dumb",
        "PS1": "> ",
        "LANG": "C.UTF-8",
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
    }


def completed(folder: Path, *words: str) -> list[str]:
    """What s3kms answers a shell that completes the last of these words."""
    asked = {
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
        "_S3KMS_COMPLETE": "bash_complete",
    }
    command = [sys.executable, "-c", "import sys; from s3kms.cli.main import run; run([])"]
    done = subprocess.run(
        command, env={**environment(folder), **asked}, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return [line.removeprefix("plain,") for line in done.stdout.splitlines() if line]


def test_commands_are_completed(folder: Path) -> None:
    assert completed(folder, "s3kms", "") == list(COMMANDS)


def test_rules_hazards_and_formats_are_those_of_the_program(folder: Path) -> None:
    assert completed(folder, "s3kms", "check", "--rule", "") == list(IDS)
    assert "website" in completed(folder, "s3kms", "explain", "web")
    assert completed(folder, "s3kms", "fix", "--accept", "unr") == ["unread"]
    assert completed(folder, "s3kms", "objects", "--from", "inf") == ["file,inf"]
    assert "sarif" in completed(folder, "s3kms", "check", "--format", "s")


def test_profiles_are_named_once_and_one_that_a_shell_would_run_is_not(folder: Path) -> None:
    assert completed(folder, "s3kms", "check", "--profile", "") == ["default", "prod-eu", "prod-us"]


@pytest.mark.parametrize("text", [None, "no section\n", "[a\n[b]\n", "\xff"])
def test_a_configuration_that_cannot_be_read_has_no_profiles(folder: Path, text: str | None) -> None:
    (folder / "config").unlink()
    if text is not None:
        (folder / "config").write_text(text, encoding="latin-1")

    assert completed(folder, "s3kms", "check", "--profile", "prod-u") == ["prod-us"]


def test_a_line_that_means_nothing_completes_nothing(folder: Path) -> None:
    assert completed(folder, "s3kms", "nope", "x") == []
    assert completed(folder, "s3kms", "check", "s3://acme") == []


def test_every_command_completes_its_options(folder: Path) -> None:
    assert "--changed-since" in completed(folder, "s3kms", "check", "--cha")


def test_a_completion_loads_no_sdk_and_no_network_and_of_commands_none(folder: Path) -> None:
    """A person waits for it at each TAB."""

    def loaded(*words: str) -> set[str]:
        code = (
            "import sys; from s3kms.cli.main import run\n"
            "try: run([])\nexcept SystemExit: print(); print(*sys.modules)"
        )
        asked = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        env = {**environment(folder), **asked, "_S3KMS_COMPLETE": "bash_complete"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        return set(done.stdout.splitlines()[-1].split())

    commands = loaded("s3kms", "ch")
    assert len(commands) <= 170
    assert not [name for name in commands if name.startswith("s3kms.cli.check")]
    rules = loaded("s3kms", "check", "--rule", "s3_")
    assert len(rules) <= 270
    assert rules & {"boto3", "botocore", "asyncio", "ssl", "yaml", "pydantic", "rich"} == set()


@pytest.mark.parametrize("name", SHELLS)
def test_the_script_is_one_that_the_shell_can_parse(shell: Shell, name: str) -> None:
    done = shell("completion", name)
    assert done.exit == 0
    if shutil.which(name) is None:
        pytest.skip(f"needs {name}")

    parsed = subprocess.run([name, "-n"], input=done.out, capture_output=True, text=True, check=False)
    assert (parsed.returncode, parsed.stderr) == (0, "")


def test_another_shell_is_a_usage_error(shell: Shell) -> None:
    assert shell("completion", "tcsh").exit == 2


@pytest.mark.parametrize("name", SETUP)
@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("s3kms expl\t", "s3kms explain "),
        ("s3kms check --rule s3_ta\t", "s3kms check --rule s3_table_bucket_kms_encryption "),
        ("s3kms check --profile prod-u\t", "s3kms check --profile prod-us "),
        ("s3kms check infra\t", "s3kms check infrastructure/"),
    ],
)
def test_the_tab_of_a_real_shell_completes(folder: Path, name: str, keys: str, line: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"needs {name}")
    command, setup = SETUP[name]
    script = Shell(folder)("completion", name).out
    (folder / "done.sh").write_text(script)

    typed = type_keys(command, setup, keys, line, folder)

    assert line in typed
    assert "rror" not in typed


def type_keys(command: list[str], setup: str, keys: str, until: str, folder: Path) -> str:
    """What an interactive shell shows once it is set up and these keys are pressed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, environment(folder))
    try:
        _read(terminal, "> ")
        os.write(terminal, f"{setup}echo rea''dy\n".encode())
        _read(terminal, "\nready")
        os.write(terminal, keys.encode())
        return _read(terminal, until)
    finally:
        os.close(terminal)
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def _read(terminal: int, until: str) -> str:
    """The screen until this stands in it, or time is up."""
    shown, ends = "", time.monotonic() + SECONDS
    while until not in shown and (left := ends - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            shown += os.read(terminal, 65536).decode(errors="replace").replace("\r", "")
    return shown


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("s3kms expl", "explain"),
        ("s3kms check --rule s3_ta", "s3_table_bucket_kms_encryption"),
        ("s3kms check --profile prod-u", "prod-us"),
        ("s3kms check infra", "infrastructure/"),
    ],
)
def test_fish_completes(folder: Path, line: str, found: str) -> None:
    if shutil.which("fish") is None:
        pytest.skip("needs fish")
    (folder / "done.fish").write_text(Shell(folder)("completion", "fish").out)

    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source done.fish; complete -C '{line}'"],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )

    assert [one.split("\t")[0] for one in done.stdout.splitlines()] == [found]
