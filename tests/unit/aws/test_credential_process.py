"""A credential_process that hangs is ended with its children, and said."""

import json
import os
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

    assert time.monotonic() - before < 10
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
