"""A result that was saved is read back: to the letter, or refused with every mistake."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.events import pieces
from tests.support.findings import ACCOUNT, finding, findings

from s3kms.model.errors import BadInput
from s3kms.model.findings import Finding
from s3kms.model.place import Place
from s3kms.results.saved import read_result
from s3kms.results.v1 import finding_v1


def written(form: str, items: list[Finding]) -> bytes:
    return "".join(pieces(form, items)).encode()


def read(data: bytes) -> list[Finding]:
    return list(read_result(data.splitlines(keepends=True), "old"))


def refused(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        read(data)
    return str(caught.value)


def read_or_sentence(data: bytes) -> list[Finding] | str:
    try:
        return read(data)
    except BadInput as error:
        return str(error)


@pytest.mark.parametrize("form", ["json", "jsonl"])
@given(items=st.lists(findings(), min_size=1, max_size=4))
def test_what_was_written_is_read_back_to_the_letter(form: str, items: list[Finding]) -> None:
    assert read(written(form, items)) == items


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_the_places_in_the_code_of_a_plan_are_kept(form: str) -> None:
    of_plan = replace(
        finding("logs"), places=(Place("plan.json", 1, 900),), code_places=(Place("infra/main.tf", 12),)
    )

    assert read(written(form, [of_plan])) == [of_plan]


def test_a_finding_without_places_in_code_has_no_such_key() -> None:
    assert "code_places" not in finding_v1(finding("logs"))


@given(st.lists(findings(), max_size=3), st.sampled_from([None, 2]))
def test_a_document_in_another_layout_is_read_too(items: list[Finding], indent: int | None) -> None:
    document = json.dumps(json.loads(written("json", items)), indent=indent, ensure_ascii=False)

    assert read(document.encode("utf-8", "surrogatepass")) == items


def test_windows_line_ends_and_a_byte_order_mark_are_no_matter() -> None:
    for form in ("json", "jsonl"):
        data = b"\xef\xbb\xbf" + written(form, [finding("b")]).replace(b"\n", b"\r\n")
        assert read(data) == [finding("b")]


def test_keys_of_a_later_version_1_are_passed_over() -> None:
    line = json.dumps({**finding_v1(finding("b")), "more": 1})

    assert read(line.encode()) == [finding("b")]


def test_lines_of_what_was_gone_are_passed_over() -> None:
    line = json.dumps({"change": "gone", "rule": "r", "bucket": "b"})

    assert read(f"{json.dumps(finding_v1(finding('b')))}\n{line}\n".encode()) == [finding("b")]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_result_as_we_write_it_is_never_held_whole(form: str) -> None:
    """The first finding is there before the third line was asked for."""
    asked = 0

    def lines() -> Iterator[bytes]:
        nonlocal asked
        for line in written(form, [finding("b")] * 1000).splitlines(keepends=True):
            asked += 1
            yield line

    next(read_result(lines(), "old"))

    assert asked <= 2


def test_every_mistake_is_told_at_once() -> None:
    good = finding_v1(finding("b"))
    wrong: dict[str, Any] = {**good, "verdict": "passed", "account": "1"}
    wrong["encryption"] = {**wrong["encryption"], "bucket_key": "yes"}
    del wrong["message"]
    lines = [json.dumps(good), json.dumps(wrong), "{", "[1]"]

    said = refused("\n".join(lines).encode())

    assert said.splitlines() == [
        "old has 6 mistakes:",
        '''  line 2, verdict: 'passed' is not allowed; allowed: "pass", "fail", "unknown" or "exempt"''',
        "  line 2, account: '1' is not allowed; allowed: an account id of 12 digits, or null",
        "  line 2, encryption.bucket_key: 'yes' is not allowed; allowed: true, false, or null",
        "  line 2, message: is missing; allowed: a text",
        "  line 3: is not JSON, or cut short",
        "  line 4: [1] is not a finding",
    ]


def test_a_million_mistakes_are_not_told() -> None:
    said = refused(written("jsonl", [finding("b")]) + b'{"rule": 1}\n' * 1000)

    assert "mistakes or more" in said
    assert len(said.splitlines()) <= 21


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"[]", "is not a saved result"),
        (b"rule,verdict\n", "is not a saved result"),
        (b"{}", "line 1, rule: is missing"),
        (b'{"version": 1}', "is not a saved result"),
        (b'{"version": 1, "buckets": []}', "is not a saved result"),
        (b'{"version": 2, "findings": []}', "was written by a newer s3kms (version 2, this one reads 1)"),
        (b'{"findings": []}', "is not a saved result"),
        (b'{"version": 1,\n "findings": [', "is neither a JSON document nor JSON lines"),
        (b'{"version": 1, "findings": [3]}', "findings[0]: 3 is not a finding"),
        (b"{" * 100_000, "is neither a JSON document nor JSON lines"),
        (b'{"a":' * 100_000, "is neither a JSON document nor JSON lines"),
        (b"\xff\xfe{\x00}\x00", "is not a saved result"),
        (b'{"rule": ' + b"9" * 5000 + b"}", "is neither a JSON document nor JSON lines"),
    ],
)
def test_what_is_no_result_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    assert says in refused(data)


@given(st.data())
def test_a_document_that_was_cut_short_is_refused(data: st.DataObject) -> None:
    """Else everything behind the cut would be new."""
    whole = written("json", [finding("a"), finding("b")])
    at = data.draw(st.integers(0, len(whole.rstrip()) - 1))

    assert refused(whole[:at])


@given(st.binary(max_size=60), st.sampled_from([b"", b"{", b'{"version": 1, "findings": [\n']))
def test_any_bytes_are_findings_or_a_sentence(wild: bytes, before: bytes) -> None:
    assert read_or_sentence(before + wild) != ""


@given(findings(), st.data())
def test_any_value_in_any_place_is_a_finding_or_a_sentence(item: Finding, data: st.DataObject) -> None:
    raw = finding_v1(item)
    wild = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just(ACCOUNT),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    )
    raw[data.draw(st.sampled_from(sorted(raw)))] = data.draw(wild)

    assert read_or_sentence(json.dumps(raw).encode()) != ""
