"""Grants of a KMS key, which let a principal use it whatever the key policy says (facts B26 and B27)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """One grant, as ListGrants shows it."""

    operations: frozenset[str]
    """As the API names them: `Decrypt`."""
    grantee: str | None = None
    """The ARN of a principal."""
    grantee_service: str | None = None
    """`GranteeServicePrincipal`."""
    context_subset: Mapping[str, str] = field(default_factory=dict)
    """`EncryptionContextSubset`: these pairs have to be there."""
    context_equals: Mapping[str, str] | None = None
    """`EncryptionContextEquals`: these pairs and no others."""
    source_arn: str | None = None
    """`SourceArn`, of a grant to a service."""
    name: str = "a grant"
