"""The Serverless Framework, as `iac.LANGUAGES` knows it."""

from s3kms.iac.interface import Language
from s3kms.iac.serverless.editor import propose
from s3kms.iac.serverless.reader import NAME, READER

LANGUAGE = Language(NAME, READER, propose)
