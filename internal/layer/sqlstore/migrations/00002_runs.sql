-- Runs, the ledger, delta state, leases and what has to leave.

-- +goose Up
CREATE TABLE {{config_versions}} (
    config_version_id text PRIMARY KEY,
    hash              text NOT NULL,
    content           {{document}} NOT NULL, -- redacted
    applied_at        {{time}} NOT NULL DEFAULT ({{now}})
);

CREATE TABLE {{sync_runs}} (
    run_id              {{uuid}} PRIMARY KEY,
    run_seq             bigint NOT NULL,
    started_at          {{time}} NOT NULL DEFAULT ({{now}}),
    completed_at        {{time}},
    duration            {{duration}},
    tables_processed    integer NOT NULL DEFAULT 0,
    mode                text NOT NULL,
    status              text NOT NULL,
    {{q "trigger"}}     text NOT NULL,
    dry_run             boolean NOT NULL DEFAULT false,
    tables_discovered   integer NOT NULL DEFAULT 0,
    tables_total        integer NOT NULL DEFAULT 0,
    tables_new          integer NOT NULL DEFAULT 0,
    tables_changed      integer NOT NULL DEFAULT 0,
    tables_forced       integer NOT NULL DEFAULT 0,
    tables_renamed      integer NOT NULL DEFAULT 0,
    tables_dropped      integer NOT NULL DEFAULT 0,
    tables_unchanged    integer NOT NULL DEFAULT 0,
    tables_filtered     integer NOT NULL DEFAULT 0,
    tables_failed       integer NOT NULL DEFAULT 0,
    tables_skipped      integer NOT NULL DEFAULT 0,
    fields_processed    bigint NOT NULL DEFAULT 0,
    changes_applied     bigint NOT NULL DEFAULT 0,
    changes_pending     bigint NOT NULL DEFAULT 0,
    retries             bigint NOT NULL DEFAULT 0,
    error               text,
    config_version_id   text,
    initiated_by        text,
    settings            {{document}} NOT NULL,
    plan_complete       boolean NOT NULL DEFAULT false,
    deadline_at         {{time}},
    cancel_requested_at {{time}},
    cancelled_by        text,
    resumes             integer NOT NULL DEFAULT 0,
    held                text -- why the plan waits for a person; NULL when it does not
);
CREATE UNIQUE INDEX {{index "sync_runs_seq"}} ON {{sync_runs}} (run_seq);
CREATE INDEX {{index "sync_runs_active"}} ON {{sync_runs}} (status) WHERE completed_at IS NULL;

CREATE TABLE {{sync_run_sources}} (
    run_id      {{uuid}} NOT NULL REFERENCES {{sync_runs}} ON DELETE CASCADE,
    source_name {{name}} NOT NULL,
    swept       boolean NOT NULL,
    complete    boolean NOT NULL,
    failed      boolean NOT NULL,
    why         text,
    privileges  text,
    token       text,
    discovered  integer NOT NULL,
    unchanged   integer NOT NULL,
    filtered    integer NOT NULL,
    missing     integer NOT NULL,
    known       integer NOT NULL,
    PRIMARY KEY (run_id, source_name)
);

CREATE TABLE {{sync_run_batches}} (
    run_id        {{uuid}} NOT NULL REFERENCES {{sync_runs}} ON DELETE CASCADE,
    batch         integer NOT NULL,
    source_name   {{name}} NOT NULL,
    database_name {{name}} NOT NULL, -- of its first table
    generation    integer NOT NULL DEFAULT 0,
    dispatched_at {{time}},
    due_at        {{time}} NOT NULL DEFAULT ({{now}}),
    PRIMARY KEY (run_id, batch)
);

CREATE TABLE {{sync_run_tables}} (
    run_id          {{uuid}} NOT NULL,
    source_name     {{name}} NOT NULL,
    database_name   {{name}} NOT NULL,
    table_name      {{name}} NOT NULL,
    state           text NOT NULL DEFAULT 'pending',
    reason          text NOT NULL,
    batch           integer NOT NULL,
    generation      integer NOT NULL DEFAULT 0,
    attempt         integer NOT NULL DEFAULT 0,
    owner           text,
    solo            boolean NOT NULL DEFAULT false, -- the present lease is for this table alone
    crash_count     integer NOT NULL DEFAULT 0,
    solo_crashes    integer NOT NULL DEFAULT 0,
    fail_count      integer NOT NULL DEFAULT 0,
    error_class     text,
    error           text,
    fields          integer NOT NULL DEFAULT 0,
    changes         integer NOT NULL DEFAULT 0,
    duration_ms     bigint NOT NULL DEFAULT 0,
    leased_at       {{time}},
    committed_at    {{time}},
    object_id       text,
    last_modified   text, -- what detection saw, RFC 3339
    version         text,
    renamed_from_database {{name}},
    renamed_from_table    {{name}},
    dropped_from_dead boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_id, source_name, database_name, table_name)
){{fill}};
CREATE INDEX {{index "sync_run_tables_batch"}} ON {{sync_run_tables}} (run_id, batch);
CREATE INDEX {{index "sync_run_tables_dropped"}} ON {{sync_run_tables}} (run_id, source_name, object_id) WHERE reason = 'dropped';
CREATE INDEX {{index "sync_run_tables_owner"}} ON {{sync_run_tables}} (owner) WHERE state = 'leased';

