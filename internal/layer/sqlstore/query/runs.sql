-- name: CreateRun
INSERT INTO {{sync_runs}} (run_id, run_seq, mode, status, {{q "trigger"}}, dry_run, settings, config_version_id, initiated_by, deadline_at)
VALUES ($1, (SELECT coalesce(max(run_seq), 0) + 1 FROM {{sync_runs}}), $2, 'planning', $3, $4, $5, nullif($6, ''), $7,
        CASE WHEN {{float "$8"}} > 0 THEN {{after "$8"}} END)
ON CONFLICT (run_id) DO NOTHING

-- name: Fire
INSERT INTO {{schedule_fires}} (schedule, fire_time, run_id) VALUES ($1, $2, $3)
ON CONFLICT (schedule, fire_time) DO NOTHING

-- name: LastFire
SELECT max(fire_time) FROM {{schedule_fires}} WHERE schedule = $1

-- name: Run
SELECT {{template "run_columns"}} FROM {{sync_runs}} WHERE run_id = $1

-- name: LockRun
SELECT {{template "run_columns"}} FROM {{sync_runs}} WHERE run_id = $1 {{for_update}}

-- name: ListRuns
SELECT {{template "run_columns"}} FROM {{sync_runs}} ORDER BY run_seq DESC LIMIT $1

-- name: ActiveRuns
SELECT {{template "run_columns"}} FROM {{sync_runs}} WHERE completed_at IS NULL ORDER BY run_seq

-- name: RequestCancel
UPDATE {{sync_runs}} SET cancel_requested_at = coalesce(cancel_requested_at, {{now}}), cancelled_by = coalesce(cancelled_by, $2)
WHERE run_id = $1 AND completed_at IS NULL

-- name: SkipPending
UPDATE {{sync_run_tables}} SET state = 'skipped', error_class = $2, error = $3 WHERE run_id = $1 AND state = 'pending'

-- name: SkipOpen
UPDATE {{sync_run_tables}} SET state = 'skipped', error_class = $2, error = $3, attempt = attempt + 1
WHERE run_id = $1 AND state IN ('pending', 'leased')

-- name: ReopenTables
UPDATE {{sync_run_tables}}
SET state = 'pending', owner = NULL, solo = false, error_class = NULL, error = NULL, fail_count = 0, crash_count = 0, solo_crashes = 0, dropped_from_dead = false
WHERE run_id = $1 AND ((state = 'skipped' AND error_class IN ('cancelled', 'timed_out')) OR ($2 = 1 AND state = 'failed'))

-- name: ReopenRun
UPDATE {{sync_runs}}
SET status = $2, completed_at = NULL, duration = NULL, error = CASE WHEN $2 = 'awaiting_approval' THEN held END, cancel_requested_at = NULL, cancelled_by = NULL, resumes = resumes + 1,
    validated_at = NULL, validation_errors = 0, validation_warnings = 0, validation_infos = 0, validation_status = NULL, validation_reason = NULL,
    deadline_at = CASE WHEN {{float "$3"}} > 0 AND $2 <> 'awaiting_approval' THEN {{after "$3"}} END
WHERE run_id = $1

-- name: BatchesDueNow
UPDATE {{sync_run_batches}} SET due_at = {{now}}, dispatched_at = NULL WHERE run_id = $1

-- name: ReleaseHold
UPDATE {{sync_runs}} SET status = 'running', error = NULL, held = NULL, settings = $2, cancel_requested_at = NULL, cancelled_by = NULL,
    deadline_at = CASE WHEN {{float "$3"}} > 0 THEN {{after "$3"}} END
WHERE run_id = $1 AND status = 'awaiting_approval'

-- name: Dead
SELECT t.run_id, {{template "run_table_columns"}} FROM {{sync_run_tables}} t
WHERE t.state = 'failed' AND NOT t.dropped_from_dead AND ($1 = '' OR {{text "t.run_id"}} = $1)
ORDER BY t.run_id DESC, t.source_name, t.database_name, t.table_name LIMIT $2

