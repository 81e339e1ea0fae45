"""CloudFormation, as `iac.LANGUAGES` knows it."""

from s3kms.iac.cloudformation.editor import propose
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.interface import Language

LANGUAGE = Language("CloudFormation", READER, propose, options=("parameter_files",))
