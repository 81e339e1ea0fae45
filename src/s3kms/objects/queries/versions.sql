-- The versions whose keys begin with a prefix, after the first so many; in the order of the evidence, if it has one.
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
WHERE starts_with(key, $prefix)
OFFSET $after