-- name: DropDead
UPDATE {{sync_run_tables}} SET dropped_from_dead = true WHERE run_id = $1 AND state = 'failed' AND NOT dropped_from_dead

-- name: SaveConfigVersion
INSERT INTO {{config_versions}} (config_version_id, hash, content) VALUES ($1, $2, $3) ON CONFLICT (config_version_id) DO NOTHING

-- name: LedgerCounts
SELECT {{template "count" "state = 'done'"}}, {{template "count" "state = 'failed'"}}, {{template "count" "state = 'skipped'"}},
       {{template "count" "state IN ('pending', 'leased')"}}, {{template "count" "state = 'skipped' AND error_class = 'timed_out'"}}, {{template "count" "state = 'skipped' AND error_class = 'cancelled'"}},
       CAST(coalesce(sum(fields), 0) AS bigint), CAST(coalesce(sum(changes), 0) AS bigint),
       CAST(coalesce(sum(attempt - 1) FILTER (WHERE attempt > 1), 0) AS bigint), CAST(count(*) AS bigint)
FROM {{sync_run_tables}} WHERE run_id = $1

-- name: RunTimes
SELECT plan_complete, held IS NOT NULL, resumes, coalesce(deadline_at <= {{now}}, false),
       coalesce(cancel_requested_at <= {{after "$2"}}, false), coalesce(cancelled_by, ''),
       coalesce(validation_status, ''), coalesce(validation_reason, '')
FROM {{sync_runs}} WHERE run_id = $1

-- name: UpdateProgress
UPDATE {{sync_runs}} SET tables_processed = $2, tables_failed = $3, tables_skipped = $4, fields_processed = $5,
    changes_applied = CASE WHEN dry_run THEN 0 ELSE {{int "$6"}} + (SELECT count(*) FROM {{metadata_changes}} c WHERE c.run_id = $1 AND c.status = 'approved') END,
    changes_pending = (SELECT count(*) FROM {{metadata_changes}} c WHERE c.run_id = $1 AND c.status = 'pending'), retries = $7
WHERE run_id = $1
RETURNING changes_applied, changes_pending

-- name: FinishRun
UPDATE {{sync_runs}} SET status = $2, error = nullif($3, ''), completed_at = {{now}}, duration = {{elapsed "started_at"}}
WHERE run_id = $1 AND completed_at IS NULL

-- name: FinishSources
INSERT INTO {{source_state}} AS o (source_name, privileges, token, since_sweep, run_seq, updated_at)
SELECT s.source_name, CASE WHEN s.complete AND s.missing = 0 AND {{template "was_alone"}} THEN s.privileges END,
       CASE WHEN s.complete AND $2 = 'completed' AND {{template "was_alone"}} THEN s.token END, CASE WHEN s.swept THEN 0 ELSE 1 END, r.run_seq, {{now}}
FROM {{sync_run_sources}} s JOIN {{sync_runs}} r ON r.run_id = s.run_id WHERE s.run_id = $1
ON CONFLICT (source_name) DO UPDATE SET privileges = coalesce(excluded.privileges, o.privileges), token = excluded.token,
    since_sweep = CASE WHEN excluded.since_sweep = 0 THEN 0 ELSE o.since_sweep + 1 END, run_seq = excluded.run_seq, updated_at = excluded.updated_at
WHERE o.run_seq <= excluded.run_seq

-- name: RememberPrivileges
INSERT INTO {{source_state}} AS o (source_name, privileges, run_seq)
SELECT s.source_name, s.privileges, 0 FROM {{sync_run_sources}} s JOIN {{sync_runs}} r ON r.run_id = s.run_id
WHERE s.run_id = $1 AND s.complete AND s.missing = 0 AND s.privileges IS NOT NULL AND {{template "was_alone"}}
ON CONFLICT (source_name) DO UPDATE SET privileges = excluded.privileges WHERE o.privileges IS NULL

-- name: AwaitApproval
UPDATE {{sync_runs}} SET status = 'awaiting_approval', error = $2 WHERE run_id = $1
