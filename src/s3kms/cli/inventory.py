"""What `check` does with `config://AGGREGATOR`: the options of it, and the buckets in it."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import click

from s3kms.cli.code_inputs import LIVE, REACH, refuse_live
from s3kms.cli.options import AccountScope, AwsOptions, Command
from s3kms.cli.selection import connect
from s3kms.model.bucket import Bucket
from s3kms.model.errors import BadInput
from s3kms.model.facts import Fact
from s3kms.model.stream import ScanItem
from s3kms.model.targets import AggregatorTarget, CodeTarget, ScanTarget, check_region

DEFAULT_HOURS = 24
_NOT_OF_CODE = LIVE | REACH | {"confirm": "--confirm", "max_age": "--max-age"}


@dataclass(frozen=True, slots=True)
class Inventory:
    """How an inventory is to be read."""

    confirm: bool
    max_age: int | None
    """Hours."""

    def check_with(self, chosen: ScanTarget, reach: AccountScope, *, directory_buckets: bool | None) -> None:
        """Raises BadInput for options that mean nothing with these targets."""
        if isinstance(chosen, AggregatorTarget):
            if reach.is_far or reach.excluded:
                raise BadInput(
                    f"{chosen} knows its accounts",
                    advice="leave --org, --account, --accounts-file and --exclude-account out",
                )
            if reach.is_told and not self.confirm:
                raise BadInput("no account is entered without --confirm", advice="leave --assume-role out")
            if directory_buckets:
                raise BadInput(
                    f"{chosen} knows no directory buckets",
                    advice="check them in their own account, without it",
                )
            return
        if isinstance(chosen, CodeTarget):
            refuse_live(click.get_current_context(), _NOT_OF_CODE)
        reach.check()
        if self.confirm or self.max_age is not None:
            option = "--confirm" if self.confirm else "--max-age"
            raise BadInput(
                f"{option} is about config://AGGREGATOR; every other target is read live anyway",
                advice="leave it out",
            )


def inventory_options(function: Command) -> Command:
    """`--confirm`, `--max-age`; the command gets `inventory: Inventory`."""

    @click.option(
        "--confirm",
        is_flag=True,
        help="With config://: read what does not pass again, live; --assume-role enters other accounts.",
    )
    @click.option(
        "--max-age",
        type=click.IntRange(1, 1_000_000),
        metavar="HOURS",
        help=f"With config://: say so where AWS Config captured a bucket earlier [default: {DEFAULT_HOURS}].",
    )
    @functools.wraps(function)
    def wrapper(*args: Any, confirm: bool, max_age: int | None, **kwargs: Any) -> Any:
        return function(*args, inventory=Inventory(confirm, max_age), **kwargs)

    return wrapper


def read_inventory(  # noqa: PLR0917 - what was asked, in the order of the command line
    aws: AwsOptions,
    aggregator: AggregatorTarget,
    regions: tuple[str, ...],
    inventory: Inventory,
    reach: AccountScope,
    needs: frozenset[Fact],
    *,
    is_in_doubt: Callable[[Bucket], bool],
) -> Iterator[ScanItem]:
    """Its buckets; with `--confirm`, those in doubt as they are now. Imports the AWS SDK."""
    regions = tuple(check_region(region) for region in regions)
    from s3kms.sources.aggregator import AggregatorSource
    from s3kms.sources.confirmation import LiveConfirmation

    connection = connect(aws)
    max_age = timedelta(hours=inventory.max_age or DEFAULT_HOURS)
    source = AggregatorSource(connection, aggregator, regions, max_age=max_age)
    if not inventory.confirm:
        return source.buckets(needs)
    role = reach.role if reach.is_told else None
    return LiveConfirmation(source, connection, is_in_doubt, role).buckets(needs)
