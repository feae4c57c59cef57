-- name: SupersedePending
UPDATE {{metadata_changes}} AS t SET status = 'rejected', decided_by = 'semsync', decided_at = {{now}}, comment = $2
FROM {{rows "$1" "source_name name, database_name name, table_name name"}} AS k
WHERE {{template "same_table"}} AND t.status = 'pending' AND t.held <> 'rename' AND {{text "t.run_id"}} <> $3

-- name: PendingApprovals
SELECT CAST(count(*) AS bigint) FROM {{metadata_changes}} WHERE run_id = $1 AND status = 'pending' AND held = 'approval'

-- name: RejectPending
UPDATE {{metadata_changes}} SET status = 'rejected', decided_by = $2, decided_at = {{now}}, comment = $3
WHERE run_id = $1 AND status = 'pending' AND held = 'approval'

-- name: RevisableTables
SELECT DISTINCT source_name, database_name, table_name FROM {{metadata_changes}}
WHERE run_id = $1 AND (status = $2 OR status = $3) ORDER BY source_name, database_name, table_name

-- name: RevisableChanges
SELECT {{template "change_columns"}}, {{text "t.content"}} FROM {{metadata_changes}} t
JOIN {{rows "$1" "source_name name, database_name name, table_name name"}} AS k ON {{template "same_table"}}
WHERE t.run_id = $2 AND (t.status = $3 OR t.status = $4) ORDER BY t.change_id

-- name: SettleChanges
UPDATE {{metadata_changes}} AS t SET status = $2, decided_by = $3, decided_at = {{now}}, comment = nullif($4, ''), content = NULL
FROM {{rows "$1" "change_id bigint, was text"}} AS k WHERE t.change_id = k.change_id AND t.status = k.was
RETURNING {{r}}change_id

-- name: RecountChanges
UPDATE {{sync_runs}} SET changes_applied = changes_applied + {{int "$2"}},
    changes_pending = (SELECT count(*) FROM {{metadata_changes}} c WHERE c.run_id = $1 AND c.status = 'pending')
WHERE run_id = $1

-- name: DropFields
DELETE FROM {{field_metadata}} WHERE EXISTS (SELECT 1 FROM {{rows "$1" "source_name name, database_name name, table_name name, field_name name"}} AS k
    WHERE {{field_metadata}}.source_name = k.source_name AND {{field_metadata}}.database_name = k.database_name
      AND {{field_metadata}}.table_name = k.table_name AND {{field_metadata}}.field_name = k.field_name)

-- name: DropTables
DELETE FROM {{table_metadata}} WHERE EXISTS (SELECT 1 FROM {{rows "$1" "source_name name, database_name name, table_name name"}} AS k
    WHERE {{table_metadata}}.source_name = k.source_name AND {{table_metadata}}.database_name = k.database_name AND {{table_metadata}}.table_name = k.table_name)

-- name: ForgetStates
INSERT INTO {{table_state}} AS t (source_name, database_name, table_name, method, run_seq)
SELECT k.source_name, k.database_name, k.table_name, 'rolled back', $2
FROM {{rows "$1" "source_name name, database_name name, table_name name"}} AS k WHERE true
ON CONFLICT (source_name, database_name, table_name) DO UPDATE SET fingerprint = NULL, method = 'rolled back', last_modified = NULL, version = NULL

-- name: Vote
INSERT INTO {{change_votes}} (change_id, stage, voter, comment)
SELECT k.change_id, $2, $3, nullif($4, '') FROM {{rows "$1" "change_id bigint"}} AS k WHERE true
ON CONFLICT (change_id, stage, voter) DO NOTHING

-- name: Votes
SELECT v.change_id, v.stage, v.voter, v.voted_at FROM {{change_votes}} v
JOIN {{metadata_changes}} c ON c.change_id = v.change_id
WHERE c.run_id = $1 AND c.status = 'pending' ORDER BY v.change_id, v.voted_at

-- name: ForgetPending
UPDATE {{table_state}} AS t SET fingerprint = NULL, method = 'not approved', last_modified = NULL, version = NULL
WHERE EXISTS (SELECT 1 FROM {{metadata_changes}} c WHERE c.run_id = $1 AND c.status = 'pending' AND c.held = 'approval'
    AND c.source_name = t.source_name AND c.database_name = t.database_name AND c.table_name = t.table_name)

-- name: ForgetTokens
UPDATE {{source_state}} SET token = NULL WHERE EXISTS (SELECT 1 FROM {{metadata_changes}} c
    WHERE c.run_id = $1 AND c.status <> 'applied' AND c.source_name = {{source_state}}.source_name)

-- name: EndApproval
UPDATE {{sync_runs}} SET status = 'running', error = NULL WHERE run_id = $1 AND status = 'awaiting_approval' AND held IS NULL AND NOT EXISTS (
    SELECT 1 FROM {{metadata_changes}} c WHERE c.run_id = $1 AND c.status = 'pending' AND c.held = 'approval')

-- name: CarryVerified
UPDATE {{field_metadata}} AS t SET verified_by = k.verified_by, verified_at = k.verified_at
FROM {{field_metadata}} AS k
WHERE k.source_name = $1 AND k.database_name = $2 AND k.table_name = $3 AND t.source_name = $4 AND t.database_name = $5 AND t.table_name = $6
  AND t.field_name = k.field_name AND t.verified_by IS NULL AND t.verified_at IS NULL
