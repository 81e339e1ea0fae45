"""A plan or a state of too many parts is not parsed; marks within its strings are none."""

import pytest

from s3kms.iac.terraform.json_document import MAX_JSON_PARTS, MalformedError, parse_document


def test_a_document_of_too_many_parts_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(MalformedError, match="3,000,000 parts"):
        parse_document('{"a": [' + "1," * MAX_JSON_PARTS + "1]}")


def test_commas_in_strings_are_no_parts() -> None:
    text = "," * (MAX_JSON_PARTS + 1)

    assert parse_document(f'{{"a": "{text}"}}') == {"a": text}
