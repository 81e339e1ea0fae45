"""`s3kms check` with an s3kms.toml: what the file may look like, and what it asks for."""

import pytest
from tests.support.cli import Shell

from s3kms.demo.sample_estate import PROFILES


def test_a_byte_order_mark_is_no_mistake(production: Shell) -> None:
    (production.folder / "s3kms.toml").write_text("rules = []\n", encoding="utf-8-sig")
    (production.folder / "targets").write_text("s3://acme-ledger\r\n", encoding="utf-8-sig")

    assert production("check", "--from-file", "targets").exit == 0


def test_a_configuration_nested_without_end_is_a_sentence(shell: Shell) -> None:
    (shell.folder / "s3kms.toml").write_text("a=" + "[" * 5000)

    done = shell("check")

    assert done.exit == 2
    assert "is not TOML" in done.err


def test_an_override_for_one_bucket_asks_nothing_of_the_others(production: Shell) -> None:
    (production.folder / "s3kms.toml").write_text(
        '[[overrides]]\nbuckets = "acme-app-config"\nkey_kind = "customer-managed"\n'
    )

    done = production("check", "--format", "json", "s3://acme-app-config", "s3://acme-app-state")

    assert done.verdicts("s3_bucket_customer_managed_key") == {
        "acme-app-config": "fail",
        "acme-app-state": "pass",
    }


@pytest.mark.parametrize(
    "form", ['"alias/data"', f'"arn:aws:kms:eu-central-1:{PROFILES["production"]}:alias/data"']
)
def test_an_allowed_alias_is_the_key_however_a_bucket_names_it(production: Shell, form: str) -> None:
    (production.folder / "s3kms.toml").write_text(f"allowed_keys = [{form}]\n")

    done = production(
        "check",
        "--format",
        "json",
        "s3://acme-orders",
        "s3://acme-customers",
        "s3://acme-ledger",
        "s3://acme-old-mail",
    )

    assert done.verdicts("s3_bucket_kms_key_allowed") == {
        "acme-orders": "pass",
        "acme-customers": "pass",
        "acme-ledger": "pass",
        "acme-old-mail": "fail",
    }
