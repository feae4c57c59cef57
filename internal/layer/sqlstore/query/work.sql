-- name: Heartbeat
INSERT INTO {{workers}} (worker_id, host, pid, version, concurrency, heartbeat_at, expires_at)
VALUES ($1, $2, $3, $4, $5, {{now}}, {{after "$6"}})
ON CONFLICT (worker_id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at, expires_at = excluded.expires_at

-- name: ForgetWorkers
DELETE FROM {{workers}} WHERE expires_at < {{after "$1"}}

-- name: StoppedRuns
SELECT r.run_id FROM {{sync_runs}} r JOIN {{rows "$1" "run_id uuid"}} AS k ON k.run_id = r.run_id
WHERE r.status <> 'running' OR r.cancel_requested_at IS NOT NULL

-- name: LiveWorkers
SELECT CAST(count(*) AS bigint) FROM {{workers}} WHERE expires_at > {{now}}

-- name: Gone
DELETE FROM {{workers}} WHERE worker_id = $1

-- name: LockBatch
SELECT 1 FROM {{sync_run_batches}} WHERE run_id = $1 AND batch = $2 {{for_update}}

-- name: ClaimGroup
UPDATE {{sync_run_tables}} AS t SET state = 'leased', owner = $1, attempt = t.attempt + 1, generation = $4, leased_at = {{now}}, solo = false
WHERE t.run_id = $2 AND t.batch = $3 AND t.state = 'pending' AND t.crash_count = 0
RETURNING {{template "claimed"}}

-- name: Suspects
SELECT EXISTS (SELECT 1 FROM {{sync_run_tables}} WHERE run_id = $1 AND batch = $2 AND state = 'pending')

-- name: FailedOfBatch
SELECT CAST(count(*) AS bigint) FROM {{sync_run_tables}} WHERE run_id = $1 AND batch = $2 AND state = 'failed'

-- name: ClaimSolo
UPDATE {{sync_run_tables}} AS t SET state = 'leased', owner = $1, attempt = t.attempt + 1, generation = $4, leased_at = {{now}}, solo = true
WHERE t.run_id = $2 AND t.state = 'pending' AND (t.source_name, t.database_name, t.table_name) = (
    SELECT p.source_name, p.database_name, p.table_name FROM {{sync_run_tables}} p
    WHERE p.run_id = $2 AND p.batch = $3 AND p.state = 'pending' AND p.crash_count > 0
      AND NOT EXISTS (SELECT 1 FROM {{sync_run_tables}} x WHERE x.run_id = $2 AND x.batch = $3 AND x.state = 'leased')
    ORDER BY p.crash_count, p.database_name, p.table_name LIMIT 1 {{skip_locked}})
RETURNING {{template "claimed"}}

{{define "claimed"}}{{r}}source_name, {{r}}database_name, {{r}}table_name, coalesce({{r}}object_id, ''), {{r}}reason, {{r}}batch, coalesce({{r}}last_modified, ''), coalesce({{r}}version, ''),
    {{r}}attempt, {{r}}fail_count, coalesce({{r}}renamed_from_database, ''), coalesce({{r}}renamed_from_table, ''){{end}}

-- name: Settle
UPDATE {{sync_run_tables}} AS t SET
    fail_count = t.fail_count + 1, error_class = k.error_class, error = k.error,
    state = CASE WHEN k.final OR t.fail_count + 1 > {{int "$4"}} THEN 'failed' ELSE 'pending' END
FROM {{rows "$1" "source_name name, database_name name, table_name name, attempt integer, final boolean, error_class text, error text"}} AS k
WHERE t.run_id = $2 AND {{template "same_table"}} AND {{template "leased_to" "$3"}} AND t.attempt = k.attempt
RETURNING {{r}}state, {{r}}fail_count

-- name: BatchDueAfter
UPDATE {{sync_run_batches}} SET due_at = {{after "$3"}} WHERE run_id = $1 AND batch = $2

-- name: Release
UPDATE {{sync_run_tables}} SET state = 'pending', owner = NULL, solo = false
WHERE owner = $1 AND state = 'leased' AND ($2 = '' OR {{text "run_id"}} = $2) AND ({{int "$3"}} < 0 OR batch = {{int "$3"}})
RETURNING run_id, batch
