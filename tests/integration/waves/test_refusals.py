"""`fix --plan`: what is not carried out, each with its sentence, and nothing written."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import shell_of
from tests.support.cli import Shell
from tests.support.saved_plans import plan_text, ready, reseal_file, resealed

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

WRITES = {"PutBucketEncryption", "DeleteBucketEncryption"}


@pytest.fixture(scope="module")
def plan(estate: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of a plan of the production account."""
    shell = shell_of(estate, tmp_path_factory.mktemp("plan"))
    shell("plan", "--wave-by", "region", "--out", "plan.json")
    return (shell.folder / "plan.json").read_text()


@pytest.fixture
def planned(production: Shell, estate: EmbeddedAws, plan: str) -> Shell:
    """A shell with that plan in `plan.json`."""
    shell = production.having(XDG_STATE_HOME=str(production.folder / "state"))
    (shell.folder / "plan.json").write_text(plan)
    estate.calls.clear()
    return shell


def is_unwritten(estate: EmbeddedAws) -> bool:
    return not WRITES & {call.operation for call in estate.calls}


def edited(shell: Shell, old: str, new: str) -> None:
    path = shell.folder / "plan.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def aged(shell: Shell, hours: int) -> None:
    path = shell.folder / "plan.json"
    at = json.loads(path.read_text())["at"]
    made = datetime.now(UTC) - timedelta(hours=hours)
    reseal_file(path, at, made.isoformat(timespec="seconds"))


def is_link(shell: Shell) -> None:
    (shell.folder / "plan.json").rename(shell.folder / "there.json")
    (shell.folder / "plan.json").symlink_to("there.json")


def is_check(shell: Shell) -> None:
    (shell.folder / "plan.json").unlink()
    shell("check", "-o", "plan.json")


def is_hostile(shell: Shell) -> None:
    reseal_file(shell.folder / "plan.json", '"bucket": "acme-invoices"', '"bucket": "../../acme"')


CASES = {
    "stay to ready": (
        lambda s: edited(s, '"class": "stay"', '"class": "ready"'),
        4,
        "was changed after it was",
    ),
    "a wave moved": (lambda s: edited(s, '"wave": 2', '"wave": 1'), 4, "was changed after it was written"),
    "cut": (
        lambda s: (s.folder / "plan.json").write_text((s.folder / "plan.json").read_text()[:-200]),
        2,
        "cut",
    ),
    "a week old": (lambda s: aged(s, 169), 4, "is 7 days and 1 hours old, and --max-age 168 is the most"),
    "from tomorrow": (lambda s: aged(s, -24), 4, "comes from the future"),
    "version 2": (lambda s: edited(s, '"version": 1', '"version": 2'), 2, "is a plan of version 2"),
    "a check": (is_check, 2, "is not a plan that s3kms wrote: it is the result of a check"),
    "a link": (is_link, 2, "cannot be read: it is a link"),
    "absent": (lambda s: (s.folder / "plan.json").unlink(), 2, "cannot be read: No such file"),
    "hostile": (is_hostile, 4, "S3 gives out no such name"),
}


@pytest.mark.parametrize(("spoil", "code", "sentence"), CASES.values(), ids=CASES)
def test_a_file_that_is_not_as_plan_wrote_it_changes_nothing(
    planned: Shell, estate: EmbeddedAws, spoil: object, code: int, sentence: str
) -> None:
    assert callable(spoil)
    spoil(planned)
    done = planned("fix", "--plan", "plan.json", "--apply", "--yes")

    assert (done.exit, sentence in done.err) == (code, True), done.err
    assert is_unwritten(estate)


def test_a_plan_of_another_account_is_refused(planned: Shell, estate: EmbeddedAws, tmp_path: Path) -> None:
    other = shell_of(estate, tmp_path, "sandbox")
    done = other("fix", "--plan", "plan.json", "--apply", "--yes")

    assert done.exit == 4
    assert f"is of account {PRODUCTION}, and these credentials belong to 333333333333" in done.err
    assert is_unwritten(estate)


