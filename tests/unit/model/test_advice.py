"""Advice is worded for whoever reads it: the library's words are names that it has."""

import re

import pytest

import s3kms
from s3kms.model.advice import Command, Option, library_wording


@pytest.mark.parametrize(
    ("command", "call"),
    [
        (Command("check", ("s3://logs",)), "check('s3://logs')"),
        (Command("check", ("infra",)), "check_code('infra')"),
        (Command("fix", ("PATH",)), "plan_code('PATH')"),
        (Command("fix", ("s3://logs",), (Option("apply"),)), "plan('s3://logs')"),
        (Command("fix", options=(Option("iac", "PATH"),)), "plan(iac='PATH')"),
        (
            Command("fix", (), (Option("plan", "p.json"), Option("wave", 2), Option("apply"))),
            "apply_saved('p.json', wave=2)",
        ),
        (Command("plan", (), (Option("out", "FILE"),)), "assess().save('FILE')"),
        (Command("plan", ("infra",)), "assess_code('infra')"),
        (Command("undo", ("RUN",)), "undo('RUN')"),
        (Command("runs"), "runs()"),
    ],
    ids=str,
)
def test_a_command_is_worded_as_a_call_that_the_library_has(command: Command, call: str) -> None:
    worded = library_wording(command)

    assert worded == call
    for name in re.findall(r"(\w+)\(", worded):
        assert hasattr(s3kms.Client, name) or hasattr(s3kms, name) or hasattr(s3kms.Assessment, name)


def test_an_option_is_worded_as_a_keyword() -> None:
    assert library_wording(Option("max_changes", 60)) == "max_changes=60"
    assert library_wording(Option("max_changes")) == "max_changes"
