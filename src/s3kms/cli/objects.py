"""`s3kms objects`."""

import json
from pathlib import Path
from typing import Any

import click

from s3kms import api
from s3kms.cli.completion_values import TARGET
from s3kms.cli.messages import notify
from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.cli.options import AwsOptions, OutputOptions, aws_options, out_options
from s3kms.cli.output import opened
from s3kms.cli.sizes import parse_size
from s3kms.cli.wording import cli_wording
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.exits import Exit

FORMATS = ("table", "json", "html")
EVIDENCE, ATHENA, RESOURCES, OFFENDERS = "Evidence", "Athena", "Resources", "Offenders"
EPILOG = """\b
Examples:
  s3kms objects s3://logs
  s3kms objects s3://logs --sample 10000 --max-rps 500
  s3kms objects --from inventory/2026-11-26T01-00Z/manifest.json
  s3kms objects s3://logs --out offenders.parquet
  s3kms objects s3://logs --engine athena --output-location s3://results/ --max-scan 10GB
  s3kms objects s3://logs --engine athena --from inventory --table audit.logs --apply
  s3kms objects s3://logs --from manifest.json --key arn:aws:kms:eu-west-1:111122223333:key/1234abcd-… --memory 4GB

\b
Exit codes: 0 every object is under the wanted key or an explicitly chosen one, 10 some are not encrypted
with a KMS key, 11 unknown for some, 3 no objects, 2 usage, 1 failed.
"""


