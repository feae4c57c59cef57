WITH ranked AS MATERIALIZED (
    SELECT c.oid, n.nspname, pg_catalog.row_number() OVER (ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C") AS rank
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema' AND n.nspname::text !~ '^pg_'
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
)
-- Which tables, views and the like are there outside of system schemas?
SELECT r.rank, c.*
  FROM ranked r
 CROSS JOIN LATERAL (
    SELECT c.oid, r.nspname, c.relname, c.relkind, c.relispartition, c.relnatts, c.reltuples::double precision,
           (SELECT d.description FROM pg_catalog.pg_description d
             WHERE d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0) AS comment,
           CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, 0)
                WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partitioning
      FROM pg_catalog.pg_class c
     WHERE c.oid = r.oid
    OFFSET 0
 ) c
