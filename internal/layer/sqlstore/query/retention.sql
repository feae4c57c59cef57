-- name: OldRuns
SELECT run_id FROM {{sync_runs}} r
WHERE r.completed_at < {{after "$1"}} AND r.run_seq < (SELECT max(run_seq) FROM {{sync_runs}})
  AND NOT EXISTS (SELECT 1 FROM {{metadata_changes}} c WHERE c.run_id = r.run_id AND c.status = 'pending')
ORDER BY r.run_seq LIMIT $2

-- name: PruneVotes
DELETE FROM {{change_votes}} WHERE change_id IN (SELECT c.change_id FROM {{metadata_changes}} c WHERE c.run_id = $1 AND c.status <> 'applied')

-- name: PruneChanges
DELETE FROM {{metadata_changes}} WHERE run_id = $1

-- name: PruneTables
DELETE FROM {{sync_run_tables}} WHERE run_id = $1

-- name: PruneOutbox
DELETE FROM {{outbox}} WHERE run_id = $1

-- name: PruneFires
DELETE FROM {{schedule_fires}} WHERE run_id = $1 AND fire_time < (SELECT max(f.fire_time) FROM {{schedule_fires}} f WHERE f.schedule = {{schedule_fires}}.schedule)

-- name: PruneRun
DELETE FROM {{sync_runs}} WHERE run_id = $1
