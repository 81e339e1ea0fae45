"""`s3kms explain`."""

import click

from s3kms import api
from s3kms.cli.completion_values import RULE_OR_HAZARD
from s3kms.cli.option_groups import GroupedCommand, option
from s3kms.text.sanitize import printable

EPILOG = """\b
Examples:
  s3kms explain
  s3kms explain s3_bucket_kms_encryption
  s3kms explain replication_source
  s3kms explain s3_bucket_kms_encryption s3://my-bucket --region eu-central-1 \\
    --key arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
"""


@click.command("explain", cls=GroupedCommand, epilog=EPILOG)
@click.argument("rule_id", type=RULE_OR_HAZARD, metavar="[RULE or HAZARD]", required=False)
@click.argument("target", metavar="[s3://BUCKET]", required=False)
@option(
    "What to fill in", "--key", "key", metavar="KEY", help="Fill in this KMS key: ARN, id, alias, or aws/s3."
)
@option(
    "What to fill in",
    "--region",
    "region",
    default="us-east-1",
    show_default=True,
    envvar=None,
    help="Fill in this region.",
)
def command(rule_id: str | None, target: str | None, key: str | None, region: str) -> None:
    """Explain a rule: overview, risk, remediation in four forms, verification, notes; or what a hazard breaks.

    Without RULE or HAZARD, list both. With a bucket, its name is filled in, ready to paste. Does not call AWS.
    """
    if rule_id is None:
        for rule in api.all_rules():
            state = "on" if rule.is_default else "off"
            click.echo(f"{rule.id:<32} {rule.severity.value:<7} {state:<4} {rule.title}")
        for hazard in api.hazards():
            click.echo(f"{hazard.id:<32} {'hazard':<12} {hazard.title}")
        return
    for line in api.explain(rule_id, bucket=target, region=region, key=key).splitlines():
        click.echo(printable(line))
