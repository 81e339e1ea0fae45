-- How each version stands to the wanted key: what every question is asked of.
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
  bucket_key,
  CASE
    WHEN encryption IN ('SSE-S3', 'NOT-SSE') THEN 'offender'
    WHEN encryption = 'SSE-C' THEN 'deliberate'
    WHEN encryption IN ('SSE-KMS', 'DSSE-KMS') THEN CASE
      WHEN CAST($wanted_key AS VARCHAR) IS NULL THEN 'wanted'
      WHEN key_arn = CAST($wanted_key AS VARCHAR) THEN 'wanted'
      WHEN key_arn IS NOT NULL THEN 'deliberate'
      ELSE 'unknown'
    END
    ELSE 'unknown'
  END AS standing
FROM objects
