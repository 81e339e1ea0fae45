"""What surrounds `s3kms demo`: the user's own AWS settings, and ports that are taken."""

from pathlib import Path

from tests.support.cli import Shell

from s3kms.demo.aws import EmbeddedAws


def test_the_story_needs_nothing_of_the_users_own_aws(shell: Shell) -> None:
    (shell.folder / "s3kms.toml").write_text("this is not [toml")
    broken = shell.having(
        AWS_PROFILE="nope", HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9"
    )

    (shell.folder / "empty").mkdir()
    done = Shell(shell.folder / "empty", broken.env)("demo", "check", "s3://acme-ledger", "--format", "json")

    assert done.exit == 0


def test_a_port_that_is_taken_is_a_sentence(estate: EmbeddedAws, tmp_path: Path) -> None:
    port = estate.url.rsplit(":", 1)[1]

    done = Shell(tmp_path)("demo", "--port", port)

    assert done.exit == 1
    assert f"the embedded AWS cannot listen on port {port}" in done.err
    assert "try another --port" in done.err
