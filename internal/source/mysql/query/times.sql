-- Which columns of a given name hold times?
SELECT table_schema, table_name, column_name
  FROM information_schema.columns
 WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
   AND column_name = ?
   AND data_type IN ('date', 'datetime', 'timestamp')
   /* limit */
