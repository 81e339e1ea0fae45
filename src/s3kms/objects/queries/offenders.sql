-- Every version that is encrypted with SSE-S3 or not at all.
SELECT
  bucket,
  key,
  version_id,
  is_latest,
  is_delete_marker,
  size,
  etag,
  last_modified,
  storage_class,
  encryption,
  key_arn,
  bucket_key
FROM judged
WHERE standing = 'offender' AND NOT is_delete_marker
