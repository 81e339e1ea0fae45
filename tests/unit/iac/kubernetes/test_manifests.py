"""Manifests of Crossplane, Upbound and ACK: which buckets they declare, and how these are encrypted."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.code import context
from tests.support.edits import edits, with_edits

from s3kms.iac.interface import Declined, Document
from s3kms.iac.kubernetes.language import LANGUAGE
from s3kms.iac.kubernetes.reader import NAME, READER
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption, KeyKind
from s3kms.model.unknown import Unknown, UnknownCause

ACK = """\
apiVersion: s3.services.k8s.aws/v1alpha1
kind: Bucket
metadata: {name: logs, annotations: {services.k8s.aws/region: eu-west-1}}
spec:
  name: the-logs
  tagging: {tagSet: [{key: team, value: a}]}
"""
CLASSIC = """\
apiVersion: s3.aws.crossplane.io/v1beta1
kind: Bucket
metadata: {name: logs, annotations: {crossplane.io/external-name: the-logs}}
spec:
  forProvider:
    locationConstraint: eu-west-1
"""
UPBOUND = """\
apiVersion: s3.aws.upbound.io/v1beta2
kind: Bucket
metadata: {name: the-logs, labels: {app: a}}
spec: {forProvider: {region: eu-west-1, tags: {team: a}}}
"""
RULES = "rules: [{applyServerSideEncryptionByDefault: {sseAlgorithm: AES256}}]"
BUCKET = "bucket.s3.aws.upbound.io/the-logs"


def configuration(
    of: str = "bucketRef: {name: the-logs}", algorithm: str = "aws:kms", name: str = "sse"
) -> str:
    return (
        "apiVersion: s3.aws.upbound.io/v1beta1\nkind: BucketServerSideEncryptionConfiguration\n"
        f"metadata: {{name: {name}}}\nspec:\n  forProvider:\n    {of}\n    rule:\n"
        f"      - applyServerSideEncryptionByDefault:\n          - sseAlgorithm: {algorithm}\n"
    )


def read(*files: str, claimed: Mapping[str, str] | None = None) -> dict[str, Bucket]:
    """The buckets of the first file, which stands beside the others; `claimed` are files elsewhere."""
    texts = {f"k/{number}.yaml": text for number, text in enumerate(files)} | dict(claimed or {})
    around = context(texts)
    units = [Document(Path(name), text.encode()) for name, text in texts.items()]
    assert READER.claims(units[0])
    found = READER.read(units[0], replace(around, claimed={NAME: units}))
    return {one.resource or "": one for one in found}


def known(one: Bucket) -> Encryption:
    assert isinstance(one.encryption, Encryption), one.encryption
    return one.encryption


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (ACK, "bucket.s3.services.k8s.aws/logs"),
        (CLASSIC, "bucket.s3.aws.crossplane.io/logs"),
        (UPBOUND, BUCKET),
    ],
    ids=["ACK", "Crossplane", "Upbound"],
)
def test_silence_is_sse_s3_and_the_bucket_has_its_own_name_and_region(text: str, address: str) -> None:
    found = read(text)[address]

    assert known(found).algorithm == SSE_S3
    assert (found.name, found.region) == ("the-logs", "eu-west-1")


@pytest.mark.parametrize("text", [ACK, UPBOUND], ids=["a list", "a mapping"])
def test_tags_are_read(text: str) -> None:
    (found,) = read(text).values()

    assert found.tags == {"team": "a"}


@pytest.mark.parametrize(
    "text",
    [ACK + f"  encryption: {{{RULES}}}\n", CLASSIC + f"    serverSideEncryptionConfiguration: {{{RULES}}}\n"],
    ids=["ACK", "Crossplane"],
)
def test_a_rule_of_its_own_is_read_where_it_stands(text: str) -> None:
    (fails,) = read(text).values()
    (passes,) = read(text.replace("AES256", '"aws:kms"')).values()

    assert known(fails).algorithm == SSE_S3
    assert (fails.places[0].line or 0) == text.count("\n")
    assert known(passes).algorithm == SSE_KMS
    assert passes.key_kind is KeyKind.AWS_MANAGED


def test_a_configuration_in_the_same_file_is_for_its_bucket() -> None:
    found = read(f"{UPBOUND}---\n{configuration()}")

    assert set(found) == {BUCKET}
    assert known(found[BUCKET]).algorithm == SSE_KMS


def test_a_configuration_beside_it_or_elsewhere_in_the_tree_is_for_it_too() -> None:
    beside = read(UPBOUND, configuration())
    elsewhere = read(UPBOUND, claimed={"other/sse.yaml": configuration()})

    assert known(beside[BUCKET]).algorithm == SSE_KMS
    assert known(elsewhere[BUCKET]).algorithm == SSE_KMS
    assert elsewhere[BUCKET].places[0].uri == "other/sse.yaml"


@pytest.mark.parametrize(
    "of", ["bucket: the-logs", "bucketSelector: {matchLabels: {app: a}}"], ids=["its name", "its labels"]
)
def test_a_configuration_names_its_bucket_in_other_ways(of: str) -> None:
    assert known(read(f"{UPBOUND}---\n{configuration(of)}")[BUCKET]).algorithm == SSE_KMS


def test_a_selector_that_fits_two_buckets_is_for_neither_with_certainty() -> None:
    other = UPBOUND.replace("the-logs", "more")
    of = "bucketSelector: {matchLabels: {app: a}}"
    found = read(f"{UPBOUND}---\n{other}---\n{configuration(of)}")

    assert all(isinstance(one.encryption, Unknown) for one in found.values())
    assert len(found) == 2


def test_two_configurations_that_differ_are_unknown() -> None:
    found = read(f"{UPBOUND}---\n{configuration()}---\n{configuration(algorithm='AES256', name='b')}")

    encryption = found[BUCKET].encryption
    assert isinstance(encryption, Unknown)
    assert "differ" in encryption.why


def test_a_configuration_without_its_bucket_is_judged_under_its_own_address() -> None:
    ((address, one),) = read(configuration(algorithm="AES256")).items()

    assert address == "bucketserversideencryptionconfiguration.s3.aws.upbound.io/sse"
    assert (known(one).algorithm, one.name) == (SSE_S3, "the-logs")
    assert one.caveat == "the bucket itself is made elsewhere; this is its configuration"


@pytest.mark.parametrize("written", ["{a}", "- {a}", "[{a}]"], ids=["object", "block list", "flow list"])
def test_newer_versions_take_an_object_where_older_ones_take_a_list(written: str) -> None:
    rule = written.format(a="applyServerSideEncryptionByDefault: [{sseAlgorithm: aws:kms}]")
    rule = "{" + rule + "}" if written == "{a}" else rule.replace("applyS", "{applyS").replace("}]", "}]}", 1)
    text = configuration().split("    rule:")[0] + f"    rule:\n      {rule}\n"

    assert known(read(f"{UPBOUND}---\n{text}")[BUCKET]).algorithm == SSE_KMS


def test_a_namespaced_configuration_is_not_for_a_bucket_of_another_namespace() -> None:
    mine = UPBOUND.replace("aws.upbound", "aws.m.upbound").replace(
        "{name: the-logs,", "{name: the-logs, namespace: a,"
    )
    theirs = (
        configuration()
        .replace("aws.upbound", "aws.m.upbound")
        .replace("{name: sse}", "{name: s, namespace: b}")
    )
    found = read(f"{mine}---\n{theirs}")

    assert known(found["bucket.s3.aws.m.upbound.io/a/the-logs"]).algorithm == SSE_S3
    assert len(found) == 2


def test_a_directory_bucket_is_one_and_a_bucket_that_is_only_observed_is_none() -> None:
    (found,) = read(UPBOUND.replace("kind: Bucket", "kind: DirectoryBucket")).values()

    assert found.kind is BucketKind.DIRECTORY
    assert not read(UPBOUND.replace("spec: {", "spec: {managementPolicies: [Observe], "))


def test_items_of_a_list_are_manifests() -> None:
    inner = "\n".join(f"    {line}" for line in UPBOUND.splitlines())

    assert set(read(f"apiVersion: v1\nkind: List\nitems:\n  -\n{inner}\n")) == {BUCKET}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "apiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nmetadata: {name: x}\nspec:\n"
            "  resources:\n  - base:\n      apiVersion: s3.aws.upbound.io/v1beta1\n      kind: Bucket\n",
            "Composition x makes S3 buckets",
        ),
        (
            "apiVersion: apiextensions.crossplane.io/v1\nkind: Composition\nmetadata: {name: x}\nspec:\n"
            "  inline: |\n    apiVersion: s3.aws.upbound.io/v1beta1\n    kind: Bucket\n",
            "Composition x makes S3 buckets",
        ),
        (f"{UPBOUND}{{{{- end }}}}\n", "cannot be read"),
        (configuration(algorithm="${ALGORITHM}"), "${ALGORITHM}, which is filled in"),
        (configuration(algorithm='"{{ .Values.a }}"'), "which is filled in"),
    ],
    ids=["patches", "a text", "Helm", "a substitution", "a quoted template"],
)
def test_what_is_made_from_a_template_is_unknown_and_to_be_rendered(text: str, why: str) -> None:
    (found,) = read(text).values()

    assert isinstance(found.encryption, Unknown)
    assert why in found.encryption.why
    assert "render" in found.encryption.advice.action


@pytest.mark.parametrize("count", [0, 2])
def test_s3_takes_exactly_one_rule(count: int) -> None:
    rules = ", ".join(["{applyServerSideEncryptionByDefault: {sseAlgorithm: AES256}}"] * count)
    (found,) = read(f"{ACK}  encryption: {{rules: [{rules}]}}\n").values()

    assert isinstance(found.encryption, Unknown)
    assert f"{count} times" in found.encryption.why


def test_a_key_that_is_an_object_of_its_own_is_customer_managed() -> None:
    text = configuration().rstrip() + "\n            kmsMasterKeyIdRef: {name: mine}\n"
    (found,) = read(text).values()

    assert found.key_kind is KeyKind.CUSTOMER_MANAGED


def test_a_comment_above_exempts_the_bucket() -> None:
    (found,) = read(f"# s3kms: exempt s3_bucket_kms_encryption public downloads\n{UPBOUND}").values()

    assert [one.rule for one in found.suppressions] == ["s3_bucket_kms_encryption"]


@pytest.mark.parametrize(
    "text",
    [
        "kind: Bucket\napiVersion: source.toolkit.fluxcd.io/v1\n",
        "group: s3.aws.upbound.io\nkind: CustomResourceDefinition\n",
    ],
)
def test_other_buckets_and_definitions_are_not_claimed(text: str) -> None:
    assert not READER.claims(Document(Path("b.yaml"), text.encode()))


@given(st.text(alphabet="{}[]:-&*!|>#'\" \naB,", max_size=60))
def test_whatever_follows_a_manifest_it_is_read_or_named(rest: str) -> None:
    found = read(f"{UPBOUND}{rest}")

    assert found
    for one in found.values():
        assert isinstance(one.encryption, Unknown | Encryption)


def test_aliases_that_multiply_are_bounded() -> None:
    lines = [f"x{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (found,) = read(UPBOUND + "x0: &a0 [1]\n" + "\n".join(lines) + "\n").values()

    assert isinstance(found.encryption, Unknown)
    assert found.encryption.cause is UnknownCause.FILE_UNREAD


def edited(text: str, name: str = "b.yaml") -> str:
    path = Path("code") / name
    return with_edits(LANGUAGE, Document(path, text.encode()), {path: text.encode()})[path].decode()


def test_an_edit_replaces_the_literal_and_turns_the_bucket_key_on() -> None:
    text = configuration(algorithm="AES256 # as ever")

    assert edited(text) == text.replace("AES256", "aws:kms").replace(
        "      - apply", "      - bucketKeyEnabled: true\n        apply"
    )


def test_an_edit_in_braces_quotes_the_colon_and_keeps_quotes_that_are_there() -> None:
    one = f"{ACK}  encryption: {{{RULES}}}\n"

    assert 'sseAlgorithm: "aws:kms"}' in edited(one)
    assert "sseAlgorithm: 'aws:kms'}" in edited(one.replace("AES256", "'AES256'"))


def test_an_edit_stands_in_the_file_that_decides() -> None:
    bucket, sse = Path("code/b.yaml"), Path("code/s.yaml")
    files = {bucket: UPBOUND.encode(), sse: configuration(algorithm="AES256").encode()}

    assert set(with_edits(LANGUAGE, Document(bucket, files[bucket]), files)) == {sse}


def test_a_bucket_without_a_rule_is_declined_with_one_to_paste() -> None:
    path = Path("code/b.yaml")
    (edit,) = edits(LANGUAGE, Document(path, ACK.encode()), {path: ACK.encode()})

    assert isinstance(edit, Declined)
    assert edit.snippet.startswith("encryption:\n  rules:\n")


@pytest.mark.parametrize("group", ["s3tables.aws.upbound.io", "s3tables.aws.m.upbound.io"])
@pytest.mark.parametrize(
    ("written", "algorithm"),
    [
        ("", SSE_S3),
        ("encryptionConfiguration: {sseAlgorithm: AES256}", SSE_S3),
        (
            "encryptionConfiguration: {sseAlgorithm: 'aws:kms', kmsKeyArn: 'arn:aws:kms:eu-west-1:1:key/a'}",
            SSE_KMS,
        ),
        ("encryptionConfiguration: [{sseAlgorithm: 'aws:kms', kmsKeyArnRef: {name: k}}]", SSE_KMS),
    ],
)
def test_a_table_bucket_has_a_default_of_its_own(group: str, written: str, algorithm: str) -> None:
    (found,) = read(
        f"apiVersion: {group}/v1beta1\nkind: TableBucket\nmetadata: {{name: t}}\n"
        f"spec:\n  forProvider:\n    region: eu-west-1\n    {written}\n"
    ).values()

    assert found.kind is BucketKind.TABLE
    assert isinstance(found.encryption, Encryption)
    assert found.encryption.algorithm == algorithm


def test_a_table_bucket_is_left_alone_with_an_entry_of_its_own_to_paste() -> None:
    text = (
        "apiVersion: s3tables.aws.upbound.io/v1beta1\nkind: TableBucket\nmetadata: {name: t}\n"
        "spec: {forProvider: {region: eu-west-1}}\n"
    )
    path = Path("k/0.yaml")

    (declined,) = edits(LANGUAGE, Document(path, text.encode()), {path: text.encode()})

    assert isinstance(declined, Declined)
    assert declined.snippet == 'encryptionConfiguration:\n  sseAlgorithm: aws:kms\n  kmsKeyArn: "ARN"\n'


LEGACY = """\
apiVersion: storage.aws.crossplane.io/v1alpha3
kind: S3Bucket
metadata: {name: logs, annotations: {crossplane.io/external-name: the-logs}}
spec: {region: eu-west-1, cannedACL: private, localPermission: ReadWrite}
"""


@pytest.mark.parametrize("version", ["v1alpha1", "v1alpha2", "v1alpha3"])
def test_a_bucket_of_crossplanes_first_api_has_no_field_of_encryption_and_is_sse_s3(version: str) -> None:
    found = read(LEGACY.replace("v1alpha3", version))["s3bucket.storage.aws.crossplane.io/logs"]

    assert known(found).algorithm == SSE_S3
    assert (found.name, found.region) == ("the-logs", "eu-west-1")


def test_a_bucket_of_crossplanes_first_api_is_to_be_moved_to_one_that_has_the_field() -> None:
    path = Path("k/0.yaml")

    (declined,) = edits(LANGUAGE, Document(path, LEGACY.encode()), {path: LEGACY.encode()})

    assert isinstance(declined, Declined)
    assert "has no field for it" in declined.why
    assert "s3.aws.crossplane.io" in declined.remedy.action
    assert not declined.snippet
