-- How many rows have they, as the last ANALYZE found? The first number of an
-- index's statistics is the number of its entries.
WITH listed(name) AS MATERIALIZED (
  SELECT name FROM main.sqlite_schema
   WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' /* names */
   ORDER BY name LIMIT -1
), estimates(name, rows) AS MATERIALIZED (
  SELECT tbl, MAX(CAST(stat AS INTEGER)) FROM main.sqlite_stat1 GROUP BY tbl
)
SELECT listed.name, estimates.rows
  FROM listed CROSS JOIN estimates ON estimates.name = listed.name
