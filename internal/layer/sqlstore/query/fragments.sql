{{define "run_columns"}}run_id, run_seq, {{q "trigger"}}, coalesce(initiated_by, ''), status, {{text "settings"}}, coalesce(error, ''),
    started_at, completed_at, {{seconds "duration"}}, cancel_requested_at IS NOT NULL, held IS NOT NULL,
    tables_discovered, tables_unchanged, tables_filtered, tables_total, tables_new, tables_changed, tables_forced, tables_renamed, tables_dropped,
    tables_processed, tables_failed, tables_skipped, fields_processed, changes_applied, changes_pending, retries,
    resumes, validated_at IS NOT NULL, validation_errors, validation_warnings, validation_infos{{end}}

{{define "run_table_columns"}}t.source_name, t.database_name, t.table_name, t.reason, t.state, t.batch, t.attempt, t.fail_count, t.crash_count,
    coalesce(t.error_class, ''), coalesce(t.error, ''), t.fields, t.changes, t.duration_ms{{end}}

{{define "change_columns"}}t.change_id, t.source_name, t.database_name, t.table_name, coalesce(t.field_name, ''), t.attribute,
    coalesce(t.old_value, ''), coalesce(t.new_value, ''), coalesce(t.confidence, 0), coalesce(t.reason, ''), coalesce(t.held, ''), t.status,
    t.created_at, coalesce(t.decided_by, ''), coalesce(t.comment, ''){{end}}

{{define "count"}}CAST(count(*) FILTER (WHERE {{.}}) AS bigint){{end}}

{{define "same_table"}}t.source_name = k.source_name AND t.database_name = k.database_name AND t.table_name = k.table_name{{end}}

{{define "reap"}}UPDATE {{sync_run_tables}} AS t SET
    state = CASE WHEN t.solo AND t.solo_crashes >= 1 THEN 'failed' ELSE 'pending' END,
    error_class = CASE WHEN t.solo AND t.solo_crashes >= 1 THEN 'quarantined' ELSE t.error_class END,
    error = CASE WHEN t.solo AND t.solo_crashes >= 1
                 THEN 'set aside: its worker died twice while working on this table alone' ELSE t.error END,
    crash_count = t.crash_count + 1,
    solo_crashes = t.solo_crashes + CASE WHEN t.solo THEN 1 ELSE 0 END,
    owner = NULL, solo = false
WHERE t.state = 'leased'
  AND NOT EXISTS (SELECT 1 FROM {{workers}} w WHERE w.worker_id = t.owner AND w.expires_at > {{now}}){{end}}

{{define "annotation_columns"}}{{text_list "t.tags"}}, t.semantic_type, t.business_term, t.is_pii, t.pii_category, t.owner, t.steward_email,
    t.data_classification, {{text_list "t.valid_values"}}{{end}}

{{define "open_batch"}}b.due_at <= {{now}} AND r.status = 'running' AND r.cancel_requested_at IS NULL
  AND EXISTS (SELECT 1 FROM {{sync_run_tables}} t WHERE t.run_id = b.run_id AND t.batch = b.batch AND t.state = 'pending')
  AND NOT EXISTS (SELECT 1 FROM {{sync_run_tables}} t WHERE t.run_id = b.run_id AND t.batch = b.batch AND t.state = 'leased'){{end}}

{{define "earlier_open"}}EXISTS (SELECT 1 FROM {{sync_run_batches}} e JOIN {{sync_run_tables}} t ON t.run_id = e.run_id AND t.batch = e.batch
    WHERE e.run_id = b.run_id AND e.source_name = b.source_name AND e.database_name = b.database_name AND e.batch < b.batch
      AND t.state IN ('pending', 'leased')){{end}}

{{/* The concatenations keep the index over leased rows out of it: rows that come with their key are found by that. */}}
{{define "leased_to"}}t.owner || '' = {{.}} AND t.state || '' = 'leased'{{end}}

{{/* A run that another one wrote beside does not know what its own read has missed since. */}}
{{define "was_alone"}}NOT EXISTS (SELECT 1 FROM {{sync_runs}} x WHERE x.run_id <> r.run_id AND (x.completed_at IS NULL OR x.completed_at >= r.started_at)){{end}}
