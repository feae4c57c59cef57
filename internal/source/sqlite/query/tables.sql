-- Which tables and views are there? SQLite's own tables and those that virtual
-- tables keep for themselves (shadow tables) are left out.
WITH listed(name) AS MATERIALIZED (
  SELECT name FROM main.sqlite_schema
   WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' /* names */
   ORDER BY name LIMIT -1
), kinds(name, type) AS MATERIALIZED (
  SELECT name, type FROM pragma_table_list WHERE schema = 'main'
)
SELECT listed.name, kinds.type
  FROM listed CROSS JOIN kinds ON kinds.name = listed.name
 WHERE kinds.type <> 'shadow'
