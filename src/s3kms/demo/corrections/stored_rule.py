"""The default encryption of a bucket of the embedded AWS."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape


@dataclass(frozen=True, slots=True)
class StoredRule:
    """The three independent parts of S3's rule (fact A1); None is a part that was not given."""

    algorithm: str | None = None
    key: str | None = None
    bucket_key: bool = False
    blocked: tuple[str, ...] | None = None

    @property
    def effective_algorithm(self) -> str:
        """A rule that only blocks leaves SSE-S3 in force: encryption cannot be turned off (fact A6)."""
        return self.algorithm or "AES256"

    def xml(self) -> str:
        """The rule as GetBucketEncryption writes it: what was put, and BucketKeyEnabled always."""
        key = f"<KMSMasterKeyID>{escape(self.key)}</KMSMasterKeyID>" if self.key else ""
        default = f"<SSEAlgorithm>{self.algorithm}</SSEAlgorithm>{key}"
        if self.algorithm:
            default = xml_element("ApplyServerSideEncryptionByDefault", default)
        blocked = "".join(xml_element("EncryptionType", kind) for kind in self.blocked or ())
        if self.blocked is not None:
            blocked = xml_element("BlockedEncryptionTypes", blocked)
        bucket_key = xml_element("BucketKeyEnabled", str(self.bucket_key).lower())
        return (default if self.algorithm else "") + bucket_key + blocked


def xml_element(name: str, content: str) -> str:
    """An element around content that is XML already."""
    return f"<{name}>{content}</{name}>"
