WITH ranked AS MATERIALIZED (
    SELECT c.oid, n.nspname, pg_catalog.row_number() OVER (ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C") AS rank
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema' AND n.nspname::text !~ '^pg_'
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
)
-- Which primary, unique and foreign keys do they have? A foreign key to a
-- partitioned table has copies for its partitions, which are left out.
SELECT r.rank, k.*
  FROM ranked r
 CROSS JOIN LATERAL (
    SELECT k.contype, k.conname, k.conkey,
           CASE k.contype WHEN 'f' THEN (SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                                          WHERE c.oid = k.confrelid) END AS ref_schema,
           CASE k.contype WHEN 'f' THEN (SELECT c.relname FROM pg_catalog.pg_class c WHERE c.oid = k.confrelid) END AS ref_table,
           CASE k.contype WHEN 'f' THEN (
               SELECT pg_catalog.array_agg((SELECT a.attname::text FROM pg_catalog.pg_attribute a
                                             WHERE a.attrelid = k.confrelid AND a.attnum = f.attnum) ORDER BY f.place)
                 FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS f (attnum, place)) END AS ref_fields
      FROM pg_catalog.pg_constraint k
     WHERE k.conrelid = r.oid AND k.contype IN ('p', 'u', 'f')
       AND (k.conparentid = 0 OR NOT EXISTS (SELECT FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid))
    OFFSET 0
 ) k
