"""What `check --send` shows on stderr: what was sent where, what was not taken, and why the rest was not sent."""

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from s3kms.cli.messages import notify
from s3kms.cli.wording import cli_wording
from s3kms.text.count import count

if TYPE_CHECKING:
    from s3kms.security_hub import FindingsDelivery, HubDelivery

_MAX_HUBS = 10
"""As many hubs have a line each; more are added up."""
_MAX_ERRORS = 20
"""As many sorts of error are told."""
_SHOWN = 3
"""Refused findings of one hub that are named."""


def show_delivery(delivery: "FindingsDelivery", *, quiet: bool) -> None:
    """Tell it: with `quiet` only what was not sent or not taken."""
    if not quiet:
        _show_done(delivery)
    for hub in delivery.hubs:
        _show_refused(hub)
    _show_errors(delivery.hubs)
    if quiet:
        return
    if delivery.without_bucket:
        notify(f"not sent: {count(delivery.without_bucket, 'finding')} of what could not be listed")
    if not delivery.is_sent and any(hub.to_send or hub.to_archive for hub in delivery.hubs):
        notify("nothing was sent; --apply sends it")


def _show_done(delivery: "FindingsDelivery") -> None:
    """A line for each hub in which there is something to tell; one for all where those are many, or none."""
    reached = [hub for hub in delivery.hubs if hub.error is None or hub.sent or hub.archived]
    told = [hub for hub in reached if hub.to_send or hub.to_archive or hub.left_active]
    if told and len(told) <= _MAX_HUBS:
        for hub in told:
            notify(f"{_place(hub)}: {_done([hub], is_sent=delivery.is_sent)}")
    elif len(reached) == 1:
        notify(f"{_place(reached[0])}: {_done(reached, is_sent=delivery.is_sent)}")
    elif reached:
        accounts, regions = {hub.account for hub in reached}, {hub.region for hub in reached}
        where = f"Security Hub of {count(len(accounts), 'account')} in {count(len(regions), 'region')}"
        notify(f"{where}: {_done(reached, is_sent=delivery.is_sent)}")


def _done(hubs: "Iterable[HubDelivery]", *, is_sent: bool) -> str:
    some = list(hubs)
    left = sum(hub.left_active for hub in some)
    stay = "stays" if left == 1 else "stay"
    rest = f"; {count(left, 'earlier finding')} that this check does not judge {stay}" if left else ""
    if is_sent:
        sent, archived = sum(hub.sent for hub in some), sum(hub.archived for hub in some)
        return f"{count(sent, 'finding')} sent, {archived:,} archived{rest}"
    to_send, to_archive = sum(hub.to_send for hub in some), sum(hub.to_archive for hub in some)
    return f"{count(to_send, 'finding')} would be sent, {to_archive:,} archived{rest}"


def _show_refused(hub: "HubDelivery") -> None:
    for one in hub.refused[:_SHOWN]:
        notify(f"error: {_place(hub)} did not take {one.id}: {one.code}: {one.message}")
    if (more := len(hub.refused) - _SHOWN) > 0:
        notify(f"error: {_place(hub)} did not take {count(more, 'more finding')}")


def _show_errors(hubs: "Iterable[HubDelivery]") -> None:
    """One line for each account and error, for a region is seldom alone with it."""
    failed = sorted((hub for hub in hubs if hub.error is not None), key=_key)
    groups = [list(some) for _, some in groupby(failed, _key)]
    for some in groups[:_MAX_ERRORS]:
        regions = ", ".join(hub.region for hub in some)
        rest = sum(hub.to_send + hub.to_archive - hub.sent - hub.archived - len(hub.refused) for hub in some)
        what = f"{count(rest, 'finding')} not sent" if rest else "earlier findings not looked for"
        if (error := some[0].error) is not None:
            said = error.sentence.worded(cli_wording)
            notify(f"error: Security Hub of account {some[0].account} in {regions}: {what}: {said}")
            if error.advice:
                notify(f"  hint: {error.advice.worded(cli_wording)}")
    if (more := len(groups) - _MAX_ERRORS) > 0:
        notify(f"error: findings of {count(more, 'more account')} not sent")


def _key(hub: "HubDelivery") -> tuple[str, str]:
    """What the errors of several regions have alike: the account, and the sentence but for the region."""
    return hub.account, str(hub.error).replace(hub.region, "")


def _place(hub: "HubDelivery") -> str:
    return f"Security Hub of account {hub.account} in {hub.region}"
