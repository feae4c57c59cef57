-- Which databases are there?
SELECT schema_name
  FROM information_schema.schemata
 WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
 ORDER BY CAST(schema_name AS BINARY)
