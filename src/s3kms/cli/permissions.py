"""`s3kms permissions`."""

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms.cli.options import config_option
from s3kms.model.accounts import DEFAULT_ROLE, check_role
from s3kms.model.errors import BadInput
from s3kms.model.operations import ASSUME_ROLE, LIST_ACCOUNTS, Operation
from s3kms.model.targets import CONFIG_SCHEME, AggregatorTarget, find_aggregator

if TYPE_CHECKING:
    from s3kms.desired.configuration import Configuration

EPILOG = """\b
Examples:
  s3kms permissions check
  s3kms permissions check fix undo
  s3kms permissions check --rule s3_bucket_kms_key_usable > policy.json
  s3kms permissions check config://organization --confirm
"""

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
"""Fact A25."""

WITH_AWS = ("check", "fix", "verify", "undo")
"""The commands that call AWS."""


class _Word(click.Choice[str]):
    """A command, or the aggregator that `check` is to read."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The same; what is no command may be `config://NAME`."""
        return str(value) if str(value).startswith(CONFIG_SCHEME) else super().convert(value, param, ctx)


@click.command("permissions", epilog=EPILOG)
@click.argument("words", nargs=-1, required=True, type=_Word(WITH_AWS), metavar="COMMAND...")
@click.option(
    "--rule", "rule_ids", multiple=True, metavar="ID", help="With this companion rule, too (repeatable)."
)
@click.option(
    "--directory-buckets/--no-directory-buckets", default=None, help="With or without directory buckets."
)
@click.option("--org", is_flag=True, help="check --org: list the accounts, and assume a role in each.")
@click.option(
    "--assume-role",
    metavar="NAME",
    help=f"The role that --org or --confirm assumes [default for --org: {DEFAULT_ROLE}].",
)
@click.option(
    "--partition",
    type=click.Choice(PARTITIONS),
    default="aws",
    show_default=True,
    help="Partition of the ARNs.",
)
@click.option("--confirm", is_flag=True, help="For check config://AGGREGATOR --confirm.")
@config_option
def command(  # noqa: PLR0917 - click passes them by name
    words: tuple[str, ...],
    rule_ids: tuple[str, ...],
    directory_buckets: bool | None,
    org: bool,
    assume_role: str | None,
    partition: str,
    confirm: bool,
    config: Path | None,
) -> None:
    """Print the least IAM policy that commands and rules need.

    It is made from the operations that the code declares, and asks AWS nothing. What each action
    is for goes to stderr. Beside check, config://AGGREGATOR means the check of that inventory.
    """
    asked = PermissionsRequest(
        frozenset(word for word in words if not word.startswith(CONFIG_SCHEME)),
        find_aggregator([word for word in words if word.startswith(CONFIG_SCHEME)]),
        rule_ids,
        config,
        directory_buckets,
        org=org,
        confirm=confirm,
        enters=org or (confirm and assume_role is not None),
    )
    asked.check()
    operations = asked.operations()
    for operation in sorted(operations, key=lambda operation: operation.actions):
        for action in operation.actions:
            click.echo(f"# {action}: {operation.why}", err=True)
    role = check_role(assume_role or DEFAULT_ROLE)
    if asked.enters:
        click.echo(f"# role {role} needs, in every account: {asked.inside(partition)}", err=True)
    click.echo(json.dumps(iam_policy(operations, partition, role), indent=2))


