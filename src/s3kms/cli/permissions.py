"""`s3kms permissions`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from s3kms.cli.options import config_option
from s3kms.cli.verify import KEY_USABLE
from s3kms.estate.accounts import DEFAULT_ROLE, check_role
from s3kms.estate.errors import BadInput
from s3kms.estate.operations import ASSUME_ROLE, DIRECTORY_BUCKETS, LIST_ACCOUNTS, PROBE, Operation

EPILOG = """\b
Examples:
  s3kms permissions check
  s3kms permissions check fix undo
  s3kms permissions check --rule s3_bucket_kms_key_usable > policy.json
"""

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
"""Fact A25."""

WITH_AWS = ("check", "fix", "verify", "undo")
"""The commands that call AWS."""


@click.command("permissions", epilog=EPILOG)
@click.argument("commands", nargs=-1, required=True, type=click.Choice(WITH_AWS), metavar="COMMAND...")
@click.option(
    "--rule", "rule_ids", multiple=True, metavar="ID", help="With this companion rule, too (repeatable)."
)
@click.option(
    "--directory-buckets/--no-directory-buckets", default=None, help="With or without directory buckets."
)
@click.option("--org", is_flag=True, help="check --org: list the accounts, and assume a role in each.")
@click.option(
    "--assume-role",
    default=DEFAULT_ROLE,
    show_default=True,
    metavar="NAME",
    help="The role that --org assumes.",
)
@click.option(
    "--partition",
    type=click.Choice(PARTITIONS),
    default="aws",
    show_default=True,
    help="Partition of the ARNs.",
)
@config_option
def command(  # noqa: PLR0917 - click passes them by name
    commands: tuple[str, ...],
    rule_ids: tuple[str, ...],
    directory_buckets: bool | None,
    org: bool,
    assume_role: str,
    partition: str,
    config: Path | None,
) -> None:
    """Print the least IAM policy that commands and rules need.

    It is made from the operations that the code declares, and asks AWS nothing. What each action
    is for goes to stderr.
    """
    if rule_ids and not {"check", "verify"} & set(commands):
        raise BadInput("--rule is about check and verify", hint="leave it out, or name one of them, too")
    if org and "check" not in commands:
        raise BadInput("--org is about check", hint="leave it out, or name check, too")
    operations = frozenset({LIST_ACCOUNTS, ASSUME_ROLE}) if org else frozenset[Operation]()
    if "check" in commands:
        operations |= check_operations(rule_ids, config, directory_buckets)
    if "verify" in commands:
        operations |= PROBE | check_operations((*rule_ids, KEY_USABLE), config, directory_buckets)
    if "fix" in commands:
        operations |= fix_operations(config, directory_buckets)
    if "undo" in commands:
        operations |= undo_operations(directory_buckets)
    for operation in sorted(operations, key=lambda operation: operation.actions):
        for action in operation.actions:
            click.echo(f"# {action}: {operation.why}", err=True)
    if org:
        role = check_role(assume_role)
        click.echo(f"# role {role} needs, in every account: s3kms permissions {' '.join(commands)}", err=True)
    click.echo(json.dumps(iam_policy(operations, partition, assume_role), indent=2))


def check_operations(
    rule_ids: tuple[str, ...], config: Path | None, directory_buckets: bool | None
) -> frozenset[Operation]:
    """Every operation that `check` may call with these rules and this configuration."""
    from s3kms.rules import IDS, choose_rules
    from s3kms.rules.judge import facts_needed
    from s3kms.sources.account import account_operations
    from s3kms.wanted.load import load_wanted

    wanted = load_wanted(config, IDS)
    include = wanted.directory_buckets if directory_buckets is None else directory_buckets
    needs = facts_needed(choose_rules(rule_ids, wanted), wanted)
    return account_operations(needs, directory_buckets=include)


def fix_operations(config: Path | None, directory_buckets: bool | None) -> frozenset[Operation]:
    """Every operation that `fix --apply` may call with this configuration."""
    from s3kms.cli.planning import facts_of
    from s3kms.fixes import key, store
    from s3kms.rules import IDS
    from s3kms.sources.account import account_operations
    from s3kms.wanted.load import load_wanted

    wanted = load_wanted(config, IDS)
    include = wanted.directory_buckets if directory_buckets is None else directory_buckets
    listing = account_operations(facts_of(wanted), directory_buckets=include)
    return listing | key.OPERATIONS | _without_directories(store.OPERATIONS, include)


def undo_operations(directory_buckets: bool | None) -> frozenset[Operation]:
    """Every operation that `undo --apply` may call. It lists nothing: the journal names the buckets."""
    from s3kms.fixes import store

    return _without_directories(store.OPERATIONS, directory_buckets is not False)


def _without_directories(operations: frozenset[Operation], include: bool) -> frozenset[Operation]:
    return (
        operations if include else operations - {op for op in operations if op.resource == DIRECTORY_BUCKETS}
    )


def iam_policy(operations: Iterable[Operation], partition: str, role: str = DEFAULT_ROLE) -> dict[str, Any]:
    """One statement a kind of resource, with the actions sorted."""
    actions: dict[str, set[str]] = {}
    for operation in operations:
        names = {"partition": partition, "region": "*", "account": "*", "bucket": "*", "role": role}
        actions.setdefault(operation.resource.format(**names), set()).update(operation.actions)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": sorted(actions[resource]), "Resource": resource}
            for resource in sorted(actions)
            if actions[resource]
        ],
    }
