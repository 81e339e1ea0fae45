"""What re-encrypting with S3 Batch Operations asks of AWS: of the one who makes the job, and of the job's role."""

from s3kms.model.operations import ANY, BUCKETS, KEYS, OBJECTS, Operation

JOBS = "arn:{partition}:s3:{region}:{account}:job/*"
"""Their ARNs end in an id that is drawn, not in a name."""
JOB_ROLES = "arn:{partition}:iam::{account}:role/s3kms-batch*"
"""Named so unless somebody names another: whoever may pass any role could do anything."""

CREATE_JOB = Operation(
    "s3control",
    "CreateJob",
    "s3:CreateJob",
    ANY,
    why="to create a job that re-encrypts the objects in a manifest",
)
DESCRIBE_JOB = Operation("s3control", "DescribeJob", "s3:DescribeJob", JOBS, why="the status of a job")
LIST_JOBS = Operation(
    "s3control",
    "ListJobs",
    "s3:ListJobs",
    ANY,
    why="to find the jobs of a run that was killed before it recorded them",
)
UPDATE_JOB_STATUS = Operation(
    "s3control", "UpdateJobStatus", "s3:UpdateJobStatus", JOBS, why="to cancel a job"
)
PASS_JOB_ROLE = Operation(
    "iam", "PassRole", "iam:PassRole", JOB_ROLES, why="S3 Batch Operations assumes the job's role"
)
PUT_MANIFEST = Operation("s3", "PutObject", "s3:PutObject", OBJECTS, why="to write the manifest of a job")
GET_REPORT = Operation("s3", "GetObject", "s3:GetObject", OBJECTS, why="to read the report of a job")

CREATE_JOB_OPERATIONS = frozenset(
    {CREATE_JOB, DESCRIBE_JOB, LIST_JOBS, UPDATE_JOB_STATUS, PASS_JOB_ROLE, PUT_MANIFEST, GET_REPORT}
)
"""Everything that whoever makes a job calls, and what AWS asks of him for it."""

CREATE_ROLE = Operation(
    "iam", "CreateRole", "iam:CreateRole", JOB_ROLES, why="to create the role of the jobs"
)
PUT_ROLE_POLICY = Operation(
    "iam", "PutRolePolicy", "iam:PutRolePolicy", JOB_ROLES, why="to set the permissions of that role"
)
GET_ROLE = Operation("iam", "GetRole", "iam:GetRole", JOB_ROLES, why="whether that role already exists")
CREATE_ROLE_OPERATIONS = frozenset({CREATE_ROLE, PUT_ROLE_POLICY, GET_ROLE})
"""What making the role of the jobs calls besides. Whoever may do this may do much: it is asked for by itself."""

_TASKS = "each task of the job"
UPDATE_OBJECT = Operation("s3", "UpdateObjectEncryption", "s3:UpdateObjectEncryption", OBJECTS, why=_TASKS)
USE_KEYS = Operation(
    "kms",
    "ReEncrypt",
    "kms:ReEncrypt*",
    KEYS,
    why=_TASKS,
    also=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
)
GENERATE_MANIFEST = Operation(
    "s3",
    "PutBucketInventoryConfiguration",
    "s3:PutInventoryConfiguration",
    BUCKETS,
    why="to generate the manifest",
)
