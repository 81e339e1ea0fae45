"""`s3kms permissions`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from s3kms import api
from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.cli.options import LIVE, config_option
from s3kms.cli.partition_option import partition_option
from s3kms.cli.requests import find_configuration
from s3kms.cli.wording import cli_wording
from s3kms.model.accounts import DEFAULT_ROLE
from s3kms.model.advice import Command, Option
from s3kms.model.errors import BadInput
from s3kms.model.iam_policy import PARTITIONS, iam_policy
from s3kms.model.targets import Target, find_aggregator, parse_targets
from s3kms.text.nearest import did_you_mean

EPILOG = """\b
Examples:
  s3kms permissions check
  s3kms permissions plan --org --deep
  s3kms permissions plan --observed s3://acme-trail/AWSLogs/
  s3kms permissions plan prepare
  s3kms permissions check fix undo
  s3kms permissions check --rule s3_bucket_kms_key_usable > policy.json
  s3kms permissions check config://organization --confirm
  s3kms permissions verify --probe 's3://logs-*'
  s3kms permissions reencrypt --engine copy s3://logs
  s3kms permissions check schedule
"""

WITH_AWS = ("check", "plan", "prepare", "fix", "verify", "undo", "objects", "reencrypt", "schedule")
"""The commands that call AWS."""
CHECK = "Of check and plan"


class _Word(click.Choice[str]):
    """A command, or a target: the buckets that are meant, or the aggregator that `check` is to read."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself; a target has a colon, which no command has. Raises BadInput."""
        word = str(value)
        if ":" in word:
            return word
        if word not in self.choices:
            guess = did_you_mean(word, self.choices)
            raise BadInput(
                f"{word!r} is neither a command nor a target{guess}",
                advice=f"name {', '.join(self.choices)}, and s3://bucket for a target",
            )
        return super().convert(value, param, ctx)


@click.command("permissions", cls=GroupedCommand, epilog=EPILOG)
@click.argument("words", nargs=-1, required=True, type=_Word(WITH_AWS), metavar="COMMAND... [TARGET]...")
@option(
    CHECK, "--rule", "rules", multiple=True, metavar="ID", help="Also check this companion rule (repeatable)."
)
@option(
    CHECK,
    "--deep",
    "deep",
    is_flag=True,
    help="Of check, also read key policies; of plan, also ask the services that deliver.",
)
@option(CHECK, "--org", "org", is_flag=True, help="List the accounts, and assume a role in each.")
@option(
    CHECK,
    "--assume-role",
    "assume_role",
    metavar="NAME",
    help=f"The role that --org or --confirm assumes [default for --org: {DEFAULT_ROLE}].",
)
@option(CHECK, "--confirm", "confirm", is_flag=True, help="With config://AGGREGATOR: --confirm.")
@option(
    CHECK,
    "--iac",
    "iac",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="With code that declares the live buckets (repeatable); it is not read here.",
)
@option("Of check", "--send", "send", is_flag=True, help="With --send, which sends findings to Security Hub.")
@option(
    "Of plan",
    "--observed",
    "observed",
    multiple=True,
    metavar="SOURCE",
    help="With logs in s3://bucket/prefix that plan --observed reads (repeatable).",
)
@option(
    "Of verify", "--probe", "probe", is_flag=True, help="With --probe, which writes an object and removes it."
)
@option(
    "Of verify", "--watch", "watch", is_flag=True, help="With --watch, which looks for harm that a run did."
)
@option(
    "Of verify",
    "--config-rules",
    "config_rules",
    is_flag=True,
    help="With --config-rules, which waits for AWS Config and starts its rules.",
)
@option(
    "Of prepare", "--validate", "validate", is_flag=True, help="With --validate, which asks Access Analyzer."
)
@option(
    "Of prepare",
    "--paid-checks",
    "paid_checks",
    is_flag=True,
    help="With --validate --paid-checks, which Access Analyzer charges for.",
)
@option("Of objects", "--athena", "athena", is_flag=True, help="With --engine athena, which Athena answers.")
@option(
    "Of reencrypt",
    "--engine",
    "engines",
    multiple=True,
    metavar="ENGINE",
    help="With these engines (repeatable) [default: update].",
)
@option(
    LIVE,
    "--directory-buckets/--no-directory-buckets",
    "directory_buckets",
    default=None,
    help="With or without directory buckets.",
)
@partition_option
@config_option
def command(  # noqa: PLR0917 - click passes them by name
    words: tuple[str, ...],
    partition: str,
    config: Path | None,
    probe: bool,
    watch: bool,
    config_rules: bool,
    send: bool,
    observed: tuple[str, ...],
    engines: tuple[str, ...],
    athena: bool,
    **options: Any,
) -> None:
    """Print the minimal IAM policy that commands and rules need.

    It is made from the operations that the code declares, without calling AWS. What each action
    is for goes to stderr. With a TARGET, s3://bucket, s3://logs-* or an ARN, what is done to a bucket
    is allowed on these alone. Beside check, config://AGGREGATOR means the check of that inventory.
    """
    commands = frozenset(word for word in words if word in WITH_AWS)
    analyzer = {name: bool(options.pop(name)) for name in ("validate", "paid_checks")}
    named = [word for word in words if word not in commands]
    aggregator = find_aggregator(named)
    targets = () if aggregator else parse_targets(named)
    _check_words(commands, is_aggregator=aggregator is not None, probe=probe, watch=watch, options=options)
    if config_rules and "verify" not in commands:
        raise BadInput("--config-rules is about verify", advice="leave it out, or name verify, too")
    if send and "check" not in commands:
        raise BadInput("--send is about check", advice="leave it out, or name check, too")
    if observed and "plan" not in commands:
        raise BadInput("--observed is about plan", advice="leave it out, or name plan, too")
    file = find_configuration(config, (), verbose=False)
    request = api.build_check_request(aggregator or targets, {**options, "configuration": file})
    if any(analyzer.values()) and "prepare" not in commands:
        raise BadInput("--validate is about prepare", advice="leave it out, or name prepare, too")
    if athena and "objects" not in commands:
        raise BadInput("--athena is about objects", advice="leave it out, or name objects, too")
    if engines and "reencrypt" not in commands:
        raise BadInput("--engine is about reencrypt", advice="leave it out, or name reencrypt, too")
    operations = api.operations_of(
        commands,
        request,
        probe=probe,
        watch=watch,
        config_rules=config_rules,
        send=send,
        observed=observed,
        validate=analyzer["validate"],
        paid_checks=analyzer["paid_checks"],
        engines=engines,
        athena=athena,
    )
    for operation in sorted(operations, key=lambda operation: operation.actions):
        for action in operation.actions:
            click.echo(f"# {action}: {operation.why}", err=True)
    if options["org"] or (options["confirm"] and options["assume_role"]):
        inside = _inside(commands, options | {"send": send}, config, partition, targets)
        click.echo(f"# role {request.role.name} needs, in every account: {inside}", err=True)
    click.echo(json.dumps(iam_policy(operations, partition, request.role.name, targets), indent=2))


