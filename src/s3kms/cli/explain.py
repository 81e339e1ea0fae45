"""`s3kms explain`."""

import click

from s3kms.cli.explanation import PLACEHOLDER_REGION, explain
from s3kms.model.bucket import DIRECTORY_SUFFIX
from s3kms.model.errors import BadInput
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.targets import check_region, parse_target
from s3kms.rules import RULES, find_rule
from s3kms.text.sanitize import printable

EPILOG = """\b
Examples:
  s3kms explain
  s3kms explain s3_bucket_kms_encryption
  s3kms explain s3_bucket_kms_encryption s3://my-bucket --region eu-central-1 \\
    --key arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
"""


@click.command("explain", epilog=EPILOG)
@click.argument("rule_id", metavar="[RULE]", required=False)
@click.argument("target", metavar="[s3://BUCKET]", required=False)
@click.option("--key", metavar="KEY", help="Fill in this KMS key: ARN, id, alias, or aws/s3.")
@click.option("--region", default=PLACEHOLDER_REGION, show_default=True, help="Fill in this region.")
def command(rule_id: str | None, target: str | None, key: str | None, region: str) -> None:
    """Explain a rule: overview, risk, remediation in four forms, verification, notes.

    Without RULE, list the rules. With a bucket, its name is filled in, ready to paste. Asks AWS nothing.
    """
    if rule_id is None:
        for rule in RULES:
            state = "on" if rule.is_default else "off"
            click.echo(f"{rule.id:<32} {rule.severity.value:<7} {state:<4} {rule.title}")
        return
    names = {"bucket": _bucket(target)} if target else {}
    text = explain(find_rule(rule_id), region=check_region(region), key=_key(key), **names)
    for line in text.splitlines():
        click.echo(printable(line))


def _bucket(text: str) -> str:
    target = parse_target(text)
    if target.is_glob:
        raise BadInput(
            f"{text!r} is a pattern; an explanation is about one bucket", advice="write s3://my-bucket"
        )
    if target.pattern.endswith(DIRECTORY_SUFFIX):
        raise BadInput(
            f"{text!r} is a directory bucket; this text is about general purpose buckets",
            advice="a directory bucket takes one customer managed key, for its lifetime, and no aws/s3",  # fact A20
        )
    return target.pattern


def _key(text: str | None) -> str | None:
    reference = KeyReference.parse(text)
    if reference.form is KeyForm.MALFORMED:
        raise BadInput(
            f"{text!r} is no reference to a KMS key", advice="write an ARN, an id, alias/NAME or aws/s3"
        )
    return None if reference.form is KeyForm.AWS_MANAGED else text
