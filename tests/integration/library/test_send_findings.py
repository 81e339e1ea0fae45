"""`Client.send_findings`: the findings of a check in Security Hub."""

import boto3
import pytest
from tests.support.stub_hub import StubHub

import s3kms
from s3kms.demo.aws import EmbeddedAws

BUCKETS = ("s3://acme-invoices", "s3://acme-orders")


def test_findings_are_only_counted_until_they_are_to_be_sent(
    estate: EmbeddedAws, session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", estate.url)
    with StubHub() as hub, s3kms.Client(session=session) as client:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECURITYHUB", hub.url)
        check = client.check(*BUCKETS)
        looked = client.send_findings(check)
        sent = client.send_findings(check, apply=True)

    assert [(one.to_send, one.sent) for one in looked.hubs] == [(1, 0)]
    assert [(one.to_send, one.sent) for one in sent.hubs] == [(1, 1)]
    assert (looked.is_sent, sent.is_sent, sent.is_whole) == (False, True, True)
    assert len(hub.batches) == 1
