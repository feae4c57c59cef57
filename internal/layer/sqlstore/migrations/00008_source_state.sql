-- An older run that is resumed must not overwrite what a later one remembers of a source.

-- +goose Up
ALTER TABLE {{source_state}} ADD COLUMN run_seq bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE {{source_state}} DROP COLUMN run_seq;
