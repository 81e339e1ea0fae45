-- How many versions, and how many bytes, there are of each class.
SELECT
  bucket,
  standing,
  encryption,
  key_arn,
  bucket_key,
  storage_class,
  CASE
    WHEN last_modified IS NULL THEN NULL
    WHEN last_modified > $month_ago THEN 'under 30 days'
    WHEN last_modified > $quarter_ago THEN '30 to 90 days'
    WHEN last_modified > $year_ago THEN '90 days to a year'
    WHEN last_modified > $three_years_ago THEN '1 to 3 years'
    ELSE 'over 3 years'
  END AS age,
  is_latest,
  is_delete_marker,
  count(*) AS objects,
  sum(size) AS bytes
FROM judged
GROUP BY bucket, standing, encryption, key_arn, bucket_key, storage_class, 7, is_latest, is_delete_marker
