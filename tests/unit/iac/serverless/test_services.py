"""Buckets of services of the Serverless Framework are judged with the values that their files tell."""

import json
from pathlib import Path

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.iac.serverless.syntax import find_variable
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.stream import Note, ScanItem, Unlisted
from s3kms.model.unknown import Unknown, UnknownCause

HEAD = "service: photos\nprovider: {name: aws}\n"
KMS = "{ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms'}}]}"


def bucket(algorithm: str, name: str = "B") -> str:
    """The resources of a template in one line: one bucket."""
    rule = f"[{{ServerSideEncryptionByDefault: {{SSEAlgorithm: {algorithm}}}}}]"
    encryption = f"{{ServerSideEncryptionConfiguration: {rule}}}"
    return f"{{{name}: {{Type: AWS::S3::Bucket, Properties: {{BucketEncryption: {encryption}}}}}}}"


def items_of(folder: Path, files: dict[str, str]) -> list[ScanItem]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [one for one in CodeSource((folder,)).buckets(frozenset()) if isinstance(one, Bucket | Unlisted)]


def algorithms_of(folder: Path, files: dict[str, str]) -> dict[str | None, str | None]:
    """By logical id; None where it is unknown."""
    found = [one for one in items_of(folder, files) if isinstance(one, Bucket)]
    assert found
    return {
        one.resource: one.encryption.algorithm if isinstance(one.encryption, Encryption) else None
        for one in found
    }


VALUES = [
    ("AES256", "AES256"),
    ("'aws:kms'", "aws:kms"),
    ("${self:custom.alg}", "aws:kms:dsse"),
    ("${self:custom.map.${self:custom.key}}", "AES256"),
    ("${opt:alg, 'AES256'}", "AES256"),
    ("${opt:alg, self:custom.alg}", "aws:kms:dsse"),
    ("${opt:alg, ${self:custom.alg}}", "aws:kms:dsse"),
    ("${env:ALG, 'AES256'}", "AES256"),
    ("${self:custom.none, 'AES256'}", "AES256"),
    ("${param:same}", "AES256"),
    ("aws:${self:custom.half}", "aws:kms"),
    ("${file(values.yml):alg}", "AES256"),
    ("${file(./values.json):a.alg}", "aws:kms"),
    ("${file(none.yml):alg, 'AES256'}", "AES256"),
    ("${file(${self:custom.file}):alg}", "AES256"),
]
CUSTOM = """custom:
  alg: aws:kms:dsse
  half: kms
  key: prod
  file: values.yml
  map: {dev: 'aws:kms', prod: AES256}
  loop: ${self:custom.other}
  other: ${self:custom.loop}
params:
  default: {alg: 'aws:kms', same: AES256}
  dev: {alg: AES256}
"""
BESIDE = {
    "values.yml": "alg: AES256\n",
    "values.json": '{"a": {"alg": "aws:kms"}}',
    "x.js": "module.exports = 1\n",
}


def with_value(text: str) -> dict[str, str]:
    quoted = json.dumps(text.strip("'")) if "$" in text or ":" in text else text
    return {"serverless.yml": HEAD + CUSTOM + f"resources:\n  Resources: {bucket(quoted)}\n", **BESIDE}


@pytest.mark.parametrize(("text", "algorithm"), VALUES)
def test_a_variable_that_the_files_tell_is_judged(text: str, algorithm: str, tmp_path: Path) -> None:
    assert algorithms_of(tmp_path, with_value(text)) == {"B": algorithm}


@pytest.mark.parametrize(
    "text",
    [
        "${self:custom.map.${opt:stage, 'prod'}}",
        "${self:custom.map.${sls:stage}}",
        "${self:custom.map.${self:provider.stage}}",
        "${file(stage.${sls:stage}.yml):alg}",
        "${param:of}",
    ],
)
def test_what_the_stage_decides_has_an_outcome_for_each_stage(text: str, tmp_path: Path) -> None:
    files = {**with_value(text), "stage.dev.yml": "alg: aws:kms\n", "stage.prod.yml": "alg: AES256\n"}
    files["serverless.yml"] = files["serverless.yml"].replace(
        "dev: {alg: AES256}", "dev: {of: 'aws:kms'}\n  prod: {of: AES256}"
    )

    (found,) = items_of(tmp_path, files)

    assert isinstance(found, Bucket)
    outcomes = {
        one.when: one.encryption.algorithm for one in found.outcomes if isinstance(one.encryption, Encryption)
    }
    (failed,) = (when for when, algorithm in outcomes.items() if algorithm == "AES256")
    (passed,) = (when for when, algorithm in outcomes.items() if algorithm == "aws:kms")
    assert failed.endswith("the stage is prod")
    assert passed == "the stage is dev"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${ssm:/alg}", "Systems Manager"),
        ("${cf:stack.alg}", "output of another stack"),
        ("${env:ALG}", "environment"),
        ("${opt:alg}", "command line"),
        ("${opt:stage}", "command line"),
        ("${param:other}", "parameter"),
        ("${aws:accountId}", "account"),
        ("${file(x.js):alg}", "code and is not run"),
        ("${file(none.yml):alg}", "not there"),
        ("${file(../../../../../../etc/none.yml):alg}", "is in "),
        ("${self:custom.none}", "no value"),
        ("${self:custom.loop}", "leads to itself"),
        ("${self:custom.map.${ssm:/stage}}", "Systems Manager"),
        ("aws:${ssm:/alg}", "Systems Manager"),
    ],
)
def test_what_only_the_deployment_tells_is_unknown_with_its_reason(
    text: str, why: str, tmp_path: Path
) -> None:
    (found,) = items_of(tmp_path, with_value(text))

    assert isinstance(found, Bucket)
    assert isinstance(found.encryption, Unknown)
    assert why in found.encryption.why
    assert "S3kmsHole" not in found.encryption.why


