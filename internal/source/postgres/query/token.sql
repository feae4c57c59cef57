-- What moves whenever something changes that the other questions ask about?
-- A changed row of a catalog has a new xmin. Statistics are written into rows
-- as they stand. Of catalogs that change for other reasons too, only what
-- matters is taken. Temporary tables are left out.
WITH passing AS MATERIALIZED (
    SELECT oid FROM pg_catalog.pg_class WHERE relpersistence = 't'
), catalogs AS (
    SELECT 'namespace', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname::text !~ '^pg_(toast|temp)') t
    UNION ALL
    SELECT 'class', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, relname, relnamespace, relkind, relpartbound::text
              FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't') t
    UNION ALL
    SELECT 'attribute', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT xmin, attrelid, attnum FROM pg_catalog.pg_attribute
             WHERE attnum > 0 AND attrelid NOT IN (SELECT oid FROM passing)) t
    UNION ALL
    SELECT 'attrdef', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT xmin, oid FROM pg_catalog.pg_attrdef WHERE adrelid NOT IN (SELECT oid FROM passing)) t
    UNION ALL
    SELECT 'constraint', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT xmin, oid FROM pg_catalog.pg_constraint WHERE conrelid NOT IN (SELECT oid FROM passing)) t
    UNION ALL
    SELECT 'description', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT xmin, objoid, objsubid FROM pg_catalog.pg_description WHERE classoid = 'pg_catalog.pg_class'::regclass) t
    UNION ALL
    SELECT 'index', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT i.xmin, c.oid, c.relname, c.reloptions
              FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
             WHERE i.indexrelid >= 16384 AND i.indrelid NOT IN (SELECT oid FROM passing)) t
    UNION ALL
    SELECT 'inherits', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT xmin, inhrelid, inhparent FROM pg_catalog.pg_inherits WHERE inhrelid NOT IN (SELECT oid FROM passing)) t
    UNION ALL -- the types of tables are named like them
    SELECT 'type', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, typname, typnamespace FROM pg_catalog.pg_type WHERE oid >= 16384 AND typrelid = 0 AND typcategory <> 'A') t
    UNION ALL
    SELECT 'composite', pg_catalog.count(*), pg_catalog.sum(pg_catalog.hash_record_extended(t, 0))
      FROM (SELECT oid, relname, relnamespace FROM pg_catalog.pg_class WHERE relkind = 'c') t
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
SELECT pg_catalog.md5(pg_catalog.string_agg(catalogs::text, ' ')) FROM catalogs
