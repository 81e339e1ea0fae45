"""The state bucket of `remote_state`: judged as Terragrunt makes it."""

from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.iac.interface import Document
from s3kms.iac.terragrunt.reader import READER
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown

STATE = 'remote_state {{\n  backend = "s3"\n  config = {{\n    bucket = "acme-state"\n    {}\n  }}\n}}\n'


def buckets_of(text: str, name: str = "/live/root.hcl") -> list[Bucket]:
    document = Document(Path(name), text.encode())
    assert READER.claims(document)
    return list(READER.read(document, context({name: text})))


@pytest.mark.parametrize(
    ("setting", "algorithm", "key"),
    [
        ("encrypt = true", "aws:kms", None),
        ("encrypt = false", "aws:kms", None),
        ('bucket_sse_algorithm = "AES256"', "AES256", None),
        ('bucket_sse_kms_key_id = "alias/state"', "aws:kms", "alias/state"),
        ("skip_bucket_ssencryption = true", "AES256", None),
        ('skip_bucket_ssencryption = true\n    bucket_sse_algorithm = "aws:kms"', "AES256", None),
    ],
)
def test_the_state_bucket_is_what_terragrunt_makes_of_its_settings(
    setting: str, algorithm: str, key: str | None
) -> None:
    (found,) = buckets_of(STATE.format(setting))

    assert found.name == "acme-state"
    assert isinstance(found.encryption, Encryption)
    assert (found.encryption.algorithm, found.encryption.key) == (algorithm, key)
    assert [(one.uri, one.line) for one in found.places] == [("/live/root.hcl", 1)]


def test_a_name_that_hangs_on_the_environment_leaves_the_rest_judged() -> None:
    text = STATE.format("encrypt = true").replace('"acme-state"', '"acme-${get_env("ENVIRONMENT")}"')

    (found,) = buckets_of(text)

    assert found.name is None
    assert isinstance(found.encryption, Encryption)


def test_an_algorithm_of_the_environment_is_unknown() -> None:
    (found,) = buckets_of(STATE.format('bucket_sse_algorithm = get_env("ALGORITHM")'))

    assert isinstance(found.encryption, Unknown)
    assert "ALGORITHM" in found.encryption.why


def test_a_server_that_is_not_aws_is_unknown() -> None:
    (found,) = buckets_of(STATE.format('endpoint = "https://fra1.digitaloceanspaces.com"'))

    assert isinstance(found.encryption, Unknown)


@pytest.mark.parametrize(
    "text",
    [
        'remote_state {\n  backend = "gcs"\n  config = { bucket = "s3" }\n}\n',
        STATE.format("").replace("config", "disable_init = true\n  config", 1),
    ],
)
def test_a_bucket_that_terragrunt_does_not_make_is_none(text: str) -> None:
    assert not buckets_of(text)


def test_a_state_bucket_is_read_where_it_stands_and_not_once_more_for_each_unit() -> None:
    unit, root = 'include "r" {\n  path = "../root.hcl"\n}\n', STATE.format("")
    files = {"/live/a/terragrunt.hcl": unit, "/live/root.hcl": root}
    document = Document(Path("/live/a/terragrunt.hcl"), unit.encode())

    assert not list(READER.read(document, context(files)))
    assert len(buckets_of(root)) == 1


def test_the_json_syntax_is_the_same() -> None:
    text = '{"remote_state": {"backend": "s3", "config": {"bucket": "acme-state", "bucket_sse_algorithm": "AES256"}}}'

    (found,) = buckets_of(text, "/live/terragrunt.hcl.json")

    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "AES256"


def test_a_setting_that_only_a_unit_can_tell_leaves_the_rest_judged() -> None:
    name = 'read_terragrunt_config(find_in_parent_folders("account.hcl")).locals.name'
    text = f"locals {{\n  name = {name}\n}}\n" + STATE.format("").replace(
        '"acme-state"', '"acme-${local.name}"'
    )

    (found,) = buckets_of(text)

    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == "aws:kms"
