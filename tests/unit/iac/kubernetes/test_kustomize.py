"""Patches of Kustomize are no objects of their own: one that is about encryption is named, any other is nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.iac.interface import Document
from s3kms.iac.kubernetes.reader import NAME, READER
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.unknown import Unknown

BASE = (
    "apiVersion: s3.services.k8s.aws/v1alpha1\nkind: Bucket\nmetadata: {name: logs}\nspec:\n  name: the-logs\n"
    "  encryption: {rules: [{applyServerSideEncryptionByDefault: {sseAlgorithm: 'aws:kms'}}]}\n"
)
HEAD = "apiVersion: s3.services.k8s.aws/v1alpha1\nkind: Bucket\nmetadata: {name: logs}\nspec:\n"
ENCRYPTION = "  encryption: {rules: [{applyServerSideEncryptionByDefault: {sseAlgorithm: AES256}}]}\n"
TAGS = "  tagging: {tagSet: [{key: a, value: b}]}\n"
TARGET = "{group: s3.services.k8s.aws, kind: Bucket, name: logs}"


def read(files: dict[str, str]) -> dict[str, list[Bucket]]:
    """The buckets of each file that is claimed."""
    units = [Document(Path(name), text.encode()) for name, text in files.items()]
    around = replace(context(files), claimed={NAME: [unit for unit in units if READER.claims(unit)]})
    return {
        str(unit.path): list(READER.read(unit, around))
        for unit in around.claimed[NAME]
        if isinstance(unit, Document)
    }


def names(found: dict[str, list[Bucket]], path: str) -> list[str]:
    return [one.encryption.why for one in found.get(path, ()) if isinstance(one.encryption, Unknown)]


@pytest.mark.parametrize(
    "listed",
    [
        "patches: [{path: patch.yaml}]",
        "patches:\n- path: patch.yaml\n  target: {kind: Deployment}",
        "patchesStrategicMerge: [patch.yaml]",
        "patches: [{path: ./patch.yaml}]",
    ],
)
def test_a_patch_of_the_encryption_is_named_and_no_bucket(listed: str) -> None:
    found = read({"o/kustomization.yaml": listed, "o/patch.yaml": HEAD + ENCRYPTION, "b/bucket.yaml": BASE})

    (why,) = names(found, "o/patch.yaml")
    assert "patches bucket.s3.services.k8s.aws/logs" in why
    (base,) = found["b/bucket.yaml"]
    assert isinstance(base.encryption, Encryption)


@pytest.mark.parametrize(
    "listed", ["patches: [{path: p/patch.yaml}]", "patchesStrategicMerge: [p/patch.yaml]"]
)
def test_a_patch_of_something_else_is_no_bucket_of_sse_s3(listed: str) -> None:
    found = read({"o/kustomization.yml": listed, "o/p/patch.yaml": HEAD + TAGS, "b/bucket.yaml": BASE})

    assert found["o/p/patch.yaml"] == []
    assert len(found["b/bucket.yaml"]) == 1


def test_a_resource_of_a_kustomization_is_an_object() -> None:
    found = read({"o/kustomization.yaml": "resources: [bucket.yaml]", "o/bucket.yaml": BASE})

    assert [one.resource for one in found["o/bucket.yaml"]] == ["bucket.s3.services.k8s.aws/logs"]


@pytest.mark.parametrize(
    ("patch", "is_named"),
    [
        ("patch: '[{op: remove, path: /spec/encryption}]'", True),
        ("patch: '[{op: replace, path: /spec, value: {}}]'", True),
        ("path: patch.json", True),
        ("patch: '[{op: replace, path: /spec/name, value: a}]'", False),
    ],
)
def test_a_patch_by_operations_is_named_where_it_may_be_about_encryption(patch: str, is_named: bool) -> None:
    found = read(
        {"o/kustomization.yaml": f"patches:\n- target: {TARGET}\n  {patch}\n", "b/bucket.yaml": BASE}
    )

    assert [why for why in names(found, "o/kustomization.yaml") if "patches S3 buckets" in why] == (
        ["Kustomization patches S3 buckets, which is not evaluated"] if is_named else []
    )


def test_patches_of_other_objects_are_not_claimed() -> None:
    text = "patches:\n- target: {group: apps, kind: Deployment}\n  path: p.yaml\n"

    assert not READER.claims(Document(Path("kustomization.yaml"), text.encode()))


def test_a_patch_of_a_configuration_does_not_differ_from_the_configuration_it_patches() -> None:
    upbound = (
        "apiVersion: s3.aws.upbound.io/v1beta1\nkind: {}\nmetadata: {{name: logs}}\nspec:\n  forProvider:\n"
    )
    bucket = upbound.format("Bucket") + "    region: eu-west-1\n"
    rule = (
        upbound.format("BucketServerSideEncryptionConfiguration")
        + "    bucketRef: {name: logs}\n    rule:\n    - applyServerSideEncryptionByDefault: [{sseAlgorithm: %s}]\n"
    )
    files = {"b/all.yaml": f"{bucket}---\n{rule % 'aws:kms'}", "o/patch.yaml": rule % "AES256"}

    found = read({**files, "o/kustomization.yaml": "patches: [{path: patch.yaml}]"})

    (base,) = found["b/all.yaml"]
    assert isinstance(base.encryption, Encryption)
    assert base.encryption.is_kms
    assert len(names(found, "o/patch.yaml")) == 1
