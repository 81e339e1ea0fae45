"""Addresses of modules, and the repositories that they lead to."""

import pytest

from s3kms.iac.hcl.module_sources import RemoteModule, parse_module_source, parse_repository_address

LOGS = "github.com/acme/terraform-cloud-logs"


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("acme/logs/cloud", RemoteModule(LOGS, "")),
        ("acme/logs/cloud//modules/one", RemoteModule(LOGS, "modules/one")),
        ("registry.terraform.io/acme/logs/cloud", RemoteModule(LOGS, "")),
        ("registry.opentofu.org/acme/logs/cloud", RemoteModule(LOGS, "")),
        ("app.terraform.io/acme/logs/cloud", RemoteModule("app.terraform.io/acme/terraform-cloud-logs", "")),
        ("github.com/Acme/terraform-cloud-logs", RemoteModule(LOGS, "")),
        ("github.com/acme/terraform-cloud-logs//one/two?ref=v1", RemoteModule(LOGS, "one/two", "v1")),
        ("git::https://github.com/acme/terraform-cloud-logs.git?ref=v1.2", RemoteModule(LOGS, "", "v1.2")),
        ("git::https://token@github.com/acme/terraform-cloud-logs//one", RemoteModule(LOGS, "one")),
        ("git::ssh://git@github.com/acme/terraform-cloud-logs.git//one?depth=1", RemoteModule(LOGS, "one")),
        ("git@github.com:acme/terraform-cloud-logs.git", RemoteModule(LOGS, "")),
        ("git::git@github.com:acme/terraform-cloud-logs.git//one", RemoteModule(LOGS, "one")),
        ("git::https://git.example:8443/a/b/c.git//d", RemoteModule("git.example/a/b/c", "d")),
        ("https://example.com/module.zip", None),
        ("../logs", None),
        ("logs", None),
        ("", None),
    ],
)
def test_the_forms_of_one_address_lead_to_one_repository(source: str, module: RemoteModule | None) -> None:
    assert parse_module_source(source) == module


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/terraform-cloud-logs.git",
        "https://github.com/acme/terraform-cloud-logs",
        "git@github.com:acme/terraform-cloud-logs.git",
        "ssh://git@github.com:22/acme/terraform-cloud-logs.git",
    ],
)
def test_a_remote_of_git_is_the_repository(address: str) -> None:
    assert parse_repository_address(address) == LOGS


def test_a_remote_that_is_a_path_is_no_repository() -> None:
    assert parse_repository_address("/srv/git/logs") is None