def _check_words(
    commands: frozenset[str], *, is_aggregator: bool, probe: bool, watch: bool, options: dict[str, Any]
) -> None:
    """Raises BadInput for words that do not go together."""
    if probe and "verify" not in commands:
        raise BadInput("--probe is about verify", advice="leave it out, or name verify, too")
    if watch and "verify" not in commands:
        raise BadInput("--watch is about verify", advice="leave it out, or name verify, too")
    if options["iac"] and "check" not in commands:
        raise BadInput("--iac is about check", advice="leave it out, or name check, too")
    if (is_aggregator or options["confirm"]) and not (is_aggregator and "check" in commands):
        raise BadInput(
            "config://AGGREGATOR and --confirm are about check",
            advice="write s3kms permissions check config://AGGREGATOR --confirm",
        )
    if options["deep"] and not {"check", "plan"} & commands:
        raise BadInput("--deep is about check and plan", advice="leave it out, or name one of them, too")
    if options["rules"] and not {"check", "verify"} & commands:
        raise BadInput("--rule is about check and verify", advice="leave it out, or name one of them, too")
    if options["org"] and (not {"check", "plan"} & commands or is_aggregator):
        raise BadInput(
            "--org is about check and plan of live accounts", advice="leave it out, or name one of them alone"
        )
    if not commands:
        raise BadInput("no command is named", advice=f"name {', '.join(WITH_AWS)} or several of them")


def _inside(
    commands: frozenset[str],
    options: dict[str, Any],
    config: Path | None,
    partition: str,
    targets: Sequence[Target],
) -> str:
    """The command that prints what the role of another account needs."""
    reading = tuple(sorted(commands & {"check", "plan"}))
    words = [Option("rule", rule) for rule in options["rules"]]
    words += [Option(name) for name in ("deep", "send") if options[name]]
    words += [Option("config", str(config))] if config else []
    words += [Option("directory_buckets", value=False)] if options["directory_buckets"] is False else []
    words += [] if partition == PARTITIONS[0] else [Option("partition", partition)]
    return cli_wording(Command("permissions", (*reading, *map(str, targets)), tuple(words)))
