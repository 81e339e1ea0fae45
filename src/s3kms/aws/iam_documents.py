"""The policy documents that IAM answers with, as they are written."""

from typing import Any
from urllib.parse import unquote

from botocore.handlers import json_decode_policies

from s3kms.aws.connection import Connection
from s3kms.model.advice import Advice
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause


def open_iam(connection: Connection) -> Any:
    """A client of IAM that leaves policies as texts. Raises BadInput.

    The SDK would parse them, and of two elements of one name drop the first without a word: which of them counts
    for AWS is not documented. A text that is nested deeply would end it with RecursionError.
    """
    client = connection.passing_client("iam", connection.region)
    client.meta.events.unregister("after-call.iam", json_decode_policies)
    return client


def read_document(found: object, source: str) -> PolicyDocument | Unknown:
    """A document of an answer, decoded (fact B32); one that is not JSON is judged by whoever evaluates it."""
    if isinstance(found, str) and found:
        return PolicyDocument(unquote(found), source)
    why = f"{source} was answered without its document"
    return Unknown(UnknownCause.BAD_ANSWER, why, Advice("look at the policy in IAM"))
