"""A role that requires an external id: given again to carry a plan out, to verify and to undo."""

from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.support.cli import Shell

from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.demo.sample_estate import AUDIT_EXTERNAL_ID, AUDIT_ROLE, seed_estate

BUCKET = "acme-invoices"
ID = ("--external-id", AUDIT_EXTERNAL_ID)


@pytest.fixture
def sh(server: EmbeddedAws, tmp_path: Path) -> Shell:
    server.reset()
    seed_estate(server, frozenset({BUCKET}))
    return shell_of(server, tmp_path, "audit")


def test_a_run_in_another_account_is_verified_and_undone_with_the_external_id(sh: Shell) -> None:
    role = ("--account", PRODUCTION, "--assume-role", AUDIT_ROLE)
    accepted = ("--accept", "org-policies-unread")
    assert sh("plan", f"s3://{BUCKET}", *role, *ID, *accepted, "--out", "plan.json").exit == 0
    fixed = sh("fix", "--plan", "plan.json", *ID, "--apply", "--yes")
    assert fixed.exit == 0, fixed.err
    run = fixed.err.rsplit("--run ", 1)[1].split()[0]

    refused = sh("verify", "--run", run)
    assert (refused.exit, "--external-id ID" in refused.err) == (1, True)
    assert "--assume-role" not in refused.err  # verify has none
    assert sh("verify", "--run", run, *ID).exit == 0

    refused = sh("undo", run, "--apply", "--yes")
    assert (refused.exit, "--external-id" in refused.err) == (1, True)
    undone = sh("undo", run, *ID, "--apply", "--yes")
    assert (undone.exit, "done" in undone.out) == (0, True), undone.err
    assert AUDIT_EXTERNAL_ID not in "".join(
        path.read_text() for path in Path(f"{sh.folder}-state").rglob("*") if path.is_file()
    )


def test_an_external_id_without_a_run_or_of_another_shape_is_bad_input(sh: Shell) -> None:
    without = sh("verify", f"s3://{BUCKET}", *ID)
    assert (without.exit, "name --run RUN, or leave it out" in without.err) == (2, True)

    for command in (("verify", "20261123T114000Z-1a2b3c"), ("undo", "20261123T114000Z-1a2b3c")):
        wrong = sh(*command, "--external-id", "a b")
        assert (wrong.exit, "--external-id is not an external id" in wrong.err) == (2, True), wrong.err