RESOURCES = [
    f"resources: {{Resources: {bucket('AES256')}}}",
    f"resources:\n  - Resources: {bucket('AES256')}\n  - Resources: {bucket('AES256', 'C')}",
    "resources: ${file(cf.yml)}",
    "resources:\n  - ${file(cf.yml)}",
    "resources:\n  Resources: ${file(cf.yml):Resources}",
    "resources:\n  Resources:\n    B: ${file(cf.yml):Resources.B}",
]


@pytest.mark.parametrize("text", RESOURCES)
def test_resources_are_read_wherever_they_are_written(text: str, tmp_path: Path) -> None:
    files = {"serverless.yml": f"{HEAD}{text}\n", "cf.yml": f"Resources: {bucket('AES256')}\n"}

    found = algorithms_of(tmp_path, files)

    assert found["B"] == "AES256"
    assert set(found) == ({"B", "C"} if "C:" in text else {"B"})


def test_a_bucket_of_an_included_file_is_placed_there_and_read_once(tmp_path: Path) -> None:
    files = {
        "serverless.yml": f"{HEAD}resources: ${{file(cf/a.yml)}}\n",
        "cf/a.yml": f"Resources:\n  {bucket('AES256')[1:-1]}\n",
    }

    (found,) = items_of(tmp_path, files)

    assert isinstance(found, Bucket)
    assert [(place.uri, place.line) for place in found.places] == [(str(tmp_path / "cf/a.yml"), 2)]


def test_a_service_in_json_of_one_line_is_read(tmp_path: Path) -> None:
    service = {
        "service": "a",
        "provider": {"name": "aws"},
        "resources": {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}},
    }

    assert algorithms_of(tmp_path, {"serverless.json": json.dumps(service)}) == {"B": "AES256"}


@pytest.mark.parametrize("name", ["serverless.yaml", "serverless.prod.yml", "api.yml"])
def test_a_service_is_known_by_what_stands_in_it(name: str, tmp_path: Path) -> None:
    assert algorithms_of(tmp_path, {name: f"{HEAD}resources: {{Resources: {bucket('AES256')}}}\n"}) == {
        "B": "AES256"
    }


@pytest.mark.parametrize(
    "text",
    [
        "resources: ${file(x.js)}",
        "resources:\n  - ${file(x.js):resources}",
        "resources:\n  Resources: ${file(none.yml)}",
        "resources:\n  Resources:\n    B: ${file(x.js):B}",
        "resources:\n  Resources:\n    B: {Type: '${ssm:/type}'}",
        "functions: ${file(x.js):functions}",
        "functions:\n  f: {handler: h, events: '${file(x.js):events}'}",
        "functions:\n  f: {handler: h, events: [{s3: {bucket: {Ref: B}}}]}",
        "provider: {name: aws, deploymentBucket: {serverSideEncryption: 'aws:kms'}}",
        "plugins: [serverless-deployment-bucket]",
        "constructs:\n  site: {type: static-website, path: dist}",
    ],
)
def test_a_part_that_may_hold_a_bucket_and_is_not_known_is_named(text: str, tmp_path: Path) -> None:
    (found,) = items_of(tmp_path, {"serverless.yml": f"{HEAD}{text}\n", "x.js": "module.exports = 1\n"})

    assert isinstance(found, Unlisted)
    assert found.unknown.cause in {UnknownCause.UNRESOLVED, UnknownCause.UNSUPPORTED}
    assert f"{tmp_path / 'serverless.yml'} may declare buckets" in found.unknown.why
    assert "serverless package" in str(found.unknown.advice)


EVENTS = f"""service: photos
provider:
  name: aws
  s3:
    up:
      name: photos-up
      bucketEncryption: {KMS}
functions:
  f:
    handler: h
    events:
      - s3: pics
      - s3: {{bucket: pics, event: 's3:ObjectRemoved:*'}}
      - s3: {{bucket: up}}
      - s3: {{bucket: old, existing: true}}
"""


