"""`s3kms reencrypt` killed with SIGKILL at random moments and gone on with: it ends as if nothing had happened."""

from pathlib import Path

import pytest
from tests.support.killed_reencrypt import (
    ACCEPTED,
    SSE_S3,
    KilledReencryption,
    copy_faults,
    stored_versions,
    update_faults,
)

from s3kms.demo.aws import EmbeddedAws

OBJECTS, KILLS = 1000, 5


@pytest.mark.slow
def test_a_run_that_is_killed_five_times_ends_as_one_that_was_not(aws: EmbeddedAws, tmp_path: Path) -> None:
    killed = KilledReencryption(aws, tmp_path / "work")
    killed.folder.mkdir()
    killed.prepare(OBJECTS)
    before = stored_versions()
    moved = [version for version in before.values() if version.encryption == SSE_S3]

    killed.run(KILLS, expected_writes=len(moved))

    assert OBJECTS // 2 < len(moved) < len(before)
    assert len(killed.kills) == KILLS
    assert update_faults(before, stored_versions(), killed.key_arn) == {}
    assert killed.repeated == 0


@pytest.mark.slow
def test_copies_that_are_killed_leave_one_new_version_of_each_object(
    aws: EmbeddedAws, tmp_path: Path
) -> None:
    killed = KilledReencryption(aws, tmp_path / "work", "copy", ACCEPTED["copy"], seed=2)
    killed.folder.mkdir()
    killed.prepare(OBJECTS // 4)
    before = stored_versions()

    killed.run(KILLS, expected_writes=OBJECTS // 5)

    assert len(killed.kills) == KILLS
    assert len(stored_versions()) > len(before) + OBJECTS // 8
    assert copy_faults(before, stored_versions(), killed.key_arn) == {}
