"""What is told of findings that were sent to many hubs."""

import pytest

from s3kms.aws.security_hub import RefusedRecord
from s3kms.cli.send_output import show_delivery
from s3kms.model.errors import AccessDenied
from s3kms.security_hub import FindingsDelivery, HubDelivery


def hub(number: int, sent: int = 1, **more: object) -> HubDelivery:
    made = HubDelivery(f"{number:012}", "eu-central-1", to_send=sent, sent=sent)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def told(capsys: pytest.CaptureFixture[str], *hubs: HubDelivery, quiet: bool = False) -> list[str]:
    show_delivery(FindingsDelivery(hubs, is_sent=True), quiet=quiet)
    return capsys.readouterr().err.splitlines()


def test_many_hubs_are_added_up(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, *(hub(number, 2, left_active=1) for number in range(11)))

    assert lines == [
        "Security Hub of 11 accounts in 1 region: 22 findings sent, 0 archived; 11 earlier findings that this "
        "check does not judge stay"
    ]


def test_hubs_in_which_nothing_happened_have_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, hub(1), hub(2, 0)) == [
        "Security Hub of account 000000000001 in eu-central-1: 1 finding sent, 0 archived"
    ]
    assert told(capsys, hub(1, 0), hub(2, 0)) == [
        "Security Hub of 2 accounts in 1 region: 0 findings sent, 0 archived"
    ]


def test_of_many_refused_findings_three_are_named_and_the_rest_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = tuple(RefusedRecord(f"id-{number}", "InvalidInput", "bad") for number in range(5))
    lines = told(capsys, hub(1, 0, refused=refused), quiet=True)

    assert len(lines) == 4
    assert lines[-1].endswith("did not take 2 more findings")


def test_of_many_accounts_with_errors_twenty_are_named_and_the_rest_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hubs = (hub(number, 0, to_send=3, error=AccessDenied("no")) for number in range(25))
    lines = told(capsys, *hubs, quiet=True)

    assert lines[0] == "error: Security Hub of account 000000000000 in eu-central-1: 3 findings not sent: no"
    assert lines[20:] == ["error: findings of 5 more accounts not sent"]
