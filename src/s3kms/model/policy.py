"""Policy documents as a source has them: a text from AWS, or what code evaluates to, open parts included.

`access/` makes statements of them; readers of code fill them in and know nothing of IAM.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from s3kms.model.unknown import Unknown


class PartMeaning(StrEnum):
    """What a part that is open is known to be, whatever its text will be."""

    OWN_ACCOUNT = "the account of the deployment"
    PARTITION = "the partition"
    REGION = "a region"
    DNS_SUFFIX = "the DNS suffix of AWS"
    OWN_PRINCIPAL = "a role or user of the account"
    ORIGIN_ACCESS_IDENTITY = "a CloudFront origin access identity"
    LOAD_BALANCER_ACCOUNT = "the Elastic Load Balancing account of a region"
    REDSHIFT_ACCOUNT = "the Redshift audit logging account of a region"
    BUCKET = "a bucket that the code declares"
    OTHER = "not known"


@dataclass(frozen=True, slots=True)
class UnresolvedPart:
    """A part of a document that code leaves open: a text, or a whole branch."""

    expression: str
    """As it is written: `var.partner`, `!GetAtt Oai.S3CanonicalUserId`."""
    unknown: Unknown
    """Why it is not known, and what settles it."""
    meaning: PartMeaning = PartMeaning.OTHER
    address: str = ""
    """Of the declared resource that it is, or is an attribute of; empty for none."""
    attribute: str = ""
    """Which attribute of that resource it is: `arn`; empty for the resource itself."""


@dataclass(frozen=True, slots=True)
class UnresolvedText:
    """A text with parts that code leaves open: `arn:aws:iam::` and the account of the deployment and `:root`."""

    pieces: "tuple[str | UnresolvedPart, ...]"

    @property
    def expression(self) -> str:
        """The text with `${…}` for what is open."""
        return "".join(one if isinstance(one, str) else f"${{{one.expression}}}" for one in self.pieces)

    @property
    def open_parts(self) -> tuple[UnresolvedPart, ...]:
        """What is open in it."""
        return tuple(one for one in self.pieces if isinstance(one, UnresolvedPart))


PolicyNode: TypeAlias = (
    "str | bool | int | float | UnresolvedText | UnresolvedPart | tuple[PolicyNode, ...]"
    " | Mapping[str, PolicyNode] | None"
)
"""A part of an evaluated document, in the shape of JSON."""


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """One document, and where it was found."""

    content: PolicyNode
    """A text is the document as JSON; a mapping is the document itself."""
    source: str
    """In a sentence: `its policy`, `aws_s3_bucket_policy.logs`."""