ARGUMENTS = {
    "targets": (("--plan", "plan.json", "s3://acme-invoices"), "a plan says which buckets are meant"),
    "targets of a file": (
        ("--plan", "plan.json", "--from-file", "names"),
        "a plan says which buckets are meant",
    ),
    "a key": (("--plan", "plan.json", "--key", "alias/data"), "--key says what is to be changed"),
    "a form": (("--plan", "plan.json", "--as", "cli"), "--as says what is to be changed"),
    "a wave alone": (("--wave", "1"), "--wave goes with --plan FILE"),
    "an approval alone": (("--approved-by", "Dana"), "--approved-by goes with --plan FILE"),
    "no such wave": (("--plan", "plan.json", "--wave", "9"), "has no wave 9"),
    "waived without a name": (
        ("--plan", "plan.json", "--wave", "2", "--waive", "1"),
        "--waive requires the name of who",
    ),
    "another wave waived": (
        ("--plan", "plan.json", "--wave", "3", "--waive", "1", "--approved-by", "Dana"),
        "and 1 is not before 3\n  hint: use --waive 2\n",
    ),
    "a waive without a wave": (
        ("--plan", "plan.json", "--waive", "1", "--approved-by", "Dana"),
        "--waive requires --wave, the wave that follows it\n  hint: add --wave 2\n",
    ),
    "a waive before the first wave": (
        ("--plan", "plan.json", "--wave", "1", "--waive", "1", "--approved-by", "Dana"),
        "there is none before wave 1\n  hint: leave --waive out\n",
    ),
    "a name that cannot be read": (
        ("--plan", "plan.json", "--approved-by", "\x1b[2J"),
        "--approved-by is not a readable name",
    ),
    "a wave of accepted": (
        ("--plan", "plan.json", "--wave", "1", "--accept", "website"),
        "these are in no wave",
    ),
    "an unknown hazard": (("--plan", "plan.json", "--accept", "nosuch"), "there is no hazard of that name"),
    "an external id": (
        ("--plan", "plan.json", "--external-id", "a b"),
        "--external-id is not an external id",
    ),
}


@pytest.mark.parametrize(("arguments", "sentence"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_options_that_do_not_fit_are_bad_input(
    planned: Shell, estate: EmbeddedAws, arguments: tuple[str, ...], sentence: str
) -> None:
    (planned.folder / "names").write_text("s3://acme-invoices\n")
    done = planned("fix", *arguments, "--apply", "--yes")

    assert (done.exit, sentence in done.err) == (2, True), done.err
    assert is_unwritten(estate)


@pytest.mark.parametrize(
    "name", ["S3KMS_PLAN", "S3KMS_WAVE", "S3KMS_WAIVE", "S3KMS_APPROVED_BY", "S3KMS_MAX_FAILURES"]
)
def test_what_lets_something_be_written_never_comes_from_the_environment(planned: Shell, name: str) -> None:
    value = "plan.json" if name == "S3KMS_PLAN" else "1"
    done = planned.having(**{name: value})("fix", "s3://acme-invoices")

    assert (done.exit, "goes with" in done.err) == (0, False)


def test_the_age_that_is_allowed_never_comes_from_the_environment(
    planned: Shell, estate: EmbeddedAws
) -> None:
    aged(planned, 200)

    assert planned.having(S3KMS_MAX_AGE="1000")("fix", "--plan", "plan.json").exit == 4
    assert planned("fix", "--plan", "plan.json", "--max-age", "1000").exit == 0


@pytest.mark.parametrize("accept", [(), ("--accept", "unread")])
def test_a_file_whose_seal_was_made_to_fit_still_raises_no_class(
    planned: Shell, estate: EmbeddedAws, accept: tuple[str, ...]
) -> None:
    path = planned.folder / "plan.json"
    document = json.loads(path.read_text())
    forged = []
    for one in document["buckets"]:
        change = one["change"] or {
            "before": {
                "algorithm": "AES256",
                "key": None,
                "key_kind": None,
                "bucket_key": None,
                "blocked": None,
            },
            "after": {
                "algorithm": "aws:kms",
                "key": None,
                "key_kind": None,
                "bucket_key": True,
                "blocked": None,
            },
        }
        forged.append({**one, "class": "ready", "hazards": [], "wave": 1, "change": change})
    head, _, tail = path.read_text().partition('"buckets": [')
    _, _, tail = tail.partition('\n], "summary"')
    lines = ",\n".join(f"  {json.dumps(one)}" for one in forged)
    path.write_bytes(resealed(f'{head}"buckets": [\n{lines}\n], "summary"{tail}'.encode()))
    ready_before = {one["bucket"] for one in document["buckets"] if one["class"] == "ready"}

    done = planned("fix", "--plan", "plan.json", *accept)

    would_change = {line.split()[0].removeprefix("s3://") for line in done.out.splitlines()}
    assert done.exit == 11
    assert would_change == ready_before
    assert "skipped: s3://acme-www: its class is stay now" in done.err


def test_a_forged_file_of_a_bucket_that_is_not_there_changes_nothing(planned: Shell) -> None:
    (planned.folder / "plan.json").write_bytes(plan_text([ready("acme-nosuch")], age=timedelta(0)))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    head = (planned.folder / "plan.json").read_text()
    reseal_file(planned.folder / "plan.json", json.loads(head)["at"], now)

    done = planned("fix", "--plan", "plan.json", "--apply", "--yes")

    assert done.exit == 11
    assert "s3://acme-nosuch: it is not there any more" in done.err
