-- What new tables without a stable id are made of, so that one that is gone may be known in them.

-- +goose Up
ALTER TABLE {{sync_run_tables}} ADD COLUMN shape text;

-- +goose Down
ALTER TABLE {{sync_run_tables}} DROP COLUMN shape;
