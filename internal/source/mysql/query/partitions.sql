-- By what are the partitioned tables partitioned? This opens every table, so
-- it is asked only about databases in which there is a partitioned one.
SELECT table_schema, table_name, partition_method, COALESCE(partition_expression, ''),
       COALESCE(subpartition_method, ''), COALESCE(subpartition_expression, '')
  FROM information_schema.partitions
 WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
   AND partition_ordinal_position = 1
   AND COALESCE(subpartition_ordinal_position, 1) = 1
   /* limit */
 ORDER BY CAST(table_schema AS BINARY), CAST(table_name AS BINARY)