@click.command("objects", cls=GroupedCommand, epilog=EPILOG)
@click.argument("target", required=False, type=TARGET, metavar="[TARGET]")
@option(
    EVIDENCE,
    "--from",
    "source",
    metavar="SOURCE",
    help="Evidence to read: the manifest.json of an S3 Inventory report (a path or s3://bucket/key), "
    "inventory, metadata-table, listing, or sample [default: the newest report, else an S3 "
    "Metadata live inventory table, else a sample of a live listing].",
)
@option(
    EVIDENCE,
    "--sample",
    "sample",
    type=click.IntRange(1, 10_000_000),
    metavar="N",
    help="List the bucket and read a random sample of N versions [default: 10000 if the bucket is listed].",
)
@option(
    EVIDENCE,
    "--seed",
    "seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Seed of the random sample; the same seed draws the same sample from the same listing.",
)
@option(
    EVIDENCE,
    "--max-listed",
    "max_listed",
    type=click.IntRange(1),
    metavar="N",
    help="Stop the listing after N rows; a sample then does not cover the rest.",
)
@option(
    EVIDENCE,
    "--key",
    "key",
    metavar="ARN",
    help="The wanted key [default: any KMS key].",
)
@option(
    ATHENA,
    "--engine",
    "engine",
    type=click.Choice(["duckdb", "athena"]),
    help="Query engine: DuckDB in this process, or Athena over a table, which writes its results to S3 "
    "and charges for the bytes that it scans [default: duckdb, or athena for an S3 Metadata live "
    "inventory table].",
)
@option(
    ATHENA,
    "--table",
    "table",
    metavar="NAME",
    help="The table, as DATABASE.TABLE [default: the S3 Metadata live inventory table of the bucket].",
)
@option(ATHENA, "--workgroup", "workgroup", metavar="NAME", help="The Athena workgroup [default: primary].")
@option(
    ATHENA,
    "--output-location",
    "output_location",
    metavar="S3://…",
    help="S3 location for query results [default: that of the workgroup].",
)
@option(
    ATHENA,
    "--max-scan",
    "max_scan",
    default="100GB",
    show_default=True,
    metavar="SIZE",
    help="Stop once all queries together have scanned this much.",
)
@option(
    ATHENA,
    "--apply",
    "apply",
    is_flag=True,
    help="Create the table over an S3 Inventory report; without it, only print its definition.",
)
@option(
    RESOURCES,
    "--memory",
    "memory",
    default="1GiB",
    show_default=True,
    metavar="SIZE",
    help="Maximum memory for the process; larger intermediate results spill to a temporary folder.",
)
@option(
    RESOURCES,
    "--threads",
    "threads",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Maximum number of CPU threads for queries [default: all CPUs].",
)
@option(
    OFFENDERS,
    "--offenders",
    "offenders",
    type=click.IntRange(0, 10_000),
    default=10,
    show_default=True,
    metavar="N",
    help="List the first N offenders.",
)
@option(
    OFFENDERS,
    "--out",
    "offenders_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write all offenders to this Parquet file, atomically.",
)
@aws_options
@out_options(FORMATS)
def command(  # noqa: PLR0917 - click passes them by name
    target: str | None,
    source: str | None,
    engine: str | None,
    apply: bool,
    memory: str,
    max_scan: str,
    offenders_file: Path | None,
    aws: AwsOptions,
    out: OutputOptions,
    **asked: Any,
) -> int:
    """Report how the existing objects of a bucket are encrypted; changing its default changes none of them.

    Objects are counted by encryption, KMS key, bucket key, storage class, age and prefix. Offenders are
    objects that are not encrypted with a KMS key (SSE-S3, or never encrypted); objects under an explicitly
    chosen key are counted separately. Nothing is written.

    Without an S3 Inventory report, the bucket itself is listed and a random sample of 10,000 versions is
    read: the cost is shown first, and the totals are estimated with 95% confidence. --from listing reads
    every version.
    """
    form = _format_of(out)
    client = api.Client(**aws.settings)
    if engine == "athena" and _is_report(source):
        table = {name: asked[name] for name in ("table", "workgroup", "output_location")}
        return _inventory_table(client, target, {"source": source, **table}, apply=apply, out=out)
    if apply:
        raise BadInput(
            "--apply creates an Athena table over an S3 Inventory report",
            advice="name the report: --engine athena --from inventory",
        )
    summary = client.objects(
        target,
        on_note=lambda note: None if out.quiet else notify(note.worded(cli_wording)),
        source=source,
        engine=engine,
        memory=parse_size(memory, "memory"),
        max_scan=parse_size(max_scan, "max_scan"),
        out=offenders_file,
        **asked,
    )
    with opened(out.output) as write:
        if form == "json":
            write(f"{json.dumps(api.objects_document(summary, cli_wording), indent=2)}\n")
        else:
            options: dict[str, Any] = {"color": out.color, "wording": cli_wording, "format": form}
            for text in api.render_objects(summary, out.width, **options):
                write(text)
    if summary.exit is Exit.NOTHING:
        raise NothingToCheck(
            f"no objects in s3://{summary.coverage.bucket} (evidence: {summary.coverage.name})"
        )
    if not out.quiet and offenders_file:
        notify(f"all offenders were written to {offenders_file}")
    return int(summary.exit)


def _is_report(source: str | None) -> bool:
    return source is not None and (source == "inventory" or source.endswith(".json"))


def _inventory_table(
    client: api.Client, target: str | None, options: dict[str, Any], *, apply: bool, out: OutputOptions
) -> int:
    """Print the definition of a table over a report, or create it."""
    if target is None:
        raise BadInput("no bucket is named", advice="name the bucket that the report describes: s3://bucket")
    planned = client.inventory_table(target, apply=apply, **options)
    with opened(out.output) as write:
        write(f"{planned.ddl}\n")
    if not out.quiet:
        then = f"s3kms objects {target} --table {planned.name}"
        told = (
            f"created over {planned.source}; to query it"
            if apply
            else "not created; create it with --apply, then run"
        )
        notify(f"the table {planned.name} is {told}: {then}")
        notify(f"a query scans at most the {planned.bytes:,} bytes of the report")
    return int(Exit.OK)


def _format_of(out: OutputOptions) -> str:
    from s3kms.reports import format_of_file

    name = out.format or format_of_file(out.output)
    if name not in FORMATS:
        raise BadInput(
            f"objects does not support the format {name!r}", advice=f"supported formats: {', '.join(FORMATS)}"
        )
    return name
