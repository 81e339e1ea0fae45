"""Changes, as data and in the four forms a person can carry out: console, AWS CLI, CloudFormation, Terraform."""

from s3kms.remedies import aws_cli as command_line
from s3kms.remedies import cloudformation, console, terraform
from s3kms.remedies.interface import Remedy

REMEDIES: tuple[Remedy, ...] = (console.REMEDY, command_line.REMEDY, cloudformation.REMEDY, terraform.REMEDY)
