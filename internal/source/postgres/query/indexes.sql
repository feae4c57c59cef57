WITH ranked AS MATERIALIZED (
    SELECT c.oid, n.nspname, pg_catalog.row_number() OVER (ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C") AS rank
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema' AND n.nspname::text !~ '^pg_'
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
)
-- Which indexes do they have beside those of their primary and unique keys?
SELECT r.rank, i.*
  FROM ranked r
 CROSS JOIN LATERAL (
    SELECT x.relname, i.indisunique, pg_catalog.pg_get_indexdef(i.indexrelid), i.indnkeyatts, i.indkey
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
     WHERE i.indrelid = r.oid AND i.indislive
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                        WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
    OFFSET 0
 ) i
