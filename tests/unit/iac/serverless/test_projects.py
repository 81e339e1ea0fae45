"""Services of a project (serverless-compose.yml): each is read, with the parameters of the project, or named."""

import json
from pathlib import Path

import pytest
from tests.support.edits import edits

from s3kms.iac.code_source import CodeSource
from s3kms.iac.interface import Declined, Document
from s3kms.iac.serverless.language import LANGUAGE
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.stream import ScanItem, Unlisted

HEAD = "service: photos\nprovider: {name: aws}\n"


def service(algorithm: str, head: str = HEAD) -> str:
    rule = f"[{{ServerSideEncryptionByDefault: {{SSEAlgorithm: {algorithm}}}}}]"
    properties = f"{{BucketEncryption: {{ServerSideEncryptionConfiguration: {rule}}}}}"
    return f"{head}resources: {{Resources: {{B: {{Type: AWS::S3::Bucket, Properties: {properties}}}}}}}\n"


PROJECT = "services:\n  a: {path: a}\n  b:\n    path: b\n    params: {alg: AES256}\n"
FILES = {
    "serverless-compose.yml": PROJECT,
    "a/serverless.yml": service("'aws:kms'"),
    "b/serverless.yml": service("'${param:alg}'"),
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def items(folder: Path, files: dict[str, str], *named: str) -> list[ScanItem]:
    write(folder, files)
    paths = tuple(folder / name for name in named) or (folder,)
    return [one for one in CodeSource(paths).buckets(frozenset()) if isinstance(one, Bucket | Unlisted)]


def algorithms(folder: Path, files: dict[str, str], *named: str) -> list[str | None]:
    found = [one for one in items(folder, files, *named) if isinstance(one, Bucket) and one.resource == "B"]
    return [one.encryption.algorithm if isinstance(one.encryption, Encryption) else None for one in found]


def unknowns(folder: Path, files: dict[str, str], *named: str) -> list[str]:
    return [one.unknown.why for one in items(folder, files, *named) if isinstance(one, Unlisted)]


@pytest.mark.parametrize("named", [(), ("serverless-compose.yml",), (".", "serverless-compose.yml")])
def test_a_service_is_read_once_with_the_parameters_of_its_project(
    tmp_path: Path, named: tuple[str, ...]
) -> None:
    assert sorted(map(str, algorithms(tmp_path, FILES, *named))) == ["AES256", "aws:kms"]


def test_the_finding_is_at_the_line_of_the_project_that_decides(tmp_path: Path) -> None:
    found = [one for one in items(tmp_path, FILES) if isinstance(one, Bucket) and one.resource == "B"]
    (decided,) = [
        one for one in found if isinstance(one.encryption, Encryption) and not one.encryption.is_kms
    ]

    assert (Path(decided.places[0].uri).name, decided.places[0].line) == ("serverless-compose.yml", 5)


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_project_in_another_form_is_one_too(tmp_path: Path, suffix: str) -> None:
    project = {"services": {"b": {"path": "b", "params": {"alg": "AES256"}}}}
    files = {
        f"serverless-compose.{suffix}": json.dumps(project),
        "b/serverless.yml": FILES["b/serverless.yml"],
    }

    assert algorithms(tmp_path, files) == ["AES256"]
    assert algorithms(tmp_path, files, f"serverless-compose.{suffix}") == ["AES256"]


def test_what_a_project_gives_goes_before_what_the_service_has_itself(tmp_path: Path) -> None:
    own = "params: {default: {alg: 'aws:kms'}}\n"

    assert algorithms(tmp_path, FILES | {"b/serverless.yml": service("'${param:alg}'", HEAD + own)}) == [
        "aws:kms",
        "AES256",
    ]


def test_a_parameter_that_is_the_output_of_another_service_is_unknown(tmp_path: Path) -> None:
    files = FILES | {"serverless-compose.yml": PROJECT.replace("AES256", "'${a.alg}'")}

    assert algorithms(tmp_path, files) == ["aws:kms", None]


def test_a_service_in_a_file_of_another_name_is_found(tmp_path: Path) -> None:
    project = "services:\n  a: {path: a, config: api.yml}\n"
    files = {"serverless-compose.yml": project, "a/api.yml": service("AES256")}

    assert algorithms(tmp_path, files, "serverless-compose.yml") == ["AES256"]
    assert algorithms(tmp_path, files) == ["AES256"]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "the service a is to be at"),
        (
            {"a/serverless.ts": "export = {service: 'a', provider: {}, resources: {}}"},
            "is code and is not run",
        ),
    ],
)
def test_a_service_that_cannot_be_read_is_named(tmp_path: Path, files: dict[str, str], why: str) -> None:
    project = {"serverless-compose.yml": "services:\n  a: {path: a}\n"}

    (found,) = unknowns(tmp_path, project | files, "serverless-compose.yml")

    assert why in found


def test_a_service_in_code_is_named_once_in_the_whole_tree(tmp_path: Path) -> None:
    code = {"a/serverless.ts": "export = {\n  service: 'a',\n  provider: {},\n  resources: {}\n}"}

    assert len(unknowns(tmp_path, {"serverless-compose.yml": "services:\n  a: {path: a}\n"} | code)) == 1


def test_a_project_that_cannot_be_parsed_is_named(tmp_path: Path) -> None:
    assert "cannot be read" in unknowns(tmp_path, {"serverless-compose.yml": "services: {a: [\n"})[0]


def test_a_service_of_another_cloud_is_passed_over(tmp_path: Path) -> None:
    files = {
        "serverless-compose.yml": "services:\n  a: {path: a}\n",
        "a/serverless.yml": "service: a\nprovider: {name: google}\n",
    }

    assert items(tmp_path, files) == []


def test_a_bucket_of_a_project_that_is_named_alone_is_left_to_its_folder() -> None:
    project = b"services:\n  a: {path: a}\n"
    files = {Path("serverless-compose.yml"): project, Path("a/serverless.yml"): service("AES256").encode()}

    (declined,) = edits(LANGUAGE, Document(Path("serverless-compose.yml"), project), files)

    assert isinstance(declined, Declined)
    assert "serverless-compose.yml only names" in declined.why
