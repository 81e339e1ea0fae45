"""The medium of buckets: their default encryption, read and written through S3."""
