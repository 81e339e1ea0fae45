"""The library's check, on the embedded AWS: in a script, inside a running loop, both faces."""

import asyncio
import gc
import signal
import threading
from pathlib import Path

import boto3
import pytest

import s3kms
from s3kms.demo.aws import EmbeddedAws

WEB = {"acme-web-thumbnails", "acme-web-uploads"}


def test_a_check_yields_findings_as_it_is_iterated(client: s3kms.Client) -> None:
    found = list(client.check("s3://acme-web-*"))

    assert {finding.bucket for finding in found} == WEB
    assert {finding.verdict for finding in found} == {s3kms.Verdict.FAIL}


def test_nothing_is_asked_before_the_check_is_iterated(client: s3kms.Client, estate: EmbeddedAws) -> None:
    estate.calls.clear()

    check = client.check("s3://acme-web-*")

    assert not estate.calls
    list(check)
    assert estate.calls


def test_the_summary_is_there_after_the_end_and_not_before(client: s3kms.Client) -> None:
    check = client.check("s3://acme-web-*")

    with pytest.raises(s3kms.NotFinished):
        _ = check.summary
    list(check)
    assert check.summary.exit is s3kms.Exit.FINDINGS
    assert check.summary.buckets == 2


def test_a_check_can_be_rendered_after_it_was_iterated_and_its_client_closed(
    estate: EmbeddedAws, session: boto3.Session
) -> None:
    with s3kms.Client(session=session, endpoint_url=estate.url) as client:
        check = client.check("s3://acme-web-*")
        list(check)
    estate.calls.clear()

    text = s3kms.render(check.events(), format="sarif")

    assert "acme-web-uploads" in text
    assert not estate.calls


def test_events_that_are_not_kept_come_once(client: s3kms.Client) -> None:
    check = client.check("s3://acme-web-*", keep_events=False)
    list(check)

    with pytest.raises(s3kms.NotFinished):
        list(check.events())
    assert check.summary.buckets == 2


def test_the_last_event_is_the_summary(client: s3kms.Client) -> None:
    events = list(client.check("s3://acme-web-*").events())

    assert isinstance(events[-1], s3kms.Summary)
    assert sum(isinstance(event, s3kms.Summary) for event in events) == 1


def test_the_synchronous_client_works_inside_a_running_loop(client: s3kms.Client) -> None:
    async def notebook() -> set[str | None]:
        return {finding.bucket for finding in client.check("s3://acme-web-*")}

    assert asyncio.run(notebook()) == WEB


def test_the_asynchronous_client_yields_the_same_findings(
    estate: EmbeddedAws, session: boto3.Session
) -> None:
    async def service() -> tuple[set[str | None], s3kms.Exit]:
        async with s3kms.AsyncClient(session=session, endpoint_url=estate.url) as client:
            check = client.check("s3://acme-web-*")
            return {finding.bucket async for finding in check}, check.summary.exit

    assert asyncio.run(service()) == (WEB, s3kms.Exit.FINDINGS)


def test_a_check_that_is_abandoned_leaves_no_thread_behind(client: s3kms.Client) -> None:
    async def impatient() -> None:
        check = client.check()
        next(iter(check))
        check.close()

    before = threading.active_count()
    asyncio.run(impatient())
    gc.collect()
    assert threading.active_count() <= before + 1  # asyncio's own executor may keep one


def test_the_library_sets_no_signal_handler(client: s3kms.Client) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    list(client.check("s3://acme-web-*"))

    assert before == {number: signal.getsignal(number) for number in before}


def test_code_is_checked_without_aws(infra: Path, estate: EmbeddedAws) -> None:
    estate.calls.clear()

    (finding,) = s3kms.check_code(infra)

    assert (finding.bucket, finding.verdict) == ("acme-declared", s3kms.Verdict.FAIL)
    assert not estate.calls


def test_an_option_that_does_not_fit_the_target_is_an_error_with_advice(infra: Path) -> None:
    with pytest.raises(s3kms.BadInput, match="regions is about") as caught:
        s3kms.check_code(infra, regions=["eu-central-1"])

    assert "--" not in str(caught.value)
    assert caught.value.advice


def test_a_rule_of_ones_own_is_evaluated(client: s3kms.Client) -> None:
    default = s3kms.all_rules()[0]
    own = s3kms.Rule(
        id="acme_name",
        title="Names begin with acme",
        severity=s3kms.Severity.LOW,
        needs=frozenset(),
        evaluate=lambda bucket, _, __: s3kms.RuleResult(
            s3kms.Verdict.PASS if (bucket.name or "").startswith("acme") else s3kms.Verdict.FAIL,
            "by its name",
        ),
        doc=default.doc,
        examples=(),
    )

    found = client.check("s3://acme-web-*", extra_rules=[own])

    assert {f.verdict for f in found if f.rule == "acme_name"} == {s3kms.Verdict.PASS}
