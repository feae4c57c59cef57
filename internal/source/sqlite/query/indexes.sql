-- Which indexes do they have? Origin is c for CREATE INDEX, u for a UNIQUE
-- and pk for a PRIMARY KEY constraint. The column of an expression is NULL.
WITH listed(name) AS MATERIALIZED (
  SELECT name FROM main.sqlite_schema
   WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' /* names */
   ORDER BY name LIMIT -1
), definitions(name, sql) AS MATERIALIZED (
  SELECT name, sql FROM main.sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
)
SELECT listed.name, idx.name, idx."unique", idx.origin, col.name, definitions.sql
  FROM listed
 CROSS JOIN pragma_index_list(listed.name, 'main') AS idx
 CROSS JOIN pragma_index_info(idx.name, 'main') AS col
  LEFT JOIN definitions ON definitions.name = idx.name
