{{define "live_after"}}t.removed_at IS NULL AND (t.source_name, t.database_name, t.table_name) > ($1, $2, $3){{end}}

-- name: PageTables
SELECT t.source_name, t.database_name, t.table_name, t.kind, t.description, {{template "annotation_columns"}}
FROM {{table_metadata}} t WHERE {{template "live_after"}} ORDER BY t.source_name, t.database_name, t.table_name LIMIT $4

{{define "page_fields"}}SELECT t.source_name, t.database_name, t.table_name, t.field_name, t.ordinal, t.data_type, t.is_nullable, t.description, {{template "annotation_columns"}}
FROM {{field_metadata}} t WHERE {{template "live_after"}} {{.}} ORDER BY t.source_name, t.database_name, t.table_name, t.ordinal, t.field_name{{end}}

-- name: PageFields
{{template "page_fields" "AND (source_name, database_name, table_name) <= ($4, $5, $6)"}}

-- name: LastPageFields
{{template "page_fields" ""}}

{{define "page_findings"}}SELECT error_id, finding_key, severity, message, coalesce(suggested_fix, '') FROM {{validation_errors}}
WHERE NOT is_resolved AND finding_key IS NOT NULL AND (source_name, database_name, table_name) > ($1, $2, $3) {{.}}{{end}}

-- name: PageFindings
{{template "page_findings" "AND (source_name, database_name, table_name) <= ($4, $5, $6)"}}

-- name: LastPageFindings
{{template "page_findings" ""}}

-- name: UpsertFindings
INSERT INTO {{validation_errors}} (run_id, error_type, severity, source_name, database_name, table_name, field_name, message, suggested_fix, finding_key)
SELECT {{uuid_param "$2"}}, k.error_type, k.severity, k.source_name, k.database_name, k.table_name, k.field_name, k.message, k.suggested_fix, k.finding_key
FROM {{rows "$1" "error_type text, severity text, source_name name, database_name name, table_name name, field_name name, message text, suggested_fix text, finding_key text"}} AS k
WHERE true
ON CONFLICT (finding_key) WHERE NOT is_resolved
DO UPDATE SET severity = excluded.severity, message = excluded.message, suggested_fix = excluded.suggested_fix

-- name: ResolveFindings
UPDATE {{validation_errors}} AS t SET is_resolved = true, resolved_at = {{now}}
FROM {{rows "$1" "error_id bigint"}} AS k WHERE t.error_id = k.error_id AND NOT t.is_resolved

-- name: EndValidation
UPDATE {{sync_runs}} SET validated_at = {{now}}, validation_errors = $2, validation_warnings = $3, validation_infos = $4,
    validation_status = nullif($5, ''), validation_reason = nullif($6, '')
WHERE run_id = $1 AND completed_at IS NULL AND resumes = $7

-- name: Findings
SELECT error_id, run_id, error_type, severity, coalesce(source_name, ''), coalesce(database_name, ''), coalesce(table_name, ''), coalesce(field_name, ''),
       message, coalesce(suggested_fix, ''), created_at
FROM {{validation_errors}} WHERE NOT is_resolved AND ($1 = '' OR severity = $1)
ORDER BY 5, 6, 7, 8, error_type, error_id
