WITH ranked AS MATERIALIZED (
    SELECT c.oid, n.nspname, w.rank
      FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) WITH ORDINALITY AS w (nspname, relname, rank)
      JOIN pg_catalog.pg_namespace n ON n.nspname = w.nspname::name AND n.nspname::text = w.nspname
      JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.relname::name AND c.relname::text = w.relname
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema' AND n.nspname::text !~ '^pg_'
     ORDER BY w.rank
)
