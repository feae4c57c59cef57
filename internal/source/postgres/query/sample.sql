-- What is the table, how many blocks does it have, and how densely are they
-- filled? The same of its partitions, together. $1: schema, $2: name.
SELECT c.relkind::"char", total.blocks, total.tuples, total.pages, total.foreign_parts, total.parts
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
       SELECT (COALESCE(pg_catalog.sum(pg_catalog.pg_relation_size(p.oid)), 0)
               / pg_catalog.current_setting('block_size')::bigint)::bigint AS blocks,
              COALESCE(pg_catalog.sum(p.reltuples) FILTER (WHERE p.reltuples > 0 AND p.relpages > 0 AND p.relkind <> 'p'), 0)::float8 AS tuples,
              COALESCE(pg_catalog.sum(p.relpages) FILTER (WHERE p.reltuples > 0 AND p.relpages > 0 AND p.relkind <> 'p'), 0)::float8 AS pages,
              pg_catalog.count(*) FILTER (WHERE p.relkind = 'f') AS foreign_parts,
              pg_catalog.count(*) AS parts
         FROM (SELECT c.oid AS relid UNION SELECT t.relid::oid FROM pg_catalog.pg_partition_tree(c.oid) t) tree
         JOIN pg_catalog.pg_class p ON p.oid = tree.relid
       ) total
 WHERE n.nspname = $1::text::name AND n.nspname::text = $1::text
   AND c.relname = $2::text::name AND c.relname::text = $2::text
