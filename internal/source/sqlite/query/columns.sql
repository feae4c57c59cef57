-- Which columns do they have? Hidden is 1 for a virtual table's hidden column,
-- 2 for a virtual and 3 for a stored generated one. SQLite fails at a view
-- that does not compile; this can be asked again for those that come after it.
WITH listed(name) AS MATERIALIZED (
  SELECT name FROM main.sqlite_schema
   WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' /* names */
   ORDER BY name LIMIT -1
)
SELECT listed.name, col.name, col.type, col."notnull", col.dflt_value, col.pk, col.hidden
  FROM listed CROSS JOIN pragma_table_xinfo(listed.name, 'main') AS col
