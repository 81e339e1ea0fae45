"""Manifests of Crossplane and ACK, as `iac.LANGUAGES` knows them."""

from s3kms.iac.interface import Language
from s3kms.iac.kubernetes.editor import propose
from s3kms.iac.kubernetes.reader import NAME, READER

LANGUAGE = Language(NAME, READER, propose)