CREATE TABLE {{sync_checkpoints}} (
    run_id       {{uuid}} NOT NULL REFERENCES {{sync_runs}} ON DELETE CASCADE,
    batch        integer NOT NULL,
    sequence     bigint NOT NULL,
    tables_done  integer NOT NULL,
    committed_at {{time}} NOT NULL DEFAULT ({{now}}),
    PRIMARY KEY (run_id, batch, sequence)
);

CREATE TABLE {{table_state}} (
    source_name    {{name}} NOT NULL,
    database_name  {{name}} NOT NULL,
    table_name     {{name}} NOT NULL,
    fingerprint    text,
    method         text NOT NULL,
    last_modified  text,
    version        text,
    object_id      text,
    run_seq        bigint NOT NULL,
    last_synced_at {{time}} NOT NULL DEFAULT ({{now}}),
    PRIMARY KEY (source_name, database_name, table_name)
);

CREATE TABLE {{source_state}} (
    source_name {{name}} PRIMARY KEY,
    privileges  text,
    token       text,
    since_sweep integer NOT NULL DEFAULT 0,
    updated_at  {{time}} NOT NULL DEFAULT ({{now}})
);

CREATE TABLE {{metadata_changes}} (
    change_id     {{id}},
    run_id        {{uuid}},
    source_name   {{name}} NOT NULL,
    database_name {{name}} NOT NULL,
    table_name    {{name}} NOT NULL,
    field_name    {{name}},
    object        text NOT NULL, -- source:database.table or source:database.table.field
    attribute     text NOT NULL,
    old_value     text,
    new_value     text,
    confidence    {{real}},
    reason        text,
    status        text NOT NULL,
    created_at    {{time}} NOT NULL DEFAULT ({{now}}),
    decided_by    text,
    decided_at    {{time}}
);
CREATE INDEX {{index "metadata_changes_run"}} ON {{metadata_changes}} (run_id);

CREATE TABLE {{workers}} (
    worker_id    text PRIMARY KEY,
    host         text NOT NULL,
    pid          integer NOT NULL,
    version      text NOT NULL,
    concurrency  integer NOT NULL,
    started_at   {{time}} NOT NULL DEFAULT ({{now}}),
    heartbeat_at {{time}} NOT NULL,
    expires_at   {{time}} NOT NULL
);

-- The epoch stands in a unique index so that an election, and only that,
-- conflicts with the key-share lock that each coordinator transaction takes.
CREATE TABLE {{coordinator_lease}} (
    name       text PRIMARY KEY,
    holder     text NOT NULL,
    epoch      bigint NOT NULL,
    expires_at {{time}} NOT NULL,
    UNIQUE (name, epoch)
);

CREATE TABLE {{schedule_fires}} (
    schedule   text NOT NULL,
    fire_time  {{time}} NOT NULL,
    run_id     {{uuid}},
    created_at {{time}} NOT NULL DEFAULT ({{now}}),
    PRIMARY KEY (schedule, fire_time)
);

CREATE TABLE {{queue_mark}} (
    name text PRIMARY KEY,
    mark text NOT NULL
);

CREATE TABLE {{outbox}} (
    outbox_key  text PRIMARY KEY, -- the same for the same happening, so that it leaves once
    run_id      {{uuid}},
    kind        text NOT NULL,
    payload     {{document}} NOT NULL,
    created_at  {{time}} NOT NULL DEFAULT ({{now}}),
    attempts    integer NOT NULL DEFAULT 0,
    due_at      {{time}} NOT NULL DEFAULT ({{now}}),
    sent_at     {{time}},
    error       text
);

CREATE VIEW {{sync_history}} AS
SELECT run_id AS sync_id, started_at AS sync_started_at, completed_at AS sync_completed_at,
       {{seconds "duration"}} AS duration_seconds, mode AS sync_mode, status AS sync_status,
       tables_processed, tables_failed, fields_processed, changes_applied, error AS error_message, initiated_by
FROM {{sync_runs}};

-- +goose Down
DROP VIEW {{sync_history}};
DROP TABLE {{outbox}};
DROP TABLE {{queue_mark}};
DROP TABLE {{schedule_fires}};
DROP TABLE {{coordinator_lease}};
DROP TABLE {{workers}};
DROP TABLE {{metadata_changes}};
DROP TABLE {{source_state}};
DROP TABLE {{table_state}};
DROP TABLE {{sync_checkpoints}};
DROP TABLE {{sync_run_tables}};
DROP TABLE {{sync_run_batches}};
DROP TABLE {{sync_run_sources}};
DROP TABLE {{sync_runs}};
DROP TABLE {{config_versions}};
