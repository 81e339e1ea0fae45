"""Changes as text: the four forms in which a person or another tool carries them out."""

from s3kms.remedies import aws_cli, cloudformation, console, terraform
from s3kms.remedies.interface import Remedy

REMEDIES: tuple[Remedy, ...] = (console.REMEDY, aws_cli.REMEDY, cloudformation.REMEDY, terraform.REMEDY)
