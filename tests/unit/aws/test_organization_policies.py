"""What an exported folder says of an organization, and what of it is refused."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from s3kms.aws.organization_policies import (
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    ExportedAnswers,
    PolicyLevels,
)
from s3kms.model.errors import BadAnswer, BadInput

ACCOUNT, UNIT, ROOT, MANAGEMENT = "111122223333", "ou-exam-unit1234", "r-exam", "999988887777"


def root(**more: Any) -> dict[str, Any]:
    enabled = [{"Type": kind, "Status": "ENABLED"} for kind in (SERVICE_CONTROL, RESOURCE_CONTROL)]
    arn = f"arn:aws:organizations::{MANAGEMENT}:root/o-exampleorgid/{ROOT}"
    return {"Id": ROOT, "Arn": arn, "PolicyTypes": enabled, **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An account in a unit, both kinds of policies turned on, each level with a policy of each kind."""
    write(tmp_path, "list-roots", {"Roots": [root()]})
    write(tmp_path, f"list-parents-{ACCOUNT}", {"Parents": [{"Id": UNIT}]})
    write(tmp_path, f"list-parents-{UNIT}", {"Parents": [{"Id": ROOT}]})
    for kind in (SERVICE_CONTROL, RESOURCE_CONTROL):
        for target in (ACCOUNT, UNIT, ROOT):
            name = f"p-{kind[0].lower()}-{target}"
            listed = {"Policies": [{"Id": name, "Name": name}]}
            write(tmp_path, f"list-policies-for-target-{target}-{kind}", listed)
            write(tmp_path, f"describe-policy-{name}", {"Policy": {"Content": "{}"}})
    return tmp_path


def write(folder: Path, name: str, answer: object) -> None:
    (folder / f"{name}.json").write_text(json.dumps(answer))


def levels_of(folder: Path) -> PolicyLevels:
    return PolicyLevels(ExportedAnswers(folder))


@pytest.mark.parametrize("kind", [SERVICE_CONTROL, RESOURCE_CONTROL])
def test_the_levels_go_from_the_root_down_to_the_account(folder: Path, kind: str) -> None:
    found = levels_of(folder).above(ACCOUNT, kind)

    letter = kind[0].lower()
    assert [[one.source for one in level] for level in found] == [
        [f"p-{letter}-{target} (p-{letter}-{target})"] for target in (ROOT, UNIT, ACCOUNT)
    ]


def test_policies_that_are_turned_off_have_no_levels(folder: Path) -> None:
    write(folder, "list-roots", {"Roots": [root(PolicyTypes=[])]})

    assert levels_of(folder).above(ACCOUNT, RESOURCE_CONTROL) == ()


@pytest.mark.parametrize("status", ["PENDING_ENABLE", "PENDING_DISABLE", None, "enabled", []])
def test_policies_of_which_nobody_knows_whether_they_are_on_are_not_taken_as_off(
    folder: Path, status: object
) -> None:
    turning = [{"Type": SERVICE_CONTROL, "Status": status}]
    write(folder, "list-roots", {"Roots": [root(PolicyTypes=turning)]})

    with pytest.raises(BadAnswer, match="turned on or off"):
        levels_of(folder).above(ACCOUNT, SERVICE_CONTROL)


def test_the_management_account_is_the_one_of_the_root(folder: Path) -> None:
    assert levels_of(folder).management_account() == MANAGEMENT


@pytest.mark.parametrize("arn", [None, "", "arn:aws:iam::1:role/x", 7])
def test_a_root_without_its_arn_is_no_answer(folder: Path, arn: object) -> None:
    write(folder, "list-roots", {"Roots": [root(Arn=arn)]})

    with pytest.raises(BadAnswer):
        levels_of(folder).management_account()


MALFORMED = [
    ("list-roots", {}),
    ("list-roots", []),
    ("list-roots", {"Roots": []}),
    ("list-roots", {"Roots": [1]}),
    ("list-roots", {"Roots": [root(PolicyTypes=7)]}),
    ("list-roots", {"Roots": [root(PolicyTypes=["SERVICE_CONTROL_POLICY"])]}),
    (f"list-parents-{ACCOUNT}", {"Parents": []}),
    (f"list-parents-{ACCOUNT}", {"Parents": [{"Id": ACCOUNT}]}),
    (f"list-parents-{ACCOUNT}", {"Parents": [{"Id": "../list"}]}),
    (f"list-parents-{ACCOUNT}", {"Parents": [{"Id": "x" * 5000}]}),
    (f"list-parents-{ACCOUNT}", {"Parents": [{"Id": "\0"}]}),
    (f"list-policies-for-target-{UNIT}-{SERVICE_CONTROL}", {"Policies": None}),
    (f"list-policies-for-target-{UNIT}-{SERVICE_CONTROL}", {"Policies": [{"Name": "x"}]}),
    (f"describe-policy-p-s-{UNIT}", {"Policy": "p"}),
    (f"describe-policy-p-s-{UNIT}", {"Policy": ["p"]}),
    (f"describe-policy-p-s-{UNIT}", {"Policy": {"Content": {}}}),
]


@pytest.mark.parametrize(("name", "answer"), MALFORMED, ids=map(str, range(len(MALFORMED))))
def test_what_is_no_answer_is_refused_and_never_taken_as_no_policy(
    folder: Path, name: str, answer: object
) -> None:
    write(folder, name, answer)

    with pytest.raises((BadAnswer, BadInput)):
        levels_of(folder).above(ACCOUNT, SERVICE_CONTROL)


def test_every_file_is_needed_and_named_where_it_is_missing(folder: Path) -> None:
    needed = [
        one for one in sorted(folder.iterdir()) if "RESOURCE" not in one.name and "p-r-" not in one.name
    ]
    assert len(needed) == 9
    for path in needed:
        text = path.read_text()
        path.unlink()
        with pytest.raises(BadInput, match=path.name):
            levels_of(folder).above(ACCOUNT, SERVICE_CONTROL)
        path.write_text(text)


def test_a_pipe_in_the_folder_is_not_waited_for(folder: Path) -> None:
    path = folder / f"list-parents-{ACCOUNT}.json"
    path.unlink()
    os.mkfifo(path)

    with pytest.raises(BadInput, match="is no file"):
        levels_of(folder).above(ACCOUNT, SERVICE_CONTROL)
