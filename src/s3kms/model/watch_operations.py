"""What looking for harm after a run asks of AWS."""

from s3kms.model.operations import BUCKETS, GET_BUCKET_REPLICATION, OBJECTS, Operation
from s3kms.model.owner_operations import GET_METRIC_DATA, LIST_METRICS

LOOKUP_EVENTS = Operation(
    "cloudtrail", "LookupEvents", "cloudtrail:LookupEvents", why="the calls that KMS refused since a run"
)
LIST_OBJECTS = Operation(
    "s3",
    "ListObjectsV2",
    "s3:ListBucket",
    BUCKETS,
    why="the newest objects of each prefix, before and after a run",
)
HEAD_REPLICATED_OBJECT = Operation(
    "s3", "HeadObject", "s3:GetObject", OBJECTS, why="whether the newest objects were replicated"
)
WATCH_OPERATIONS = frozenset(
    {
        LOOKUP_EVENTS,
        LIST_METRICS,
        GET_METRIC_DATA,
        LIST_OBJECTS,
        HEAD_REPLICATED_OBJECT,
        GET_BUCKET_REPLICATION,
    }
)
"""Everything that it calls."""
