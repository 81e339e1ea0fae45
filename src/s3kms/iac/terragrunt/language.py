"""Terragrunt, as `iac.LANGUAGES` knows it."""

from s3kms.iac.interface import Language
from s3kms.iac.terragrunt.editor import propose
from s3kms.iac.terragrunt.reader import LANGUAGE_NAME, READER

LANGUAGE = Language(LANGUAGE_NAME, READER, propose)
