"""Sending what a check found to where an organization collects it: `--send securityhub`."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.cli.option_groups import option, options_of_environment
from s3kms.cli.options import Command
from s3kms.cli.request_options import with_options
from s3kms.cli.send_output import show_delivery
from s3kms.cli.wording import cli_wording
from s3kms.model.errors import BadInput
from s3kms.model.exits import Exit
from s3kms.model.request_fields import TargetKind
from s3kms.model.stream import ScanEvent
from s3kms.model.targets import check_region

if TYPE_CHECKING:
    from s3kms.scan.request import ScanRequest
    from s3kms.security_hub import FindingsSender

SEND = "Sending"


@dataclass(slots=True)
class SendOptions:
    """Where findings are sent, if anywhere, and whether they are or it is only said."""

    to: str | None
    region: str | None
    is_apply: bool
    sender: "FindingsSender | None" = None

    def check(self, request: "ScanRequest") -> None:
        """Raises BadInput for what does not go together; what is from the environment and does not fit is none."""
        environment = options_of_environment(click.get_current_context())
        if request.kind is TargetKind.CODE and "send_to" in environment:
            self.to = None
        if self.to is None:
            if self.is_apply or (self.region is not None and "send_region" not in environment):
                flag = "--apply" if self.is_apply else "--send-region"
                raise BadInput(f"{flag} needs --send", advice="add --send securityhub, or leave it out")
            return
        if request.kind is TargetKind.CODE:
            raise BadInput(
                "--send works on live buckets, and the targets are code",
                advice="use --format sarif, for example",
            )
        if self.region is not None:
            check_region(self.region)
        from s3kms.security_hub import FindingsSender

        self.sender = FindingsSender(self.region, cli_wording)

    def watch(self, events: Iterator[ScanEvent]) -> Iterator[ScanEvent]:
        """The events of the check, kept as far as they are to be sent."""
        return self.sender.watch(events) if self.sender else events

    def deliver(self, client: api.Client, request: "ScanRequest", code: int, *, quiet: bool) -> int:
        """Send them, or say what would be sent; the exit code of the check, or 1 where something was not sent."""
        if self.sender is None:
            return code
        from s3kms.security_hub import connect_accounts

        role = request.role if request.enters_accounts or request.names_role else None
        delivery = self.sender.deliver(connect_accounts(client.connect, role), is_apply=self.is_apply)
        show_delivery(delivery, quiet=quiet)
        return code if delivery.is_whole else int(Exit.ERROR)


def send_options(function: Command) -> Command:
    """`--send`, `--send-region`, `--apply`; the command gets `send: SendOptions`."""

    @functools.wraps(function)
    def wrapper(
        *args: Any, send_to: str | None, send_region: str | None, is_apply: bool, **kwargs: Any
    ) -> Any:
        return function(*args, send=SendOptions(send_to, send_region, is_apply), **kwargs)

    options = (
        option(
            SEND,
            "--send",
            "send_to",
            type=click.Choice(["securityhub"]),
            help="Show what would be sent to AWS Security Hub CSPM; with --apply, send it.",
        ),
        option(
            SEND,
            "--send-region",
            "send_region",
            metavar="REGION",
            help="Send everything to Security Hub in this region [default: the region of each bucket].",
        ),
        option(
            SEND,
            "--apply",
            "is_apply",
            is_flag=True,
            help="With --send: import the findings, and archive earlier ones of buckets that pass now.",
        ),
    )
    return with_options(options, wrapper)
