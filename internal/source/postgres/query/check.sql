-- Which version is this, and which of the catalogs may the role not read?
SELECT pg_catalog.current_setting('server_version_num')::int,
       ARRAY(SELECT c.oid::regclass::text
               FROM pg_catalog.pg_class c
              WHERE c.relnamespace = 'pg_catalog'::regnamespace
                AND c.relname IN ('pg_namespace', 'pg_class', 'pg_attribute', 'pg_attrdef', 'pg_constraint', 'pg_description',
                                  'pg_index', 'pg_inherits', 'pg_type', 'pg_enum', 'pg_proc')
                AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
              ORDER BY 1)
