"""What planning and changing buckets asks of AWS. Importing it loads no SDK: `permissions` needs none."""

from s3kms.desired.configuration import Configuration
from s3kms.model import operations as op
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation

KEY_OPERATIONS: frozenset[Operation] = frozenset({op.DESCRIBE_KEY})
"""aws/s3 is never asked for: it is named by naming none (fact A12), and asking could make it (fact B5)."""
BUCKET_OPERATIONS: frozenset[Operation] = frozenset(
    {
        op.GET_CALLER_IDENTITY,
        op.GET_BUCKET_ENCRYPTION,
        op.GET_DIRECTORY_BUCKET_ENCRYPTION,
        op.PUT_BUCKET_ENCRYPTION,
        op.PUT_DIRECTORY_BUCKET_ENCRYPTION,
    }
)


def facts_needed_to_plan(configuration: Configuration) -> frozenset[Fact]:
    """What has to be read of each bucket."""
    return frozenset({Fact.ENCRYPTION, Fact.TAGS} if configuration.needs_tags else {Fact.ENCRYPTION})
