-- Which foreign keys do they have? The parent's name comes as the parent
-- writes it, and the parent's primary key where the key names no columns.
WITH listed(name) AS MATERIALIZED (
  SELECT name FROM main.sqlite_schema
   WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' /* names */
   ORDER BY name LIMIT -1
), parents(name) AS MATERIALIZED (
  SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0
)
SELECT listed.name, fk.id, fk."from", COALESCE(parents.name, fk."table"), COALESCE(fk."to", parent.name)
  FROM listed
 CROSS JOIN pragma_foreign_key_list(listed.name, 'main') AS fk
  LEFT JOIN parents ON parents.name = fk."table" COLLATE NOCASE
  LEFT JOIN pragma_table_xinfo(CASE WHEN fk."to" IS NULL THEN parents.name END, 'main') AS parent
         ON parent.pk = fk.seq + 1
