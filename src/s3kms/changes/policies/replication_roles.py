"""What the policies of a role that replicates buckets lack before these get SSE-KMS. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from s3kms.access.context import RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.match import Match
from s3kms.access.merging import merge_statements
from s3kms.access.statements import Statement
from s3kms.changes.policies.left import LeftPolicy
from s3kms.hazards.write_widening import widen_bucket_policy
from s3kms.model.advice import Advice
from s3kms.model.errors import Refused
from s3kms.model.identities import AttachedPolicy, IamIdentity
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.policy import PolicyDocument
from s3kms.model.policy_checks import CheckedKind

PLACEHOLDER = "ARN-OF-A-KEY-IN-THE-REGION-OF-THE-REPLICAS"
"""Where nobody could tell which key the replicas are to have."""
_EMPTY = '{"Version":"2012-10-17","Statement":[]}'
_REPLICATE = "s3:ReplicateObject"
_OF_ROLE = Advice("change it where the policies of the role are managed")


@dataclass(slots=True)
class ReplicationRole:
    """A role that replicates buckets of the plan."""

    arn: str
    identity: IamIdentity | None
    keys: dict[tuple[str | None, str], None] = field(default_factory=dict)
    """The new keys of its buckets, None for aws/s3, each with its region."""
    replicas: dict[tuple[str, str], None] = field(default_factory=dict)
    """The keys of the replicas, with the region of the bucket."""

    def documents(self) -> Iterator[LeftPolicy]:
        """Its policies with what they lack."""
        attached = [one for one in self.identity.policies if _text_of(one)] if self.identity else []
        lacking = [one for one in self._wanted() if not any(_says(each, one) for each in attached)]
        place = next((one for one in attached if self._is_own(one) and _is_about_replication(one)), None)
        for one in attached:
            before = _text_of(one)
            added = lacking if one is place else []
            try:
                after = merge_statements(self._widened(before), added).text
            except Refused:
                continue  # a document that is none allows nothing
            if after != before:
                title = f"policy {one.arn}" if one.arn else f"{one.name} of {self.arn}"
                yield self._left(title, before, after)
        if lacking and place is None:
            yield self._left(f"a new policy of {self.arn}", "", merge_statements(_EMPTY, lacking).text)

    def _wanted(self) -> list[dict[str, Any]]:
        # aws/s3 lets in everybody of its account who comes through S3 (fact B6).
        own = [_statement(["kms:Decrypt"], key, region) for key, region in self.keys if key]
        return own + [
            _statement(["kms:Encrypt", "kms:Decrypt"], key, region) for key, region in self.replicas
        ]

    def _widened(self, text: str) -> str:
        """With replicas under their key let through, where it demands SSE-S3 of them (fact C56)."""
        for key, _ in self.replicas:
            text = widen_bucket_policy(text, None if key == PLACEHOLDER else key).text
        return text

    def _is_own(self, attached: AttachedPolicy) -> bool:
        """Whether it can be edited: a policy of AWS cannot."""
        return not attached.arn or self.arn.split(":")[4] in attached.arn.split(":")

    def _left(self, title: str, before: str, after: str) -> LeftPolicy:
        why = f"it is an IAM policy, which s3kms does not write; {self.arn} uses it for replication"
        return LeftPolicy(title, CheckedKind.IDENTITY, "us-east-1", why, _OF_ROLE, before, after)


def _statement(actions: list[str], key: str, region: str) -> dict[str, Any]:
    """Through S3 of the key's region, whatever the encryption context: with a bucket key and without (fact B11)."""
    parts = key.split(":")
    of_key = parts[3] if KeyReference.parse(key).form is KeyForm.ARN else region
    condition = {"StringEquals": {"kms:ViaService": f"s3.{of_key}.amazonaws.com"}}
    return {"Effect": "Allow", "Action": actions, "Resource": key, "Condition": condition}


def _says(attached: AttachedPolicy, wanted: Mapping[str, Any]) -> bool:
    """Whether a policy allows what a statement would."""
    via = wanted["Condition"]["StringEquals"]["kms:ViaService"]
    context = RequestContext.of({"kms:ViaService": via, "aws:SecureTransport": "true"})
    return all(
        any(
            one.is_allow
            and not one.unread
            and one.covers_action(action) is Match.YES
            and one.covers_resource(wanted["Resource"], context) is Match.YES
            and one.holds_for(context) is Match.YES
            for one in _statements_of(attached)
        )
        for action in wanted["Action"]
    )


def _is_about_replication(attached: AttachedPolicy) -> bool:
    statements = _statements_of(attached)
    return any(one.is_allow and one.covers_action(_REPLICATE) is Match.YES for one in statements)


def _statements_of(attached: AttachedPolicy) -> tuple[Statement, ...]:
    return parse_policy(PolicyDocument(_text_of(attached), attached.name)).statements


def _text_of(attached: AttachedPolicy) -> str:
    content = getattr(attached.document, "content", None)
    return content if isinstance(content, str) else ""
