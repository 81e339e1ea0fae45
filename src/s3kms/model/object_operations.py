"""What reading and re-encrypting the objects already there asks of AWS."""

from s3kms.model.operations import BUCKETS, KEYS, OBJECTS, Operation

LIST_OBJECT_VERSIONS = Operation(
    "s3",
    "ListObjectVersions",
    "s3:ListBucketVersions",
    BUCKETS,
    why="which objects and versions a bucket has",
)
LIST_CURRENT_OBJECTS = Operation(
    "s3", "ListObjectsV2", "s3:ListBucket", BUCKETS, why="which objects a bucket has"
)
HEAD_OBJECT_VERSION = Operation(
    "s3",
    "HeadObject",
    "s3:GetObject",
    OBJECTS,
    why="how an object is encrypted",
    also=("s3:GetObjectVersion",),
)
GET_OBJECT_VERSION = Operation(
    "s3",
    "GetObject",
    "s3:GetObject",
    OBJECTS,
    why="whether an object can be read: one byte of it",
    also=("s3:GetObjectVersion",),
)
UPDATE_OBJECT_ENCRYPTION = Operation(
    "s3",
    "UpdateObjectEncryption",
    "s3:UpdateObjectEncryption",
    OBJECTS,
    why="to bring an object under the wanted key in place",
)
UPDATE_KEYS = Operation(
    "kms",
    "ReEncrypt",
    "kms:ReEncrypt*",
    KEYS,
    why="S3 brings an object's data key under the wanted key in the caller's name",  # fact D4
    also=("kms:Encrypt",),
)
COPY_OBJECT = Operation(
    "s3",
    "CopyObject",
    "s3:PutObject",
    OBJECTS,
    why="to copy an object onto itself under the wanted key",
    also=("s3:GetObject", "s3:GetObjectVersion"),
)
PUT_OWN_OBJECT = Operation(
    "s3", "PutObject", "s3:PutObject", OBJECTS, why="an object of s3kms' own: a trial, a manifest"
)
DELETE_OWN_OBJECT = Operation(
    "s3",
    "DeleteObject",
    "s3:DeleteObject",
    OBJECTS,
    why="the removal of an object of s3kms' own",
    also=("s3:DeleteObjectVersion",),
)
LISTING_OPERATIONS = frozenset({LIST_OBJECT_VERSIONS, HEAD_OBJECT_VERSION, GET_OBJECT_VERSION})
"""What reading a bucket's own word on its objects calls: a refused HEAD says why as a GET of one byte alone."""
