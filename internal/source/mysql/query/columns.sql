-- Which columns do they have? A generated column's expression stands in for its default.
SELECT table_schema, table_name, column_name, column_type, is_nullable = 'YES',
       COALESCE(NULLIF(generation_expression, ''), column_default), column_comment, extra
  FROM information_schema.columns
 WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
   /* limit */
 ORDER BY CAST(table_schema AS BINARY), CAST(table_name AS BINARY), ordinal_position
