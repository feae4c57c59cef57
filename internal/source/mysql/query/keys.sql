-- Which keys do they have? This view alone tells the kinds apart: only a
-- primary key is called PRIMARY and only a foreign key refers to a table. So
-- table_constraints and referential_constraints, which open every table
-- again, need not be asked.
SELECT table_schema, table_name, constraint_name, column_name,
       referenced_table_schema, referenced_table_name, referenced_column_name
  FROM information_schema.key_column_usage
 WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
   /* limit */
 ORDER BY CAST(table_schema AS BINARY), CAST(table_name AS BINARY),
          referenced_table_name IS NOT NULL, CAST(constraint_name AS BINARY), ordinal_position
