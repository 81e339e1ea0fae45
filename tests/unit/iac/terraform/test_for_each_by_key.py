"""Instances of a `for_each` whose elements each hang on a condition of their own: each comes out in two ways, and all
of them together in four thousand.
"""

from pathlib import Path

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption

NAMES = [f"c{n}" for n in range(12)]
ENABLED = 'variable "enabled" {\n  type = list(string)\n}\n'
ALL = "locals {\n  all = {\n" + "".join(f'    {n} = {{ name = "acme-{n}" }}\n' for n in NAMES) + "  }\n}\n"
LIST = f"locals {{\n  names = {NAMES}\n}}\n".replace("'", '"')
LOGGED = """
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  for_each = FOR_EACH
  bucket   = aws_s3_bucket.b[each.key].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}
"""


def buckets(folder: Path, **files: str) -> dict[str, Bucket]:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_tf", ".tf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = {str(item.resource): item for item in _items(folder)}
    assert found
    return found


def _items(folder: Path) -> list[Bucket]:
    found = list(CodeSource((folder,)).buckets(frozenset()))
    assert not [item for item in found if type(item).__name__ == "Unlisted"]
    return [item for item in found if isinstance(item, Bucket)]


def algorithms(bucket: Bucket) -> set[str]:
    return {e.algorithm or "none" if isinstance(e, Encryption) else "unknown" for e in bucket.encryptions}


EXPRESSIONS = {
    "a filtered map": (ALL, "{ for k, v in local.all : k => v if contains(var.enabled, k) }"),
    "a filtered map, reshaped": (
        ALL + "locals {\n  on = { for k, v in local.all : k => v if contains(var.enabled, k) }\n}\n",
        "{ for k, v in local.on : k => merge(v, { up = upper(v.name) }) }",
    ),
    "the keys of a list of objects": (
        ALL + "locals {\n  rows = [for k, v in local.all : { id = k }]\n}\n",
        "{ for row in local.rows : row.id => row if contains(var.enabled, row.id) }",
    ),
    "a filtered list as a set": (LIST, "toset([for n in local.names : n if contains(var.enabled, n)])"),
    "a filtered local list as a set": (
        LIST + "locals {\n  on = [for n in local.names : n if contains(var.enabled, n)]\n}\n",
        "toset(local.on)",
    ),
    "a map from a filtered set": (
        LIST + "locals {\n  on = toset([for n in local.names : n if contains(var.enabled, n)])\n}\n",
        "{ for n in local.on : n => n }",
    ),
    "the keys of a filtered map": (
        ALL + "locals {\n  on = { for k, v in local.all : k => v if contains(var.enabled, k) }\n}\n",
        "toset(keys(local.on))",
    ),
    "a flattened product with a filter inside": (
        ALL
        + "locals {\n  rows = flatten([for k, v in local.all :"
        + " [for e in [k] : { id = e } if contains(var.enabled, e)]])\n}\n",
        "{ for row in local.rows : row.id => row }",
    ),
    "a concatenation of filtered lists": (
        LIST,
        "toset(concat([for n in local.names : n if contains(var.enabled, n)], []))",
    ),
    "the values of a filtered map": (
        ALL
        + "locals {\n  on = { for k, v in local.all : k => merge(v, { id = k }) if contains(var.enabled, k) }\n}\n",
        "{ for v in values(local.on) : v.id => v }",
    ),
    "a filtered map that is there under a condition": (
        ALL,
        'contains(var.enabled, "any") ? { for k, v in local.all : k => v if contains(var.enabled, k) } : {}',
    ),
    "a merge of filtered maps": (
        ALL,
        "merge({ for k, v in local.all : k => v if contains(var.enabled, k) },"
        " { for k, v in local.all : k => v if contains(var.enabled, v.name) })",
    ),
}


@pytest.mark.parametrize("form", EXPRESSIONS)
def test_every_instance_is_found_and_passes_by_the_configuration_of_its_own_key(
    form: str, tmp_path: Path
) -> None:
    given, for_each = EXPRESSIONS[form]
    bucket = (
        f'resource "aws_s3_bucket" "b" {{\n  for_each = {for_each}\n  bucket = "acme-${{each.key}}"\n}}\n'
    )

    found = buckets(tmp_path, main_tf=ENABLED + given + bucket + LOGGED.replace("FOR_EACH", for_each))

    assert set(found) == {f'aws_s3_bucket.b["{name}"]' for name in NAMES}
    assert {name: algorithms(one) for name, one in found.items()} == {name: {"aws:kms"} for name in found}


