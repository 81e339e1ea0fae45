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
    why="to re-encrypt an object in place with the wanted key",
)
UPDATE_KEYS = Operation(
    "kms",
    "ReEncrypt",
    "kms:ReEncrypt*",
    KEYS,
    why="S3 re-encrypts an object's data key with the wanted key, on behalf of the caller",  # fact D4
    also=("kms:Encrypt",),
)
COPY_OBJECT = Operation(
    "s3",
    "CopyObject",
    "s3:PutObject",
    OBJECTS,
    why="to copy an object onto itself with the wanted key",
    also=("s3:GetObject", "s3:GetObjectVersion"),
)
PUT_OWN_OBJECT = Operation(
    "s3", "PutObject", "s3:PutObject", OBJECTS, why="to write s3kms' own objects: a test object, a manifest"
)
DELETE_OWN_OBJECT = Operation(
    "s3",
    "DeleteObject",
    "s3:DeleteObject",
    OBJECTS,
    why="to delete s3kms' own objects",
    also=("s3:DeleteObjectVersion",),
)
LISTING_OPERATIONS = frozenset({LIST_OBJECT_VERSIONS, HEAD_OBJECT_VERSION, GET_OBJECT_VERSION})
"""What reading a bucket's own word on its objects calls: a refused HEAD says why as a GET of one byte alone."""

_COPIED = "what a copy does not keep by itself"
GET_OBJECT_ACL = Operation(
    "s3", "GetObjectAcl", "s3:GetObjectAcl", OBJECTS, why=_COPIED, also=("s3:GetObjectVersionAcl",)
)
GET_OBJECT_TAGGING = Operation(
    "s3",
    "GetObjectTagging",
    "s3:GetObjectTagging",
    OBJECTS,
    why=_COPIED,
    also=("s3:GetObjectVersionTagging",),
)
GET_OBJECT_RETENTION = Operation("s3", "GetObjectRetention", "s3:GetObjectRetention", OBJECTS, why=_COPIED)
GET_OBJECT_LEGAL_HOLD = Operation("s3", "GetObjectLegalHold", "s3:GetObjectLegalHold", OBJECTS, why=_COPIED)
LIST_OBJECT_ANNOTATIONS = Operation(
    "s3",
    "ListObjectAnnotations",
    "s3:ListObjectAnnotations",
    OBJECTS,
    why="whether an object above 5 GB has annotations, which a multipart copy would lose",
)
_RESTATED = (
    "s3:GetObjectAnnotation",
    "s3:PutObjectAcl",
    "s3:PutObjectAnnotation",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutObjectTagging",
)
RESTATE_OBJECT = Operation(
    "s3",
    "CopyObject",
    "s3:PutObjectTagging",
    OBJECTS,
    why="to set tags, ACL, locks and annotations of a copy",
    also=_RESTATED,
)
CREATE_UPLOAD = Operation(
    "s3",
    "CreateMultipartUpload",
    "s3:PutObject",
    OBJECTS,
    why="to copy an object above 5 GB with a multipart upload",
)
COPY_PART = Operation(
    "s3",
    "UploadPartCopy",
    "s3:PutObject",
    OBJECTS,
    why="to copy an object above 5 GB with a multipart upload",
)
COMPLETE_UPLOAD = Operation(
    "s3",
    "CompleteMultipartUpload",
    "s3:PutObject",
    OBJECTS,
    why="to copy an object above 5 GB with a multipart upload",
)
ABORT_UPLOAD = Operation(
    "s3", "AbortMultipartUpload", "s3:AbortMultipartUpload", OBJECTS, why="to clean up a multipart upload"
)
LIST_UPLOADS = Operation(
    "s3",
    "ListMultipartUploads",
    "s3:ListBucketMultipartUploads",
    BUCKETS,
    why="which multipart uploads a killed run has left",
)
GET_BUCKET_VERSIONING = Operation(
    "s3", "GetBucketVersioning", "s3:GetBucketVersioning", BUCKETS, why="whether a copy leaves an old version"
)
GET_BUCKET_LIFECYCLE = Operation(
    "s3",
    "GetBucketLifecycleConfiguration",
    "s3:GetLifecycleConfiguration",
    BUCKETS,
    why="whether lifecycle rules depend on the age of objects, which a copy resets",
)
GET_BUCKET_OBJECT_LOCK = Operation(
    "s3",
    "GetObjectLockConfiguration",
    "s3:GetBucketObjectLockConfiguration",
    BUCKETS,
    why="whether copies are locked",
)
GET_BUCKET_OWNERSHIP = Operation(
    "s3",
    "GetBucketOwnershipControls",
    "s3:GetBucketOwnershipControls",
    BUCKETS,
    why="whether objects have ACLs, which a copy resets",
)
