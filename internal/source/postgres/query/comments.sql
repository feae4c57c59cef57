WITH ranked AS MATERIALIZED (
    SELECT c.oid, n.nspname, pg_catalog.row_number() OVER (ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C") AS rank
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema' AND n.nspname::text !~ '^pg_'
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
)
-- What do people say of the columns?
SELECT r.rank, d.*
  FROM ranked r
 CROSS JOIN LATERAL (
    SELECT d.objsubid, d.description
      FROM pg_catalog.pg_description d
     WHERE d.objoid = r.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid > 0
     ORDER BY d.objsubid
    OFFSET 0
 ) d
