"""The policy of a new key for buckets: who administers it, who uses it through S3, and what keeps it. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from s3kms.access.grouping import statement_for
from s3kms.access.merging import MAX_KEY_POLICY_BYTES, compact_document, merge_statements
from s3kms.model.access import KeyUse
from s3kms.model.errors import Refused

UNUSED_DAYS = 365
"""A key that was used in so many days is neither disabled nor deleted (fact B28)."""


PARTITIONS_OF_S3 = frozenset({"aws", "aws-us-gov"})
"""Where it is documented how `kms:ViaService` names S3."""


def new_key_policy(
    account: str,
    region: str,
    partition: str,
    statements: Iterable[Mapping[str, Any]],
    administrators: Sequence[str] = (),
) -> dict[str, Any]:
    """The document. Everybody of the account who comes through S3 may use the key, as with aws/s3: whoever may use a
    bucket today keeps access. `statements` let in whom else the buckets need. With `administrators`, ARNs of users
    and roles, nobody else but the root user may change the policy, and take out what keeps the key.

    Raises Refused for a policy that is longer than KMS takes.
    """
    administer: dict[str, Any] = {
        "Sid": "AdministerByIam",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    via = f"s3.{region}.amazonaws.com"
    through_s3 = {
        "Sid": "UseThroughS3",
        **statement_for(account, (), (KeyUse.READ, KeyUse.WRITE), via),
        "Principal": {"AWS": "*"},
    }
    keep = {
        "Sid": "KeepWhileInUse",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["kms:DisableKey", "kms:ScheduleKeyDeletion"],
        "Resource": "*",
        "Condition": {"NumericLessThanEquals": {"kms:TrailingDaysWithoutKeyUsage": str(UNUSED_DAYS)}},
    }
    # How `kms:ViaService` is written in other partitions is not documented: there IAM decides.
    own = [administer, through_s3] if partition in PARTITIONS_OF_S3 else [administer]
    document = {"Version": "2012-10-17", "Statement": own}
    merged: dict[str, Any] = json.loads(merge_statements(json.dumps(document), statements).text)
    merged["Statement"].append(keep)
    if administrators:
        merged["Statement"].append(_changed_by(administrators, administer["Principal"]["AWS"]))
    _check_size(merged)
    return merged


def _check_size(policy: Mapping[str, Any]) -> None:
    if (size := len(compact_document(policy).encode())) > MAX_KEY_POLICY_BYTES:
        why = f"the key policy would have {size:,} bytes, but the limit of KMS is {MAX_KEY_POLICY_BYTES:,}"
        raise Refused(why, advice="plan for fewer buckets per key, or allow whole accounts")


def _changed_by(administrators: Sequence[str], root: str) -> dict[str, Any]:
    """What leaves kms:PutKeyPolicy to administrators: who may call it can take every deny out (fact B28)."""
    return {
        "Sid": "ChangedByAdministratorsAlone",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "kms:PutKeyPolicy",
        "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": [root, *administrators]}},
    }
