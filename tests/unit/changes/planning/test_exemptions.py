"""The exemptions that a plan proposes, as TOML and in a configuration file."""

import os
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3kms.changes.planning.exemptions import (
    ExemptionEntry,
    exemption_entries,
    merge_exemptions,
    render_exemptions,
)
from s3kms.desired.load import load_configuration, parse_wanted
from s3kms.model.advice import NO_ADVICE
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.errors import BadInput, Refused, S3kmsError
from s3kms.model.findings import Verdict
from s3kms.model.plan import PlanClass, PlannedBucket, PlannedHazard
from s3kms.rules import IDS, RULES
from s3kms.rules.evaluate import evaluate_bucket

TODAY = date(2026, 11, 26)
ACCOUNT = "111122223333"
LOGS = PlannedHazard("load_balancer_logs", "takes logs", NO_ADVICE, PlanClass.STAY, "Logs of load balancers")
WEB = PlannedHazard("website", "is a static website", NO_ADVICE, PlanClass.PREPARE, "Websites")


def planned(bucket: str = "alb-logs", *hazards: PlannedHazard, **more: object) -> PlannedBucket:
    found = hazards or (LOGS,)
    fields = {"account": ACCOUNT, "region": "eu-central-1", "plan_class": PlanClass.STAY, **more}
    return PlannedBucket(bucket, hazards=found, **fields)  # type: ignore[arg-type]


def entry_of(bucket: str = "alb-logs", **more: object) -> ExemptionEntry:
    (entry,) = exemption_entries([planned(bucket, **more)], TODAY)
    return entry


def verdict_of(bucket: str, file: Path, account: str = ACCOUNT) -> Verdict:
    found = Bucket(bucket, account=account, region="eu-central-1", encryption=Encryption("AES256"))
    return evaluate_bucket(found, RULES[0], load_configuration(file, IDS), TODAY).verdict


def test_an_entry_says_what_does_not_work_by_what_that_was_seen_and_for_a_year() -> None:
    entries = exemption_entries([planned("alb-logs", LOGS, WEB, owner="platform team")], TODAY)

    assert render_exemptions(entries) == (
        "[[exemptions]]\n"
        'buckets = "alb-logs"\n'
        'account = "111122223333"\n'
        'rule = "s3_bucket_kms_encryption"\n'
        'reason = "Logs of load balancers: SSE-KMS is not supported"\n'
        'hazard = "load_balancer_logs"\n'
        'evidence = "it takes logs"\n'
        'owner = "platform team"\n'
        "until = 2027-11-26\n"
    )


def test_only_buckets_that_stay_are_exempt() -> None:
    others = [planned(one.value, WEB, plan_class=one) for one in PlanClass if one is not PlanClass.STAY]

    assert exemption_entries(others, TODAY) == ()


@pytest.mark.parametrize(
    ("tag", "given_owner", "owner"),
    [("team a", "team b", "team a"), (None, "team b", "team b"), (" ", "team b", "team b"), ("", None, None)],
)
def test_the_owner_is_the_buckets_own_before_the_one_that_was_named(
    tag: str | None, given_owner: str | None, owner: str | None
) -> None:
    (entry,) = exemption_entries([planned(owner=tag)], TODAY, given_owner)

    assert entry.owner == owner


@pytest.mark.parametrize("days", [0, -1, 10**9])
def test_days_that_lead_to_no_later_date_are_a_mistake(days: int) -> None:
    with pytest.raises(BadInput):
        exemption_entries([], TODAY, days=days)


def test_what_code_names_at_deployment_is_exempt_beside_the_code() -> None:
    entry = entry_of("aws_s3_bucket.logs", has_name=False, account=None, place="infra/main.tf:3")
    text = render_exemptions([entry])

    assert tomllib.loads(text) == {}
    assert "infra/main.tf:3" in text
    assert "# s3kms: exempt s3_bucket_kms_encryption until 2027-11-26".removeprefix("# ") in text


HOSTILE = 'a"b\\c\nd\r\te\x00f\x1b[31mg\u202eh]] # i = "j" \U0001f4a5 \ue000 \ud800 ü'


