-- The first folders of keys, those with the most versions that are not under the wanted key first.
SELECT
  prefix,
  objects,
  bytes,
  offenders,
  offending_bytes
FROM (
  SELECT
    CASE WHEN strpos(key, '/') > 0 THEN substr(key, 1, strpos(key, '/')) ELSE '' END AS prefix,
    count(*) AS objects,
    sum(size) AS bytes,
    sum(CASE WHEN standing = 'offender' THEN 1 ELSE 0 END) AS offenders,
    sum(CASE WHEN standing = 'offender' THEN size END) AS offending_bytes
  FROM judged
  WHERE NOT is_delete_marker
  GROUP BY 1
) AS folders
ORDER BY offenders DESC, objects DESC, prefix
LIMIT $limit
