"""`--partition`, of the commands that print policies and templates without calling AWS."""

from collections.abc import Callable
from typing import Any

import click

from s3kms.cli.option_groups import option
from s3kms.cli.options import RESULT
from s3kms.model.iam_policy import PARTITIONS

Command = Callable[..., Any]


def partition_option(function: Command) -> Command:
    """`--partition`; the command gets `partition`."""
    decorated: Command = option(
        RESULT,
        "--partition",
        "partition",
        type=click.Choice(PARTITIONS),
        default=PARTITIONS[0],
        show_default=True,
        help="Partition of the ARNs.",
    )(function)
    return decorated