def test_events_make_one_bucket_each_with_what_the_provider_says_of_it(tmp_path: Path) -> None:
    assert algorithms_of(tmp_path, {"serverless.yml": EVENTS}) == {
        "S3BucketPics": "AES256",
        "S3BucketUp": "aws:kms",
    }


def test_resources_are_merged_into_the_bucket_of_an_event(tmp_path: Path) -> None:
    more = f"resources:\n  Resources:\n    S3BucketPics: {{Properties: {{BucketEncryption: {KMS}}}}}\n"

    assert algorithms_of(tmp_path, {"serverless.yml": EVENTS + more})["S3BucketPics"] == "aws:kms"


def test_an_extension_replaces_the_property_of_its_name(tmp_path: Path) -> None:
    text = f"""{HEAD}resources:
  Resources: {bucket("AES256")}
  extensions:
    B: {{Properties: {{BucketEncryption: {KMS}}}}}
"""

    assert algorithms_of(tmp_path, {"serverless.yml": text}) == {"B": "aws:kms"}


@pytest.mark.parametrize("version", ["3", "^3.2.0", ">=1.0.0 <4.0.0", "2 || 3", "~2.70.0"])
def test_the_deployment_bucket_of_version_3_is_judged(version: str, tmp_path: Path) -> None:
    text = f"{HEAD}frameworkVersion: '{version}'\n"

    assert algorithms_of(tmp_path, {"serverless.yml": text}) == {"ServerlessDeploymentBucket": "AES256"}


@pytest.mark.parametrize("more", ["frameworkVersion: '4'\n", "", "frameworkVersion: '>=2.0.0'\n"])
def test_the_deployment_bucket_that_may_be_one_of_the_account_is_a_note(more: str, tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(HEAD + more)
    source = CodeSource((tmp_path,))

    assert not [one for one in source.buckets(frozenset()) if isinstance(one, Bucket | Unlisted)]
    assert source.explains_absence


def test_a_deployment_bucket_that_is_named_is_made_elsewhere(tmp_path: Path) -> None:
    text = "service: a\nframeworkVersion: '3'\nprovider: {name: aws, deploymentBucket: {name: b}}\n"

    assert items_of(tmp_path, {"serverless.yml": text}) == []


@pytest.mark.parametrize(
    "custom",
    [
        "a: '${self:custom.b}${self:custom.b}'\n  b: '${self:custom.a}x'\n  alg: '${self:custom.a}'",
        "alg: {deep: '${self:custom.alg}'}",
        "\n  ".join([f"v{n}: '{f'${{self:custom.v{n + 1}}}' * 10}'" for n in range(12)])
        + "\n  v12: xxxxxxxxxx\n  alg: ${self:custom.v0}",
        "\n  ".join([f"v{n}: [{', '.join([f'${{self:custom.v{n + 1}}}'] * 10)}]" for n in range(12)])
        + "\n  v12: x\n  alg: ${self:custom.v0}",
    ],
)
def test_variables_that_grow_without_end_are_unknown(custom: str, tmp_path: Path) -> None:
    text = f"{HEAD}custom:\n  {custom}\nresources: {{Resources: {bucket('${self:custom.alg}')}}}\n"

    (found,) = items_of(tmp_path, {"serverless.yml": text})

    assert isinstance(found, Bucket | Unlisted)
    assert isinstance(found.encryption if isinstance(found, Bucket) else found.unknown, Unknown)


def test_variables_without_an_end_take_no_more_than_a_few_looks() -> None:
    text = "${self:custom.a" * 20_000

    assert find_variable(text) is None


def test_a_variable_behind_one_without_an_end_is_found() -> None:
    found = find_variable("${self:a ${self:b}")

    assert found is not None
    assert (found.start, found.end) == (9, 18)


CONDITIONAL = """resources:
  Conditions: {IsProd: !Equals ['VALUE', prod]}
  Resources: {B: {Type: AWS::S3::Bucket, Condition: IsProd}}
"""


@pytest.mark.parametrize("value", ["${opt:stage, ''dev''}", "${sls:stage}", "${self:custom.stage}"])
def test_a_bucket_of_one_stage_alone_is_judged(value: str, tmp_path: Path) -> None:
    text = HEAD + "custom: {stage: '${self:provider.stage}'}\n" + CONDITIONAL.replace("VALUE", value)

    assert algorithms_of(tmp_path, {"serverless.yml": text}) == {"B": "AES256"}


def test_a_bucket_that_no_stage_makes_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(HEAD + CONDITIONAL.replace("VALUE", "${opt:real, ''no''}"))

    notes = [
        str(one.sentence) for one in CodeSource((tmp_path,)).buckets(frozenset()) if isinstance(one, Note)
    ]

    assert any("B is conditional and not made, for the condition IsProd is false" in note for note in notes)
