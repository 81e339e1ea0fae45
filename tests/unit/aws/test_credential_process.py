"""A credential_process that hangs is ended with its children, and said."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
from botocore.exceptions import CredentialRetrievalError
from botocore.session import Session

from s3kms.aws.credential_process import BoundedProcessProvider


def provider(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> BoundedProcessProvider:
    (folder / "script").write_text(script)
    (folder / "config").write_text(f"[profile p]\ncredential_process = sh {folder}/script\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    return BoundedProcessProvider("p", Session(), seconds=1)


def is_running(pid: int) -> bool:
    """Whether it is there and no zombie that waits for this container's first process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")  # noqa: PTH112
def test_a_process_that_hangs_is_ended_with_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hanging = provider(monkeypatch, tmp_path, f"sleep 60 & echo $! > {tmp_path}/child; wait")
    before = time.monotonic()

    with pytest.raises(CredentialRetrievalError, match="sh printed no credentials within 1 s, and was ended"):
        hanging.load()

    assert time.monotonic() - before < 50  # what hangs sleeps for 60
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(child)


def test_a_process_that_answers_gives_its_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = {"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "s", "AccountId": "111122223333"}

    found = provider(monkeypatch, tmp_path, f"echo '{json.dumps(given)}'").load()

    assert found is not None
    assert (found.access_key, found.secret_key, vars(found)["account_id"]) == ("A", "s", "111122223333")


def test_a_process_that_ended_is_not_waited_for_where_its_child_holds_the_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = {"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "s"}
    script = f"sleep 30 & echo $! > {tmp_path}/child; echo '{json.dumps(given)}'"

    found = provider(monkeypatch, tmp_path, script).load()

    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
    assert found is not None
    assert found.access_key == "A"


def test_a_process_that_prints_without_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    endless = provider(monkeypatch, tmp_path, "exec yes")

    with pytest.raises(CredentialRetrievalError, match="sh printed more than 1 MB, and was ended"):
        endless.load()


def test_of_many_words_of_a_failure_the_last_are_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failing = provider(
        monkeypatch, tmp_path, "yes | head -c 3000000 >&2; echo the vault is closed >&2; exit 3"
    )

    with pytest.raises(
        CredentialRetrievalError, match=r"sh ended with code 3 and said: .*the vault is closed"
    ):
        failing.load()


@pytest.mark.parametrize(
    "words",
    [
        "proxy https://me:hunter2@proxy:8080 refused",
        "usage: vault --password hunter2",
        "usage: vault --session-token=hunter2",
        "Authorization: Bearer hunter2",
        "the password is hunter2",
        "AWS_SECRET_ACCESS_KEY=hunter2",
        '{"SessionToken": "hunter2"}',
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEhunter2",
    ],
)
def test_no_secret_is_shown_of_what_a_failing_process_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str
) -> None:
    failing = provider(monkeypatch, tmp_path, f"cat >&2 <<'EOF'\n{words}\nEOF\nexit 3")

    with pytest.raises(CredentialRetrievalError, match="ended with code 3 and said: ") as raised:
        failing.load()

    assert "hunter2" not in str(raised.value)
