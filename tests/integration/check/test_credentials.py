"""Credentials that are not there: each a sentence that names what is missing, at once, and exit code 1."""

from pathlib import Path

import pytest
from tests.support.cli import Shell
from tests.support.raw_server import OK, RawServer, always, make_authority

from s3kms.aws.connection import Connection

CONFIG = """
[profile mfa]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = base
mfa_serial = arn:aws:iam::111122223333:mfa/x
[profile base]
aws_access_key_id = AKIABASE
aws_secret_access_key = secret
[profile sso]
sso_session = x
sso_account_id = 111122223333
sso_role_name = r
[sso-session x]
sso_start_url = https://x.invalid/start
sso_region = us-east-1
[profile process]
credential_process = false
[profile login]
login_session = arn:aws:iam::111122223333:user/x
"""


@pytest.fixture
def sh(shell: Shell) -> Shell:
    (shell.folder / "config").write_text(CONFIG)
    return shell.having(AWS_CONFIG_FILE="config", AWS_REGION="us-east-1", HOME=str(shell.folder))


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        ("mfa", "the role wants an MFA code (Enter MFA code for arn:aws:iam::111122223333:mfa/x)"),
        ("sso", "sign in again: aws sso login --profile sso"),
        ("process", "custom-process: false ended with code 1 and said nothing"),
        ("login", "there are no usable AWS credentials"),
    ],
)
@pytest.mark.parametrize("command", [("check", "s3://case-bucket"), ("fix", "s3://case-bucket")])
def test_a_profile_that_gives_none_says_why(
    sh: Shell, command: tuple[str, str], profile: str, says: str
) -> None:
    done = sh.process(*command, "--profile", profile)

    assert done.exit == 1
    assert says in done.err
    assert "GetPassWarning" not in done.err


def test_a_token_file_that_is_missing_is_named(sh: Shell) -> None:
    role = {"AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x", "AWS_WEB_IDENTITY_TOKEN_FILE": "nosuch/token"}

    done = sh.having(**role)("check", "s3://case-bucket")

    assert done.exit == 1
    assert "nosuch/token cannot be read: No such file or directory" in done.err


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_named_certificates_count_for_every_call(shell: Shell, tmp_path: Path, variable: str) -> None:
    """GetCallerIdentity and the listing: both reach a server of that authority."""
    authority = make_authority(tmp_path, "localhost")
    with RawServer(always(OK), authority.server) as server:
        keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
        url = f"https://localhost:{server.port}"
        trusting = shell.having(**keys, **{variable: str(authority.file)}, AWS_ENDPOINT_URL=url)
        trusting("check")
        asked_sts = len(server.requests)
        trusting.having(AWS_ACCOUNT_ID="111122223333")("check", "--no-directory-buckets")

    assert asked_sts > 0
    assert any(request.startswith("GET /?") for request in server.requests[asked_sts:])


def test_the_aws_variable_counts_before_that_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "theirs.pem")
    assert Connection().ca_bundle == "theirs.pem"
    monkeypatch.setenv("AWS_CA_BUNDLE", "ours.pem")

    assert Connection().ca_bundle == "ours.pem"


@pytest.mark.parametrize("region", ["aws-global", "fips-us-east-1", "us-east-1-fips"])
@pytest.mark.parametrize("where", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_pseudo_region_names_the_real_one(shell: Shell, region: str, where: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", where: region}

    done = shell.having(**keys)("check", "s3://case-bucket")

    assert done.exit == 2, done.err
    assert f"'{region}' stands for an endpoint" in done.err
    assert "write us-east-1" in done.err


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (
            "echo 'vault: no such account' >&2; exit 3",
            "sh ended with code 3 and said: vault: no such account",
        ),
        ("echo 'key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY refused' >&2; exit 1", "key *** refused"),
        ("echo 'AKIAIOSFODNN7EXAMPLE, password=hunter2' >&2; exit 1", "***, password***"),
        ("echo hello", "it printed something that is not JSON"),
        ("echo []", "it printed JSON that is not an object"),
    ],
)
@pytest.mark.parametrize("profile", ["broken", "role"])
def test_a_process_that_gives_no_credentials_says_why_without_secrets(
    shell: Shell, script: str, says: str, profile: str
) -> None:
    (shell.folder / "script").write_text(script)
    (shell.folder / "config").write_text(
        "[profile broken]\ncredential_process = sh script\n"
        "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = broken\n"
    )

    done = shell.having(AWS_CONFIG_FILE="config", AWS_REGION="us-east-1")(
        "check", "s3://case-bucket", "--profile", profile
    )

    assert done.exit == 1
    assert says in done.err
    assert "run the credential_process of the profile by hand" in done.err
    assert "wJalr" not in done.err
    assert "hunter2" not in done.err


def test_a_process_that_is_not_there_is_named(shell: Shell) -> None:
    (shell.folder / "config").write_text("[profile gone]\ncredential_process = nosuchprogram --x\n")

    done = shell.having(AWS_CONFIG_FILE="config", AWS_REGION="us-east-1")(
        "check", "s3://b-b", "--profile", "gone"
    )

    assert done.exit == 1
    assert "it cannot be run: No such file or directory" in done.err
