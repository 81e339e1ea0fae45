"""Files of parameter values that cannot be read; those that can are in the table."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.code import Memory, context

from s3kms.iac.cloudformation.parameter_files import read_parameters
from s3kms.iac.interface import ReadContext
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.errors import BadInput

SECRET = "hunter2"
DEEP = "[" * 5000


def around(*files: tuple[str, str]) -> ReadContext:
    return context(dict(files), CodeInputs(parameter_files=tuple(Path(name) for name, _ in files)))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("p.json", f'[{{"ParameterKey": "P", "ParameterValue": "{SECRET}"', "neither JSON nor YAML (line 2)"),
        ("p.json", f'[{{"ParameterValue": "{SECRET}"}}]', "its part 1 has no ParameterKey"),
        ("p.json", f'["{SECRET}"]', "its part 1 is not NAME=VALUE"),
        ("p.json", '[{"ParameterKey": "P"}]', "its part 1 has no ParameterValue"),
        (
            "p.json",
            '[{"ParameterKey": "P", "ParameterValue": null}]',
            "what P has is neither a text nor a list",
        ),
        ("p.json", f'{{"P": {{"Type": "{SECRET}"}}}}', "what P has is neither a text nor a list"),
        ("cdk.json", '{"app": "x", "context": {"a": 1}}', "what context has is neither"),
        ("t.yaml", "Parameters: {P: {Type: String}}\nResources: {}\n", "what P has is neither"),
        ("p.json", f'"{SECRET}"', "neither a mapping nor a list"),
        ("p.json", "", "neither a mapping nor a list"),
        ("p.yaml", f"{SECRET}: [\n", "neither JSON nor YAML"),
        ("p.yaml", f"a: *{SECRET}\n", "neither JSON nor YAML (line 1)"),
        ("p.yaml", DEEP, "neither JSON nor YAML"),
        ("p.env", f"P='{SECRET}\n", "a quotation mark in it is not closed"),
        ("p.env", f"P=a {SECRET}\n", "its part 2 is not NAME=VALUE"),
        ("p.toml", f"P = {SECRET}\n", "it is not TOML (at line 1, column 5)"),
        ("p.toml", f"a = {DEEP}", "it is n"),
        ("p.toml", "a." * 400 + "b = 1", "nested too deeply"),
        (
            "samconfig.toml",
            "[a.deploy.parameters]\nparameter_overrides = 'P=1'\n"
            "[b.deploy.parameters]\nparameter_overrides = 'P=2'\n",
            "its environments are a, b, and none is called default",
        ),
        ("samconfig.toml", "[default.deploy.parameters]\nparameter_overrides = 3\n", "neither a mapping nor"),
    ],
)
def test_a_malformed_file_is_said_to_be_and_no_value_is_shown(name: str, text: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_parameters(around((name, text)))

    assert str(caught.value).startswith(f"{name} is not a file of parameter values: ")
    assert says in str(caught.value)
    assert SECRET not in str(caught.value) + str(caught.value.advice)


def test_a_file_that_is_not_utf_8_is_malformed() -> None:
    files = Memory({Path("p.json"): b'{"P": "\xff"}'})

    with pytest.raises(BadInput, match="not UTF-8"):
        read_parameters(ReadContext(files, CodeInputs(parameter_files=(Path("p.json"),))))


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(BadInput, match=r"p\.json is not there"):
        read_parameters(context({}, CodeInputs(parameter_files=(Path("p.json"),))))


def test_the_last_file_counts() -> None:
    assert read_parameters(around(("a.json", '{"P": "1", "Q": "1"}'), ("b.env", "P=2"))) == {
        "P": "2",
        "Q": "1",
    }


def test_values_are_as_they_are_written() -> None:
    text = '{"A": 010, "B": true, "C": 1.50, "D": "", "E": "a=b", "F": []}'

    assert read_parameters(around(("p.json", text))) == {
        "A": "010",
        "B": "true",
        "C": "1.50",
        "D": "",
        "E": "a=b",
        "F": "",
    }


def test_an_empty_mapping_or_list_says_nothing() -> None:
    assert read_parameters(around(("a.json", "{}"), ("b.json", "[]"), ("c.toml", ""))) == {}


PARTS = st.sampled_from(
    [
        *(
            '{"',
            '"',
            "}",
            "[",
            "]",
            ": ",
            ", ",
            "\n",
            "=",
            "'",
            "#",
            "P",
            "ParameterKey",
            "ParameterValue",
            "Parameters",
        ),
        *(
            "parameter_overrides",
            "default",
            ".deploy.parameters",
            "true",
            "null",
            "&a ",
            "*a",
            "\\",
            "\x00",
            "é",
            "- ",
        ),
    ]
)


@settings(max_examples=300)
@given(st.sampled_from(["p.json", "p.yaml", "p.toml", "p.env"]), st.lists(PARTS, max_size=14))
def test_a_file_is_read_or_refused(name: str, parts: list[str]) -> None:
    with suppress(BadInput):
        assert all(isinstance(key, str) for key in read_parameters(around((name, "".join(parts)))))
