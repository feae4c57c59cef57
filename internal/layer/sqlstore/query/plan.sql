-- name: States
SELECT database_name, table_name, coalesce(fingerprint, ''), method, coalesce(last_modified, ''), coalesce(version, ''), coalesce(object_id, '')
FROM {{table_state}} WHERE source_name = $1 ORDER BY database_name, table_name

-- name: SourceState
SELECT coalesce(privileges, ''), coalesce(token, ''), since_sweep, CASE WHEN run_seq > 0 THEN updated_at END FROM {{source_state}} WHERE source_name = $1

-- name: DeletePlan
DELETE FROM {{sync_run_tables}} WHERE run_id = $1

-- name: DeletePlanBatches
DELETE FROM {{sync_run_batches}} WHERE run_id = $1

-- name: DeletePlanSources
DELETE FROM {{sync_run_sources}} WHERE run_id = $1

-- name: PairRenames
UPDATE {{sync_run_tables}} AS t
SET reason = 'renamed', renamed_from_database = d.database_name, renamed_from_table = d.table_name
FROM {{sync_run_tables}} AS d
WHERE t.run_id = $1 AND d.run_id = $1 AND t.reason = 'new' AND d.reason = 'dropped'
  AND t.source_name = d.source_name AND t.object_id = d.object_id

-- name: DropRenamedFrom
DELETE FROM {{sync_run_tables}} WHERE run_id = $1 AND reason = 'dropped' AND EXISTS (
    SELECT 1 FROM {{sync_run_tables}} n WHERE n.run_id = $1 AND n.reason = 'renamed' AND n.source_name = {{sync_run_tables}}.source_name
       AND n.renamed_from_database = {{sync_run_tables}}.database_name AND n.renamed_from_table = {{sync_run_tables}}.table_name)

-- name: GoneFields
SELECT t.source_name, t.database_name, t.table_name, m.kind, f.field_name, f.data_type, f.is_nullable
FROM {{sync_run_tables}} t
JOIN {{table_metadata}} m ON m.source_name = t.source_name AND m.database_name = t.database_name AND m.table_name = t.table_name
JOIN {{field_metadata}} f ON f.source_name = t.source_name AND f.database_name = t.database_name AND f.table_name = t.table_name
WHERE t.run_id = $1 AND t.reason = 'dropped' AND t.object_id IS NULL AND f.removed_at IS NULL AND EXISTS (
    SELECT 1 FROM {{sync_run_tables}} n WHERE n.run_id = $1 AND n.reason = 'new' AND n.source_name = t.source_name AND n.shape IS NOT NULL)
ORDER BY t.source_name, t.database_name, t.table_name, f.ordinal, f.field_name

-- name: NewShapes
SELECT source_name, database_name, table_name, shape FROM {{sync_run_tables}} WHERE run_id = $1 AND reason = 'new' AND shape IS NOT NULL

-- name: PairShape
UPDATE {{sync_run_tables}} SET renamed_from_database = $5, renamed_from_table = $6
WHERE run_id = $1 AND source_name = $2 AND database_name = $3 AND table_name = $4

-- name: UnskipPlan
UPDATE {{sync_run_tables}} SET state = 'pending', error_class = NULL, error = NULL WHERE run_id = $1 AND state = 'skipped'

-- name: FilterUnpairedRenames
DELETE FROM {{sync_run_tables}} WHERE run_id = $1 AND reason = 'new' AND EXISTS (
    SELECT 1 FROM {{table_state}} s WHERE s.source_name = {{sync_run_tables}}.source_name AND s.object_id = {{sync_run_tables}}.object_id
       AND NOT (s.database_name = {{sync_run_tables}}.database_name AND s.table_name = {{sync_run_tables}}.table_name))

-- name: CountReasons
SELECT reason, CAST(count(*) AS bigint) FROM {{sync_run_tables}} WHERE run_id = $1 GROUP BY reason

-- name: MakeBatches
INSERT INTO {{sync_run_batches}} (run_id, batch, source_name, database_name)
SELECT run_id, batch, min(source_name), min(database_name) FROM {{sync_run_tables}} WHERE run_id = $1 GROUP BY run_id, batch

-- name: AddSources
INSERT INTO {{sync_run_sources}} (run_id, source_name, swept, complete, failed, why, privileges, token, discovered, unchanged, filtered, missing, known)
SELECT $2, k.source_name, k.swept, k.complete, k.failed, k.why, k.privileges, k.token, k.discovered, k.unchanged, k.filtered, k.missing, k.known
FROM {{rows "$1" "source_name name, swept boolean, complete boolean, failed boolean, why text, privileges text, token text, discovered integer, unchanged integer, filtered integer, missing integer, known integer"}} AS k

-- name: ForgetPrivileges
UPDATE {{source_state}} SET privileges = NULL WHERE EXISTS (SELECT 1 FROM {{sync_run_sources}} s
    WHERE s.run_id = $1 AND s.source_name = {{source_state}}.source_name AND s.privileges <> {{source_state}}.privileges)

-- name: FinishPlan
UPDATE {{sync_runs}} SET status = $2, error = nullif($3, ''), held = nullif($3, ''), plan_complete = true,
    deadline_at = CASE WHEN $3 = '' THEN deadline_at END,
    tables_discovered = $4, tables_unchanged = $5, tables_filtered = $6, tables_total = $7, tables_new = $8, tables_changed = $9,
    tables_forced = $10, tables_renamed = $11, tables_dropped = $12
WHERE run_id = $1

-- name: PlannedDrops
SELECT source_name, CAST(count(*) AS bigint) FROM {{sync_run_tables}} WHERE run_id = $1 AND reason = 'dropped' GROUP BY source_name