def test_hostile_text_is_what_it_was_and_shows_no_control_character() -> None:
    hazard = PlannedHazard("website", HOSTILE, NO_ADVICE, PlanClass.STAY, HOSTILE)
    text = render_exemptions(exemption_entries([planned("logs", hazard, owner=HOSTILE)], TODAY))

    assert all(c.isprintable() or c == "\n" for c in text)
    (found,) = tomllib.loads(text)["exemptions"]
    assert found["owner"] == HOSTILE.replace("\ud800", "\ufffd")
    assert found["evidence"] == f"it {found['owner']}"


@settings(max_examples=60)
@given(st.text(), st.text())
def test_any_text_of_aws_is_read_back_as_it_was(why: str, owner: str) -> None:
    hazard = PlannedHazard("website", why, NO_ADVICE, PlanClass.STAY, "Websites")
    text = render_exemptions(exemption_entries([planned("logs", hazard, owner=owner)], TODAY))
    (found,) = tomllib.loads(text)["exemptions"]

    assert found["evidence"] == f"it {why}"[:1000] + ("…" if len(why) > 997 else "")
    assert found.get("owner") == (owner if owner.strip() else None)


EXISTING = [
    '[wanted]\nalgorithm = "aws:kms"  # all of them\n',
    '[[overrides]]\nbuckets = "data-*"\nbucket_key = false\n',
    "[keys.111122223333]\n'*' = 'alias/logs'\n",
    '[[exemptions]]\nbuckets = "old-*"\nreason = """two\nlines]"""\n',
    "[[exemptions]]\nbuckets = 'acme-?'\nreason = 'x'\nuntil = 2020-01-01\n",
]
COMMENTS = st.lists(
    st.text(
        st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]), max_size=30
    )
    .filter(lambda text: len(text.splitlines()) < 2)
    .map(lambda text: f"# {text}\n")
    | st.sampled_from(["\n", "   \n", "#]\n"])
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    parts = draw(st.lists(st.sampled_from(EXISTING), unique=True))
    text = "".join("".join(draw(COMMENTS)) + part for part in parts) + "".join(draw(COMMENTS))
    text = text.removesuffix("\n") if draw(st.booleans()) else text
    text = text.replace("\n", "\r\n") if draw(st.booleans()) else text
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + text.encode()


@settings(max_examples=60, deadline=None)
@given(files(), st.lists(st.sampled_from(["alb-logs", "acme-1", "acme-2", "nlb.logs"]), min_size=1))
def test_a_file_keeps_every_byte_and_the_buckets_are_exempt(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, names: list[str]
) -> None:
    file = tmp_path_factory.mktemp("merge") / "s3kms.toml"
    file.write_bytes(before)
    old = parse_wanted(before.decode("utf-8-sig"), "before", IDS)

    merged = merge_exemptions(file, exemption_entries(map(planned, names), TODAY), TODAY)

    after = file.read_bytes()
    assert after.startswith(before)
    assert {verdict_of(name, file) for name in names} == {Verdict.EXEMPT}
    assert load_configuration(file, IDS).exemptions[: len(old.exemptions)] == old.exemptions
    assert len(merged.added) == len(set(names))
    again = merge_exemptions(file, exemption_entries(map(planned, names), TODAY), TODAY)
    assert (again.added, file.read_bytes()) == ((), after)


@pytest.mark.parametrize(
    "text",
    [
        "exemptions = []\n[wanted]\n",
        'exemptions = [{ buckets = "a-*", reason = "]" }] # the end ]\n[wanted]\n',
        'exemptions = [\n  { buckets = "a-*", reason = "x" }, # one ]\n]\n',
        'exemptions = [\n  { buckets = "a-*", reason = "x" } # one, ]\n]\nrules = ["s3_bucket_bucket_key_enabled"]\n',
    ],
)
def test_a_list_in_the_place_of_tables_is_added_to(tmp_path: Path, text: str) -> None:
    file = tmp_path / "s3kms.toml"
    file.write_text(text)

    merge_exemptions(file, [entry_of()], TODAY)

    assert verdict_of("alb-logs", file) is Verdict.EXEMPT
    kept = [line for line in text.splitlines() if line.strip() not in {"]", "exemptions = []"}]
    assert all(line.split("]")[0] in file.read_text() for line in kept)


