-- name: Superseded
SELECT k.source_name, k.database_name, k.table_name FROM {{rows "$1" "source_name name, database_name name, table_name name"}} AS k
WHERE EXISTS (SELECT 1 FROM {{table_state}} t WHERE {{template "same_table"}} AND t.run_seq > $2)
   OR EXISTS (SELECT 1 FROM {{table_metadata}} t JOIN {{sync_runs}} r ON r.run_id = t.last_run_id
              WHERE {{template "same_table"}} AND t.removed_at IS NOT NULL AND r.run_seq > $2)

-- name: CurrentTables
SELECT t.source_name, t.database_name, t.table_name, t.kind, t.description, coalesce(t.description_origin, ''), {{template "annotation_columns"}},
       t.refresh_cadence, coalesce(t.estimated_rows, -1), coalesce(t.confidence, 0), coalesce(t.evidence, ''), coalesce(t.object_id, ''),
       {{text "t.base"}}, t.removed_at IS NOT NULL
FROM {{table_metadata}} t
JOIN {{rows "$1" "source_name name, database_name name, table_name name"}} AS k ON {{template "same_table"}}

-- name: CurrentFields
SELECT t.source_name, t.database_name, t.table_name, t.field_name, t.ordinal, t.data_type, t.is_nullable,
       t.description, coalesce(t.description_origin, ''), {{template "annotation_columns"}},
       coalesce(t.confidence, 0), coalesce(t.evidence, ''), coalesce(t.object_id, ''), {{text "t.base"}}, t.removed_at IS NOT NULL
FROM {{field_metadata}} t
JOIN {{rows "$1" "source_name name, database_name name, table_name name"}} AS k ON {{template "same_table"}}

-- name: MoveTable
UPDATE {{table_metadata}} SET database_name = $4, table_name = $5, updated_at = {{now}}
WHERE source_name = $1 AND database_name = $2 AND table_name = $3 AND NOT EXISTS (
    SELECT 1 FROM {{table_metadata}} x WHERE x.source_name = $1 AND x.database_name = $4 AND x.table_name = $5)

-- name: MoveFields
UPDATE {{field_metadata}} SET database_name = $4, table_name = $5, updated_at = {{now}}
WHERE source_name = $1 AND database_name = $2 AND table_name = $3 AND NOT EXISTS (
    SELECT 1 FROM {{field_metadata}} x WHERE x.source_name = $1 AND x.database_name = $4 AND x.table_name = $5
       AND x.field_name = {{field_metadata}}.field_name)

-- name: RemoveTable
UPDATE {{table_metadata}} SET removed_at = coalesce(removed_at, {{now}}) WHERE source_name = $1 AND database_name = $2 AND table_name = $3

-- name: RemoveFields
UPDATE {{field_metadata}} SET removed_at = coalesce(removed_at, {{now}}) WHERE source_name = $1 AND database_name = $2 AND table_name = $3

-- name: LogReplacedTable
INSERT INTO {{metadata_changes}} (run_id, source_name, database_name, table_name, object, attribute, old_value, reason, status)
SELECT {{uuid_param "$4"}}, t.source_name, t.database_name, t.table_name, t.source_name || ':' || t.database_name || '.' || t.table_name, 'replaced',
       {{kept}}, 'made way for a renamed table', 'applied'
FROM {{table_metadata}} t WHERE t.source_name = $1 AND t.database_name = $2 AND t.table_name = $3 AND t.removed_at IS NOT NULL

-- name: LogReplacedFields
INSERT INTO {{metadata_changes}} (run_id, source_name, database_name, table_name, field_name, object, attribute, old_value, reason, status)
SELECT {{uuid_param "$4"}}, t.source_name, t.database_name, t.table_name, t.field_name,
       t.source_name || ':' || t.database_name || '.' || t.table_name || '.' || t.field_name, 'replaced',
       {{kept}}, 'made way for a renamed table', 'applied'
FROM {{field_metadata}} t WHERE t.source_name = $1 AND t.database_name = $2 AND t.table_name = $3 AND t.removed_at IS NOT NULL

-- name: DeleteTable
DELETE FROM {{table_metadata}} WHERE source_name = $1 AND database_name = $2 AND table_name = $3 AND removed_at IS NOT NULL

-- name: DeleteFields
DELETE FROM {{field_metadata}} WHERE source_name = $1 AND database_name = $2 AND table_name = $3 AND removed_at IS NOT NULL

-- name: DeleteState
DELETE FROM {{table_state}} WHERE source_name = $1 AND database_name = $2 AND table_name = $3

-- name: CommitLedger
UPDATE {{sync_run_tables}} AS t SET state = k.state, fields = k.fields, changes = k.changes, duration_ms = k.duration_ms,
    error_class = k.error_class, error = k.error, committed_at = {{now}}
FROM {{rows "$1" "source_name name, database_name name, table_name name, attempt integer, state text, fields integer, changes integer, duration_ms bigint, error_class text, error text"}} AS k
WHERE t.run_id = $2 AND {{template "same_table"}} AND {{template "leased_to" "$3"}} AND t.attempt = k.attempt
RETURNING {{r}}source_name, {{r}}database_name, {{r}}table_name

-- name: UpsertTables
INSERT INTO {{table_metadata}} AS t (source_name, database_name, table_name, kind, description, description_origin, tags, semantic_type, business_term,
    is_pii, pii_category, owner, steward_email, data_classification, valid_values, refresh_cadence, estimated_rows, confidence, evidence, object_id,
    base, last_synced_at, last_run_id, removed_at)
