-- What moves whenever something changes that the other questions ask about?
-- A changed row of a catalog has a new xmin. Statistics are written into rows
-- as they stand. Of pg_class and pg_type, which change for other reasons too,
-- only what matters is taken. Temporary tables are left out.
WITH described AS MATERIALIZED (
    SELECT oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND relpersistence <> 't'
), rows AS (
    SELECT 'namespace', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname::text !~ '^pg_(toast|temp)') t
    UNION ALL
    SELECT 'class', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, relname, relnamespace, relkind, relispartition, relpartbound::text,
                   CASE WHEN relkind IN ('i', 'I') THEN reloptions END
              FROM pg_catalog.pg_class WHERE relkind <> 't' AND relpersistence <> 't') t
    UNION ALL
    SELECT 'attribute', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT a.xmin, a.attrelid, a.attnum FROM pg_catalog.pg_attribute a JOIN described d ON d.oid = a.attrelid
             WHERE a.attnum > 0) t
    UNION ALL
    SELECT 'attrdef', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT a.xmin, a.oid FROM pg_catalog.pg_attrdef a JOIN described d ON d.oid = a.adrelid) t
    UNION ALL
    SELECT 'constraint', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT k.xmin, k.oid FROM pg_catalog.pg_constraint k JOIN described d ON d.oid = k.conrelid) t
    UNION ALL
    SELECT 'description', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT xmin, objoid, objsubid FROM pg_catalog.pg_description WHERE classoid = 'pg_catalog.pg_class'::regclass) t
    UNION ALL
    SELECT 'index', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT i.xmin, i.indexrelid FROM pg_catalog.pg_index i JOIN described d ON d.oid = i.indrelid) t
    UNION ALL
    SELECT 'inherits', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT i.xmin, i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i JOIN described d ON d.oid = i.inhrelid) t
    UNION ALL
    SELECT 'type', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT t.oid, t.typname, t.typnamespace FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
             WHERE n.nspname::text !~ '^pg_(toast|temp)') t
    UNION ALL -- the names that defaults and definitions of indexes are printed with
    SELECT 'enum', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, enumlabel FROM pg_catalog.pg_enum) t
    UNION ALL
    SELECT 'proc', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, proname, pronamespace FROM pg_catalog.pg_proc WHERE oid >= 16384) t
    UNION ALL
    SELECT 'opclass', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, opcname, opcnamespace FROM pg_catalog.pg_opclass WHERE oid >= 16384) t
    UNION ALL
    SELECT 'collation', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, collname, collnamespace FROM pg_catalog.pg_collation WHERE oid >= 16384) t
    UNION ALL
    SELECT 'ts_config', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, cfgname, cfgnamespace FROM pg_catalog.pg_ts_config WHERE oid >= 16384) t
)
SELECT pg_catalog.md5(pg_catalog.string_agg(rows::text, ' ')) FROM rows
