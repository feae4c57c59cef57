WITH ranked AS MATERIALIZED (
    SELECT c.oid, n.nspname, pg_catalog.row_number() OVER (ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C") AS rank
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema' AND n.nspname::text !~ '^pg_'
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
)
-- What are the columns' defaults, and the expressions of generated columns?
-- Only the latter name columns. With a table to find columns in, pg_get_expr
-- takes longer and waits for whoever holds an exclusive lock on it.
SELECT r.rank, d.*
  FROM ranked r
 CROSS JOIN LATERAL (
    SELECT d.adnum, pg_catalog.pg_get_expr(d.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE d.adrelid END)
      FROM pg_catalog.pg_attrdef d
      JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
     WHERE d.adrelid = r.oid
     ORDER BY d.adnum
    OFFSET 0
 ) d
