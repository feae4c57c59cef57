-- Findings that are told apart by a key, and what they mean for a run.

-- +goose Up
ALTER TABLE {{validation_errors}} ADD COLUMN finding_key text; -- a hash; NULL in rows that people added
CREATE UNIQUE INDEX {{index "validation_errors_open"}} ON {{validation_errors}} (finding_key) WHERE NOT is_resolved;
CREATE INDEX {{index "validation_errors_object"}} ON {{validation_errors}} (source_name, database_name, table_name) WHERE NOT is_resolved;

ALTER TABLE {{sync_runs}} ADD COLUMN validated_at {{time}};
ALTER TABLE {{sync_runs}} ADD COLUMN validation_errors integer NOT NULL DEFAULT 0;
ALTER TABLE {{sync_runs}} ADD COLUMN validation_warnings integer NOT NULL DEFAULT 0;
ALTER TABLE {{sync_runs}} ADD COLUMN validation_infos integer NOT NULL DEFAULT 0;
ALTER TABLE {{sync_runs}} ADD COLUMN validation_status text; -- that the findings give the run; NULL when they give none
ALTER TABLE {{sync_runs}} ADD COLUMN validation_reason text;

-- +goose Down
ALTER TABLE {{sync_runs}} DROP COLUMN validation_reason;
ALTER TABLE {{sync_runs}} DROP COLUMN validation_status;
ALTER TABLE {{sync_runs}} DROP COLUMN validation_infos;
ALTER TABLE {{sync_runs}} DROP COLUMN validation_warnings;
ALTER TABLE {{sync_runs}} DROP COLUMN validation_errors;
ALTER TABLE {{sync_runs}} DROP COLUMN validated_at;
DROP INDEX {{qualified "validation_errors_object"}};
DROP INDEX {{qualified "validation_errors_open"}};
ALTER TABLE {{validation_errors}} DROP COLUMN finding_key;
