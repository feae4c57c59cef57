-- Which of the tables have a column of that name that holds dates or times,
-- and may be read? $1 and $2: schemas and names, in step; $3: the column.
SELECT w.place
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) WITH ORDINALITY AS w (nspname, relname, place)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.nspname::name AND n.nspname::text = w.nspname
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.relname::name AND c.relname::text = w.relname
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = $3::text::name AND a.attname::text = $3::text
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND CASE WHEN t.typbasetype = 0 THEN t.oid ELSE t.typbasetype END
       IN ('pg_catalog.date'::regtype, 'pg_catalog.timestamp'::regtype, 'pg_catalog.timestamptz'::regtype)
   AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
 ORDER BY w.place
