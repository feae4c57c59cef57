-- name: AddHappening
INSERT INTO {{outbox}} (outbox_key, run_id, kind, payload) VALUES ($1, $2, $3, $4) ON CONFLICT (outbox_key) DO NOTHING

-- name: Happenings
SELECT outbox_key, kind, created_at, {{text "payload"}} FROM {{outbox}} WHERE told_at IS NULL ORDER BY created_at, outbox_key LIMIT $1

-- name: MarkTold
UPDATE {{outbox}} SET told_at = {{now}} WHERE outbox_key = $1 AND told_at IS NULL

-- name: AddDelivery
INSERT INTO {{outbox_deliveries}} (outbox_key, event, channel, target, notice) VALUES ($1, $2, $3, $4, $5)

-- name: ClaimDelivery
UPDATE {{outbox_deliveries}} AS t SET holder = $1, held_until = {{after "$3"}}, attempts = t.attempts + 1
WHERE (t.outbox_key, t.event, t.channel, t.target) = (
    SELECT d.outbox_key, d.event, d.channel, d.target FROM {{outbox_deliveries}} d
    WHERE d.channel = $2 AND {{template "open_delivery"}} AND d.due_at <= {{now}}
    ORDER BY d.due_at, d.outbox_key, d.event, d.target LIMIT 1 {{skip_locked}})
RETURNING {{r}}outbox_key, {{r}}event, {{r}}channel, {{r}}target, {{text "notice"}}, {{r}}attempts, {{r}}created_at

{{define "open_delivery"}}d.sent_at IS NULL AND d.gave_up_at IS NULL AND (d.held_until IS NULL OR d.held_until <= {{now}}){{end}}

-- name: DeliverySent
UPDATE {{outbox_deliveries}} SET sent_at = {{now}}, gave_up_at = NULL, held_until = NULL, error = NULL
WHERE outbox_key = $1 AND event = $2 AND channel = $3 AND target = $4 AND sent_at IS NULL

-- name: DeliveryFailed
UPDATE {{outbox_deliveries}} SET held_until = NULL, error = $6, due_at = {{after "$7"}},
    gave_up_at = CASE WHEN {{float "$7"}} < 0 THEN {{now}} END
WHERE outbox_key = $1 AND event = $2 AND channel = $3 AND target = $4 AND holder = $5 AND held_until IS NOT NULL AND sent_at IS NULL

-- name: GiveUpDeliveries
UPDATE {{outbox_deliveries}} AS d SET gave_up_at = {{now}}, error = coalesce(d.error, 'nobody tried to send it in time')
WHERE {{template "open_delivery"}} AND d.created_at < {{after "$1"}}
RETURNING outbox_key, event, channel, target

-- name: FreeDeliveries
UPDATE {{outbox_deliveries}} SET held_until = NULL WHERE held_until IS NOT NULL

-- name: ChangesOf
SELECT c.source_name, c.database_name, c.table_name, coalesce(c.field_name, ''), c.attribute, coalesce(c.old_value, ''), coalesce(c.new_value, ''),
       coalesce(c.confidence, 0), coalesce(c.reason, ''), coalesce(c.held, '')
FROM {{metadata_changes}} c JOIN {{outbox}} h ON h.outbox_key = $2
WHERE c.run_id = $1 AND c.created_at <= h.created_at AND NOT EXISTS (
    SELECT 1 FROM {{outbox}} o WHERE o.run_id = $1 AND o.kind = 'run_finished' AND o.created_at >= c.created_at AND o.created_at < h.created_at)
ORDER BY c.source_name, c.database_name, c.table_name, c.field_name, c.change_id

-- name: FindingsOf
SELECT coalesce(source_name, ''), coalesce(database_name, ''), coalesce(table_name, ''), coalesce(field_name, ''), error_type, message, severity
FROM {{validation_errors}} WHERE run_id = $1 AND NOT is_resolved ORDER BY source_name, database_name, table_name, field_name, error_id

-- name: FailedOf
SELECT source_name, database_name, table_name, '', coalesce(error_class, ''), coalesce(error, ''), ''
FROM {{sync_run_tables}} WHERE run_id = $1 AND state = 'failed' ORDER BY source_name, database_name, table_name
