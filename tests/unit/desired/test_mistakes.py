"""Mistakes in `s3kms.toml`: each with its line, and what is allowed there."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.desired.load import load_configuration, parse_wanted
from s3kms.desired.toml_lines import find_line
from s3kms.model.errors import BadInput
from s3kms.rules import IDS

TEXT = """# of all buckets
[wanted]
algorithm = "aws:kms"

rules = 1
[[exemptions]]
buckets = "a-*"
reason = "one"
[[exemptions]]
# the second
buckets = [
  "b",
]
"""


def mistakes(text: str, source: str = "s3kms.toml") -> list[str]:
    with pytest.raises(BadInput) as caught:
        parse_wanted(text, source, IDS)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("wanted",), 2),
        (("wanted", "algorithm"), 3),
        (("wanted", "rules"), 5),
        (("exemptions", 0), 6),
        (("exemptions", 0, "until"), 6),
        (("exemptions", 1), 9),
        (("exemptions", 1, "buckets"), 11),
        (("exemptions", 1, "buckets", 0), 11),
        (("nothing",), None),
    ],
)
def test_a_value_stands_on_the_line_where_it_begins(path: tuple[str | int, ...], line: int | None) -> None:
    assert find_line(TEXT, path) == line


@given(
    st.lists(st.sampled_from(["", "# c", "[t]", "[[l]]", "a = 1", "b = [\n1,\n2]", 'c = """\nx = 1\n"""']))
)
def test_every_key_is_found_on_a_line_that_names_it(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return

    for key in data:
        line = find_line(text, (key,))

        assert line is not None
        assert key in text.splitlines()[line - 1]


def test_a_mistake_has_its_line() -> None:
    assert mistakes('rules = []\n\n[wanted]\nbucket_key = "yes"\n') == [
        "line 4, wanted.bucket_key: 'yes' is not allowed; allowed: true or false: S3 Bucket Key on or off"
    ]


def test_a_rule_that_there_is_not_is_guessed() -> None:
    (mistake,) = mistakes('rules = [\n  "s3_bucket_sse_blocked"]\n')

    assert mistake.startswith("line 1, rules[0]: there is no rule 's3_bucket_sse_blocked', did you mean ")
    assert "did you mean s3_bucket_sse_c_blocked?" in mistake


@pytest.mark.parametrize(
    "key", ["wanted", "rules", "allowed_keys", "directory_buckets", "keys", "overrides", "exemptions"]
)
def test_a_value_of_another_sort_says_what_is_allowed(key: str) -> None:
    (mistake,) = mistakes(f"{key} = 1\n")

    assert mistake.startswith(f"line 1, {key}: 1 is not allowed; allowed: ")


def test_a_long_value_is_cut() -> None:
    (mistake,) = mistakes(f'directory_buckets = "{"x" * 10_000}"\n')

    assert len(mistake) < 200


def test_the_table_of_a_pyproject_toml_is_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[tool.s3kms]\ndirectory_buckets = false\n'
    )

    assert not load_configuration(tmp_path / "pyproject.toml", IDS).directory_buckets


def test_a_mistake_in_a_pyproject_toml_has_its_line() -> None:
    text = '[project]\nname = "x"\n[tool.s3kms]\nwanted = 1\n'

    assert mistakes(text, "infra/pyproject.toml") == [
        "line 4, wanted: 1 is not allowed; allowed: a table, [wanted]"
    ]


@pytest.mark.parametrize("text", ["", "tool = 1\n", "[tool]\ns3kms = 2\n"])
def test_a_pyproject_toml_without_the_table_is_a_mistake(text: str) -> None:
    with pytest.raises(BadInput, match=r"has no table \[tool\.s3kms\]"):
        parse_wanted(text, "pyproject.toml", IDS)


@pytest.mark.parametrize("key", ["s3-default", "x", "11112222333", "key/1234"])
def test_an_allowed_key_that_could_match_no_key_is_a_mistake(key: str) -> None:
    (mistake,) = mistakes(f'allowed_keys = ["{key}"]')

    assert mistake.startswith("line 1, allowed_keys[0]:")


@pytest.mark.parametrize(
    "key",
    [
        "alias/s3",
        "111122223333",
        "*",
        "aws/s3",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:*:*:key/*",
    ],
)
def test_every_form_of_a_key_may_be_allowed(key: str) -> None:
    assert parse_wanted(f'allowed_keys = ["{key}"]', "s3kms.toml", IDS).allowed_keys == (key,)