@pytest.mark.parametrize("form", EXPRESSIONS)
def test_without_a_configuration_every_instance_fails(form: str, tmp_path: Path) -> None:
    given, for_each = EXPRESSIONS[form]
    bucket = (
        f'resource "aws_s3_bucket" "b" {{\n  for_each = {for_each}\n  bucket = "acme-${{each.key}}"\n}}\n'
    )

    found = buckets(tmp_path, main_tf=ENABLED + given + bucket)

    assert {name: algorithms(one) for name, one in found.items()} == {
        f'aws_s3_bucket.b["{name}"]': {"AES256"} for name in NAMES
    }


def test_a_module_called_for_each_has_its_own_configurations(tmp_path: Path) -> None:
    module = (
        'variable "name" {\n  type = string\n}\nresource "aws_s3_bucket" "b" {\n  bucket = var.name\n}\n'
        + (LOGGED.replace("  for_each = FOR_EACH\n", "").replace("b[each.key]", "b"))
    )
    call = (
        'module "c" {\n  source   = "./m"\n  name     = each.value.name\n'
        "  for_each = { for k, v in local.all : k => v if contains(var.enabled, k) }\n}\n"
    )

    found = buckets(tmp_path, main_tf=ENABLED + ALL + call, m__main_tf=module)

    assert {name: algorithms(one) for name, one in found.items()} == {
        f'module.c["{name}"].aws_s3_bucket.b': {"aws:kms"} for name in NAMES
    }
    assert {one.name for one in found.values()} == {f"acme-{name}" for name in NAMES}


def test_each_instance_hangs_on_its_own_condition_alone(tmp_path: Path) -> None:
    text = (
        ENABLED
        + ALL
        + 'resource "aws_s3_bucket" "b" {\n  for_each = local.all\n  bucket = each.value.name\n}\n'
        + LOGGED.replace("FOR_EACH", "{ for k, v in local.all : k => v if contains(var.enabled, k) }")
    )

    found = buckets(tmp_path, main_tf=text)

    assert {name: algorithms(one) for name, one in found.items()} == {
        f'aws_s3_bucket.b["{name}"]': {"aws:kms", "AES256"} for name in NAMES
    }


def test_what_a_filter_leaves_out_in_every_world_is_no_instance(tmp_path: Path) -> None:
    text = (
        ENABLED
        + ALL
        + 'resource "aws_s3_bucket" "b" {\n  bucket = each.value.name\n'
        + '  for_each = { for k, v in local.all : k => v if contains(var.enabled, k) && k != "c3" }\n}\n'
    )

    assert set(buckets(tmp_path, main_tf=text)) == {
        f'aws_s3_bucket.b["{name}"]' for name in NAMES if name != "c3"
    }


def test_a_local_that_filters_itself_ends(tmp_path: Path) -> None:
    text = (
        ENABLED
        + "locals {\n  a = { for k, v in local.b : k => v if contains(var.enabled, k) }\n"
        + "  b = { for k, v in local.a : k => v if contains(var.enabled, k) }\n}\n"
        + 'resource "aws_s3_bucket" "b" {\n  for_each = local.a\n  bucket = each.key\n}\n'
    )

    (found,) = buckets(tmp_path, main_tf=text).values()

    assert algorithms(found) != {"aws:kms"}


def test_json_syntax_has_the_types_of_variables_in_texts(tmp_path: Path) -> None:
    on = (
        '${{ for i in range(20) : format(\\"k%d\\", i) => i if contains(var.enabled, format(\\"k%d\\", i)) }}'
    )
    on = on.replace("${{", "${ {").replace("}}", "} }")
    code = (
        '{"variable": {"enabled": {"type": "list(string)"}}, "locals": {"on": "' + on + '"},'
        ' "resource": {"aws_s3_bucket": {"b": {"for_each": "${local.on}"}}}}'
    )
    (tmp_path / "main.tf.json").write_text(code)

    assert {item.resource for item in _items(tmp_path)} == {f'aws_s3_bucket.b["k{n}"]' for n in range(20)}
