-- Which indexes do they have? The column of an expression is NULL.
SELECT table_schema, table_name, index_name, non_unique = 0, column_name
  FROM information_schema.statistics
 WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
   AND index_name <> 'PRIMARY'
   /* limit */
 ORDER BY CAST(table_schema AS BINARY), CAST(table_name AS BINARY), CAST(index_name AS BINARY), seq_in_index