def test_a_table_of_a_project_is_added_to(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\nname = "x"\n\n[tool.s3kms]\nrules = []\n\n[tool.other]\na = 1\n')

    merge_exemptions(file, [entry_of()], TODAY)

    assert file.read_text().count("[[tool.s3kms.exemptions]]") == 1
    assert verdict_of("alb-logs", file) is Verdict.EXEMPT


def test_a_file_is_made_where_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "s3kms.toml"

    merge_exemptions(file, [entry_of()], TODAY)

    assert file.read_text() == render_exemptions([entry_of()])


def test_an_exemption_of_a_pattern_that_stands_is_not_repeated_and_one_that_ended_is(tmp_path: Path) -> None:
    file = tmp_path / "s3kms.toml"
    file.write_text(
        '[[exemptions]]\nbuckets = "alb-*"\nreason = "x"\nuntil = 2026-11-26\n\n'
        '[[exemptions]]\nbuckets = "nlb-*"\nreason = "x"\nuntil = 2026-11-25\n'
    )
    entries = [entry_of("alb-logs"), entry_of("nlb-logs")]

    merged = merge_exemptions(file, entries, TODAY)

    assert [one.bucket for one in merged.added] == ["nlb-logs"]
    assert [one.bucket for one in merged.standing] == ["alb-logs"]


def test_the_exemption_of_another_rule_or_account_does_not_stand_for_it(tmp_path: Path) -> None:
    file = tmp_path / "s3kms.toml"
    file.write_text(
        '[[exemptions]]\nbuckets = "alb-logs"\nreason = "x"\nrule = "s3_bucket_sse_c_blocked"\n'
        '[[exemptions]]\nbuckets = "alb-logs"\nreason = "x"\naccount = "444455556666"\n'
    )

    assert merge_exemptions(file, [entry_of()], TODAY).added == (entry_of(),)


@pytest.mark.parametrize(
    "data",
    [b"[wanted", b"wanted = 1\n", b"\xff\n", b"a = " + b"[" * 9999, b"exemptions = [{ buckets = 'a' }]\n"],
)
def test_what_is_no_configuration_is_refused_and_stays(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "s3kms.toml"
    file.write_bytes(data)

    with pytest.raises(BadInput, match=r"s3kms\.toml"):
        merge_exemptions(file, [entry_of()], TODAY)
    assert file.read_bytes() == data


@pytest.mark.parametrize("target", ["other.toml", "nowhere"])
def test_a_link_is_refused_and_stays(tmp_path: Path, target: str) -> None:
    (tmp_path / "other.toml").write_text("# mine\n")
    file = tmp_path / "s3kms.toml"
    file.symlink_to(target)

    with pytest.raises(Refused, match="is a symbolic link"):
        merge_exemptions(file, [entry_of()], TODAY)
    assert (tmp_path / "other.toml").read_text() == "# mine\n"
    assert not (tmp_path / "nowhere").exists()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "s3kms.toml")

    with pytest.raises(Refused, match="is not a file"):
        merge_exemptions(tmp_path / "s3kms.toml", [entry_of()], TODAY)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(S3kmsError, match="cannot be opened"):
        merge_exemptions(tmp_path / "none" / "s3kms.toml", [entry_of()], TODAY)


def test_owner_and_mode_of_a_file_stay_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "s3kms.toml"
    file.write_text("# mine\n")
    file.chmod(0o640)

    merge_exemptions(file, [entry_of()], TODAY)

    assert file.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["s3kms.toml"]


@pytest.mark.parametrize("value", ['"website"', '["website", "load_balancer_logs"]'])
def test_hazard_and_evidence_may_stand_in_an_exemption(value: str) -> None:
    text = f'[[exemptions]]\nbuckets = "a-*"\nreason = "x"\nhazard = {value}\nevidence = "it does"\n'

    assert len(parse_wanted(text, "s3kms.toml", IDS).exemptions) == 1


@pytest.mark.parametrize("line", ["hazard = 3", "hazard = ['']", "hazard = ''", "evidence = ''"])
def test_a_hazard_or_evidence_that_is_none_is_a_mistake_with_its_line(line: str) -> None:
    with pytest.raises(BadInput, match="line 4, exemptions"):
        parse_wanted(f'[[exemptions]]\nbuckets = "a-*"\nreason = "x"\n{line}\n', "s3kms.toml", IDS)