@dataclass(frozen=True, slots=True)
class PermissionsRequest:
    """What the policy is to allow."""

    commands: frozenset[str]
    aggregator: AggregatorTarget | None
    rule_ids: tuple[str, ...]
    config: Path | None
    directory_buckets: bool | None
    org: bool
    confirm: bool
    enters: bool
    """Whether other accounts are entered."""

    def check(self) -> None:
        """Raises BadInput for words that do not go together."""
        if (self.aggregator or self.confirm) and not (self.aggregator and "check" in self.commands):
            raise BadInput(
                "config://AGGREGATOR and --confirm are about check",
                advice="write s3kms permissions check config://AGGREGATOR --confirm",
            )
        if self.rule_ids and not {"check", "verify"} & self.commands:
            raise BadInput(
                "--rule is about check and verify", advice="leave it out, or name one of them, too"
            )
        if self.org and ("check" not in self.commands or self.aggregator):
            raise BadInput(
                "--org is about check of live accounts", advice="leave it out, or name check alone"
            )

    def inside(self, partition: str) -> str:
        """The command that prints what the role of another account needs."""
        words = ["s3kms permissions check", *(f"--rule {rule}" for rule in self.rule_ids)]
        if self.config:
            words.append(f"--config {shlex.quote(str(self.config))}")
        if self.directory_buckets is False:
            words.append("--no-directory-buckets")
        return " ".join([*words, *([] if partition == PARTITIONS[0] else [f"--partition {partition}"])])

    def operations(self) -> frozenset[Operation]:
        """Every operation that the commands may call."""
        rules, config, directories = self.rule_ids, self.config, self.directory_buckets
        found = frozenset({LIST_ACCOUNTS, ASSUME_ROLE}) if self.org else frozenset[Operation]()
        if "check" in self.commands and self.aggregator:
            found |= inventory_operations(rules, config, confirm=self.confirm, enters=self.enters)
        elif "check" in self.commands:
            found |= check_operations(rules, config, directories)
        if "verify" in self.commands:
            found |= verify_permissions(rules, config, directories)
        if "fix" in self.commands:
            found |= fix_permissions(config, directories)
        if "undo" in self.commands:
            from s3kms.changes.engine import undo_operations

            found |= undo_operations(directory_buckets=directories is not False)
        return found


def check_operations(
    rule_ids: tuple[str, ...], config: Path | None, directory_buckets: bool | None
) -> frozenset[Operation]:
    """Every operation that `check` may call with these rules and this configuration."""
    from s3kms.desired.load import load_configuration
    from s3kms.rules import IDS, choose_rules
    from s3kms.rules.evaluate import facts_needed
    from s3kms.sources.account import account_operations

    wanted = load_configuration(config, IDS)
    include = wanted.directory_buckets if directory_buckets is None else directory_buckets
    needs = facts_needed(choose_rules(rule_ids, wanted), wanted)
    return account_operations(needs, directory_buckets=include)


def inventory_operations(
    rule_ids: tuple[str, ...], config: Path | None, *, confirm: bool, enters: bool
) -> frozenset[Operation]:
    """Every operation that `check config://AGGREGATOR` may call with these rules and this configuration."""
    from s3kms.desired.load import load_configuration
    from s3kms.rules import IDS, choose_rules
    from s3kms.rules.evaluate import facts_needed
    from s3kms.sources.aggregator import aggregator_operations
    from s3kms.sources.confirmation import confirmation_operations

    wanted = load_configuration(config, IDS)
    if not confirm:
        return aggregator_operations()
    needs = facts_needed(choose_rules(rule_ids, wanted), wanted)
    return aggregator_operations() | confirmation_operations(needs, assumes_role=enters)


def verify_permissions(
    rule_ids: tuple[str, ...], config: Path | None, directory_buckets: bool | None
) -> frozenset[Operation]:
    """Every operation that `verify --probe` may call with these rules and this configuration."""
    from s3kms.changes.request import VerifyRequest
    from s3kms.changes.verify import verify_operations

    configuration = _configuration(config, directory_buckets)
    return verify_operations(VerifyRequest(probe=True, configuration=configuration), rule_ids)


def fix_permissions(config: Path | None, directory_buckets: bool | None) -> frozenset[Operation]:
    """Every operation that `fix --apply` may call with this configuration."""
    from s3kms.changes.engine import fix_operations
    from s3kms.changes.request import FixRequest

    return fix_operations(FixRequest(configuration=_configuration(config, directory_buckets)))


def _configuration(config: Path | None, directory_buckets: bool | None) -> "Configuration":
    from s3kms.desired.load import load_configuration
    from s3kms.rules import IDS

    found = load_configuration(config, IDS)
    return found if directory_buckets is None else replace(found, directory_buckets=directory_buckets)


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
