-- What the definition files said when a dry run was planned, which an applied run would declare.

-- +goose Up
CREATE TABLE {{declared_previews}} (
    run_id        {{uuid}} NOT NULL REFERENCES {{sync_runs}} ON DELETE CASCADE,
    source_name   {{name}} NOT NULL, -- '' for any source
    database_name {{name}} NOT NULL,
    table_name    {{name}} NOT NULL,
    digest        text NOT NULL,
    document      {{document}} NOT NULL,
    PRIMARY KEY (run_id, source_name, database_name, table_name)
);

-- +goose Down
DROP TABLE {{declared_previews}};
