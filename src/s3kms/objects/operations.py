"""What looking at objects asks of AWS. It loads neither SDK nor DuckDB: `permissions` needs none."""

from s3kms.model.athena_operations import GET_BUCKET_METADATA_CONFIGURATION, QUERY_OPERATIONS
from s3kms.model.inventory import INVENTORY_OPERATIONS
from s3kms.model.object_operations import LISTING_OPERATIONS
from s3kms.model.operations import GET_CALLER_IDENTITY

OBJECTS_OPERATIONS = (
    INVENTORY_OPERATIONS | LISTING_OPERATIONS | {GET_BUCKET_METADATA_CONFIGURATION, GET_CALLER_IDENTITY}
)
"""Every call that finding and reading evidence may make."""
ATHENA_OPERATIONS = frozenset(QUERY_OPERATIONS)
"""Every call more where Athena answers."""
