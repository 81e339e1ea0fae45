"""The operations by which Athena is asked about objects, and by which it is found out which table to ask."""

from s3kms.model.operations import BUCKETS, Operation

WORKGROUPS = "arn:{partition}:athena:{region}:{account}:workgroup/*"
_ASKS = "to ask Athena about the objects of a bucket; it reads the table and writes results in the name of who asks"

START_QUERY_EXECUTION = Operation(
    "athena", "StartQueryExecution", "athena:StartQueryExecution", WORKGROUPS, why=_ASKS
)
GET_QUERY_EXECUTION = Operation(
    "athena", "GetQueryExecution", "athena:GetQueryExecution", WORKGROUPS, why=_ASKS
)
GET_QUERY_RESULTS = Operation("athena", "GetQueryResults", "athena:GetQueryResults", WORKGROUPS, why=_ASKS)
STOP_QUERY_EXECUTION = Operation(
    "athena",
    "StopQueryExecution",
    "athena:StopQueryExecution",
    WORKGROUPS,
    why="to stop a query that scans more than was allowed, or that nobody waits for any more",
)
GET_BUCKET_METADATA_CONFIGURATION = Operation(
    "s3",
    "GetBucketMetadataConfiguration",
    "s3:GetBucketMetadataTableConfiguration",
    BUCKETS,
    why="which table of S3 Metadata lists the objects of a bucket",
)
QUERY_OPERATIONS = (START_QUERY_EXECUTION, GET_QUERY_EXECUTION, GET_QUERY_RESULTS, STOP_QUERY_EXECUTION)
"""What one query takes. Athena reads the table and writes its result in the name of who asks."""
