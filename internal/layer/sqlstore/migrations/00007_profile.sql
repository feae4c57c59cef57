-- Where the time of profiled runs went, by process.

-- +goose Up
CREATE TABLE {{run_profile}} (
    run_id      {{uuid}} NOT NULL REFERENCES {{sync_runs}} ON DELETE CASCADE,
    process     text NOT NULL,
    lines       {{document}} NOT NULL,
    updated_at  {{time}} NOT NULL DEFAULT ({{now}}),
    PRIMARY KEY (run_id, process)
);

-- +goose Down
DROP TABLE {{run_profile}};
