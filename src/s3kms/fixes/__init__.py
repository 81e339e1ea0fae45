"""Changes, as data and in the four forms a person can carry out: console, AWS CLI, CloudFormation, Terraform."""

from s3kms.fixes import cloudformation, command_line, console, terraform
from s3kms.fixes.interface import Form

FORMS: tuple[Form, ...] = (console.FORM, command_line.FORM, cloudformation.FORM, terraform.FORM)
