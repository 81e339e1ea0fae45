-- Every version and delete marker behind one of them, in the order of their keys: the same each time.
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
WHERE
  starts_with(key, $prefix)
  AND (key > $after_key OR (key = $after_key AND coalesce(version_id, '') > $after_version))
ORDER BY key, coalesce(version_id, '')
