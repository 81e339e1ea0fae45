-- What decides the cost of re-encrypting the versions that are encrypted with SSE-S3 or not at all.
SELECT
  encryption,
  storage_class,
  is_latest,
  count(*) AS objects,
  sum(size) AS bytes,
  sum(CASE WHEN size > $copy_limit THEN 1 ELSE 0 END) AS large,
  sum(CASE WHEN size > $copy_limit THEN size END) AS large_bytes,
  sum(CASE WHEN last_modified > $young_30 THEN size END) AS young_30,
  sum(CASE WHEN last_modified > $young_90 THEN size END) AS young_90,
  sum(CASE WHEN last_modified > $young_180 THEN size END) AS young_180,
  count(last_modified) AS dated,
  sum(CASE WHEN version_id IS NULL OR version_id = 'null' THEN 0 ELSE 1 END) AS named
FROM judged
WHERE standing = 'offender' AND NOT is_delete_marker
GROUP BY encryption, storage_class, is_latest
ORDER BY encryption, storage_class, is_latest
