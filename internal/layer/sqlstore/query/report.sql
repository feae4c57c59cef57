-- name: RunTables
SELECT {{template "run_table_columns"}} FROM {{sync_run_tables}} t
WHERE t.run_id = $1 AND ($2 = '' OR $2 LIKE '%,' || t.state || ',%')
ORDER BY t.source_name, t.database_name, t.table_name

-- name: Changes
SELECT {{template "change_columns"}}, NULL FROM {{metadata_changes}} t
WHERE t.run_id = $1 ORDER BY t.source_name, t.database_name, t.table_name, t.field_name, t.change_id

-- name: Fields
SELECT t.source_name, t.database_name, t.table_name, t.field_name, t.ordinal, t.data_type, t.is_nullable,
       t.description, coalesce(t.description_origin, ''), {{template "annotation_columns"}},
       coalesce(t.confidence, 0), coalesce(t.evidence, ''), coalesce(t.object_id, ''), {{text "t.base"}}, t.removed_at IS NOT NULL
FROM {{field_metadata}} t WHERE t.removed_at IS NULL ORDER BY t.source_name, t.database_name, t.table_name, t.ordinal

-- name: DigestTables
SELECT t.source_name, t.database_name, t.table_name, t.kind, t.description, t.description_origin, {{template "annotation_columns"}},
       t.refresh_cadence, t.confidence, t.evidence, t.removed_at IS NOT NULL
FROM {{table_metadata}} t ORDER BY t.source_name, t.database_name, t.table_name

-- name: DigestFields
SELECT t.source_name, t.database_name, t.table_name, t.field_name, t.ordinal, t.data_type, t.is_nullable, t.description, t.description_origin,
       {{template "annotation_columns"}}, t.confidence, t.evidence, t.removed_at IS NOT NULL
FROM {{field_metadata}} t ORDER BY t.source_name, t.database_name, t.table_name, t.field_name

-- name: DigestStates
SELECT source_name, database_name, table_name, fingerprint, method FROM {{table_state}} ORDER BY source_name, database_name, table_name

-- name: SaveProfile
INSERT INTO {{run_profile}} (run_id, process, lines) VALUES ($1, $2, $3)
ON CONFLICT (run_id, process) DO UPDATE SET lines = excluded.lines, updated_at = {{now}}

-- name: Profiles
SELECT process, {{text "lines"}} FROM {{run_profile}} WHERE run_id = $1 ORDER BY process
