WITH ranked AS MATERIALIZED (
    SELECT c.oid, pg_catalog.row_number() OVER (ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C") AS rank
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema' AND n.nspname::text !~ '^pg_'
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
)
-- Which primary, unique and foreign keys do they have? A foreign key on a
-- partitioned table has copies for its partitions, which are left out.
, keys AS MATERIALIZED (
    SELECT r.rank, k.contype, k.conname, k.conkey, k.confrelid, k.confkey
      FROM ranked r
      JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid
     WHERE k.contype IN ('p', 'u', 'f')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)
), referenced AS MATERIALIZED (
    SELECT k.confrelid, k.confkey, n.nspname, c.relname, pg_catalog.array_agg(a.attname::text ORDER BY f.place) AS fields
      FROM (SELECT DISTINCT confrelid, confkey FROM keys WHERE contype = 'f') k
     CROSS JOIN LATERAL pg_catalog.unnest(k.confkey) WITH ORDINALITY AS f (attnum, place)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = f.attnum
      JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     GROUP BY k.confrelid, k.confkey, n.nspname, c.relname
)
SELECT k.rank, k.contype, k.conname, k.conkey, f.nspname, f.relname, f.fields
  FROM keys k
  LEFT JOIN referenced f ON f.confrelid = k.confrelid AND f.confkey = k.confkey
 ORDER BY k.rank