SELECT k.source_name, k.database_name, k.table_name, k.kind, k.description, k.description_origin, k.tags, k.semantic_type, k.business_term,
    k.is_pii, k.pii_category, k.owner, k.steward_email, k.data_classification, k.valid_values, k.refresh_cadence, k.estimated_rows, k.confidence,
    k.evidence, k.object_id, k.base, {{now}}, $2, CASE WHEN k.removed THEN {{now}} END
FROM {{rows "$1" "source_name name, database_name name, table_name name, kind text, description text, description_origin text, tags list, semantic_type text, business_term text, is_pii boolean, pii_category text, owner text, steward_email text, data_classification text, valid_values list, refresh_cadence text, estimated_rows bigint, confidence real, evidence text, object_id text, base document, removed boolean"}} AS k
WHERE true
ON CONFLICT (source_name, database_name, table_name) DO UPDATE SET kind = excluded.kind, description = excluded.description,
    description_origin = excluded.description_origin, tags = excluded.tags, semantic_type = excluded.semantic_type, business_term = excluded.business_term,
    is_pii = excluded.is_pii, pii_category = excluded.pii_category, owner = excluded.owner, steward_email = excluded.steward_email,
    data_classification = excluded.data_classification, valid_values = excluded.valid_values, refresh_cadence = excluded.refresh_cadence,
    estimated_rows = excluded.estimated_rows, confidence = excluded.confidence, evidence = excluded.evidence, object_id = excluded.object_id,
    base = excluded.base, last_synced_at = excluded.last_synced_at, last_run_id = excluded.last_run_id, updated_at = {{now}},
    removed_at = CASE WHEN excluded.removed_at IS NULL THEN NULL ELSE coalesce(t.removed_at, excluded.removed_at) END

-- name: TouchTables
UPDATE {{table_metadata}} AS t SET last_synced_at = {{now}}, last_run_id = $2
FROM {{rows "$1" "source_name name, database_name name, table_name name"}} AS k WHERE {{template "same_table"}}

-- name: UpdateFields
UPDATE {{field_metadata}} AS t SET field_name = k.field_name, ordinal = k.ordinal, data_type = k.data_type, is_nullable = k.is_nullable,
    description = k.description, description_origin = k.description_origin, tags = k.tags, semantic_type = k.semantic_type, business_term = k.business_term,
    is_pii = k.is_pii, pii_category = k.pii_category, owner = k.owner, steward_email = k.steward_email, data_classification = k.data_classification,
    valid_values = k.valid_values, confidence = k.confidence, evidence = k.evidence, object_id = k.object_id, base = k.base, updated_at = {{now}},
    removed_at = CASE WHEN k.removed THEN coalesce(t.removed_at, {{now}}) END
FROM {{rows "$1" (fields_row)}} AS k
WHERE {{template "same_table"}} AND t.field_name = k.old_name

-- name: UpsertStates
INSERT INTO {{table_state}} AS t (source_name, database_name, table_name, fingerprint, method, last_modified, version, object_id, run_seq, last_synced_at)
SELECT k.source_name, k.database_name, k.table_name, k.fingerprint, k.method, k.last_modified, k.version, k.object_id, $2, {{now}}
FROM {{rows "$1" "source_name name, database_name name, table_name name, fingerprint text, method text, last_modified text, version text, object_id text"}} AS k
WHERE true
ON CONFLICT (source_name, database_name, table_name) DO UPDATE SET fingerprint = excluded.fingerprint, method = excluded.method,
    last_modified = excluded.last_modified, version = excluded.version, object_id = excluded.object_id, run_seq = excluded.run_seq,
    last_synced_at = excluded.last_synced_at

-- name: DeleteStates
DELETE FROM {{table_state}} WHERE EXISTS (SELECT 1 FROM {{rows "$1" "source_name name, database_name name, table_name name"}} AS k
    WHERE {{table_state}}.source_name = k.source_name AND {{table_state}}.database_name = k.database_name AND {{table_state}}.table_name = k.table_name)

-- name: Checkpoint
INSERT INTO {{sync_checkpoints}} (run_id, batch, sequence, tables_done)
SELECT $1, $2, coalesce(max(sequence), 0) + 1, $3 FROM {{sync_checkpoints}} WHERE run_id = $1 AND batch = $2
RETURNING sequence

{{define "verified_anew"}}(k.verified_by IS NOT NULL AND t.verified_by IS DISTINCT FROM k.verified_by OR k.verified_at IS NOT NULL AND t.verified_at IS DISTINCT FROM k.verified_at){{end}}

-- name: LogVerified
INSERT INTO {{metadata_changes}} (run_id, source_name, database_name, table_name, field_name, object, attribute, old_value, new_value, reason, status)
SELECT {{uuid_param "$2"}}, t.source_name, t.database_name, t.table_name, t.field_name,
       t.source_name || ':' || t.database_name || '.' || t.table_name || '.' || t.field_name, 'verified_by', t.verified_by, coalesce(k.verified_by, t.verified_by),
       'declared in a definition file', $3
FROM {{field_metadata}} t
JOIN {{rows "$1" "source_name name, database_name name, table_name name, field_name name, verified_by text, verified_at time"}} AS k ON {{template "same_table"}} AND t.field_name = k.field_name
WHERE t.removed_at IS NULL AND {{template "verified_anew"}} AND t.created_at < (SELECT started_at FROM {{sync_runs}} WHERE run_id = {{uuid_param "$2"}})

-- name: Verify
UPDATE {{field_metadata}} AS t SET verified_by = coalesce(k.verified_by, t.verified_by), verified_at = coalesce(k.verified_at, t.verified_at)
FROM {{rows "$1" "source_name name, database_name name, table_name name, field_name name, verified_by text, verified_at time"}} AS k
WHERE {{template "same_table"}} AND t.field_name = k.field_name AND {{template "verified_anew"}}
