-- name: ReapAll
{{template "reap"}}
RETURNING {{r}}run_id, {{r}}batch

-- name: ReapBatch
{{template "reap"}} AND t.run_id = $1 AND t.batch = $2
RETURNING {{r}}run_id, {{r}}batch

-- name: BatchDueNow
UPDATE {{sync_run_batches}} SET due_at = {{now}}, dispatched_at = NULL WHERE run_id = $1 AND batch = $2

-- name: DueBatches
SELECT b.batch, b.generation, b.dispatched_at IS NOT NULL
FROM {{sync_run_batches}} b JOIN {{sync_runs}} r ON r.run_id = b.run_id
WHERE b.run_id = $1 AND {{template "open_batch"}} AND ($3 = 0 OR NOT {{template "earlier_open"}})
ORDER BY b.batch LIMIT $2

-- name: NextBatch
SELECT b.run_id, b.batch, b.generation
FROM {{sync_run_batches}} b JOIN {{sync_runs}} r ON r.run_id = b.run_id
WHERE {{template "open_batch"}} AND NOT ({{text "r.settings"}} LIKE '%"parallel_mode":"database"%' AND {{template "earlier_open"}})
ORDER BY b.run_id, b.batch LIMIT 1

-- name: EarlierOpen
SELECT {{template "earlier_open"}} FROM {{sync_run_batches}} b WHERE b.run_id = $1 AND b.batch = $2

-- name: MarkDispatched
UPDATE {{sync_run_batches}} AS t SET generation = generation + 1, dispatched_at = {{now}}, due_at = {{after "$3"}}
FROM {{rows "$1" "batch integer"}} AS k WHERE t.run_id = $2 AND t.batch = k.batch
RETURNING {{r}}batch, {{r}}generation

-- name: Postpone
UPDATE {{sync_run_batches}} AS t SET due_at = {{after "$3"}}
FROM {{rows "$1" "batch integer"}} AS k WHERE t.run_id = $2 AND t.batch = k.batch

-- name: RedispatchAll
UPDATE {{sync_run_batches}} SET due_at = {{now}}, dispatched_at = NULL
WHERE EXISTS (SELECT 1 FROM {{sync_run_tables}} t
    WHERE t.run_id = {{sync_run_batches}}.run_id AND t.batch = {{sync_run_batches}}.batch AND t.state = 'pending')

-- name: FailedSources
SELECT source_name, coalesce(why, '') FROM {{sync_run_sources}} WHERE run_id = $1 AND failed ORDER BY source_name

-- name: QueueMark
SELECT mark FROM {{queue_mark}} WHERE name = 'queue'

-- name: SetQueueMark
INSERT INTO {{queue_mark}} (name, mark) VALUES ('queue', $1) ON CONFLICT (name) DO UPDATE SET mark = excluded.mark
