-- Which tables and views are there? Times are in the session's time zone, which is UTC.
SELECT table_schema, table_name, table_type, COALESCE(create_options, ''), table_comment,
       table_rows, create_time, update_time
  FROM information_schema.tables
 WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
   AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
   /* limit */
 ORDER BY CAST(table_schema AS BINARY), CAST(table_name AS BINARY)
