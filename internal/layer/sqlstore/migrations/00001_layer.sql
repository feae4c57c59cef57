-- The semantic layer: what people read. Types in braces are the dialect's own:
-- name is text in byte order, list is text[] or JSON, time is a moment in UTC.

-- +goose Up
CREATE TABLE {{table_metadata}} (
    source_name         {{name}} NOT NULL,
    database_name       {{name}} NOT NULL,
    table_name          {{name}} NOT NULL,
    kind                text NOT NULL,
    description         text,
    description_origin  text,
    tags                {{list}},
    semantic_type       text,
    business_term       text,
    is_pii              boolean,
    pii_category        text,
    owner               text,
    steward_email       text,
    data_classification text,
    valid_values        {{list}},
    refresh_cadence     text,
    estimated_rows      bigint,
    confidence          {{real}},
    evidence            text,
    object_id           text,
    base                {{document}}, -- what semsync last wrote into the columns that people may edit
    first_seen_at       {{time}} NOT NULL DEFAULT ({{now}}),
    last_synced_at      {{time}},
    last_run_id         {{uuid}},
    updated_at          {{time}} NOT NULL DEFAULT ({{now}}),
    removed_at          {{time}},
    PRIMARY KEY (source_name, database_name, table_name)
);

CREATE TABLE {{field_metadata}} (
    source_name         {{name}} NOT NULL,
    database_name       {{name}} NOT NULL,
    table_name          {{name}} NOT NULL,
    field_name          {{name}} NOT NULL,
    ordinal             integer NOT NULL DEFAULT 0,
    data_type           text NOT NULL DEFAULT '',
    is_nullable         boolean NOT NULL DEFAULT true,
    description         text,
    description_origin  text,
    tags                {{list}},
    semantic_type       text,
    business_term       text,
    is_pii              boolean,
    pii_category        text,
    owner               text,
    steward_email       text,
    data_classification text,
    valid_values        {{list}},
    confidence          {{real}},
    evidence            text,
    object_id           text,
    base                {{document}},
    created_at          {{time}} NOT NULL DEFAULT ({{now}}),
    updated_at          {{time}} NOT NULL DEFAULT ({{now}}),
    verified_at         {{time}},
    verified_by         text,
    removed_at          {{time}},
    PRIMARY KEY (source_name, database_name, table_name, field_name)
);

CREATE TABLE {{glossary}} (
    term             text PRIMARY KEY,
    abbreviation     text,
    definition       text,
    owner            text,
    related_fields   {{list}},
    business_rule    text,
    last_reviewed_at {{time}},
    created_at       {{time}} NOT NULL DEFAULT ({{now}}),
    updated_at       {{time}} NOT NULL DEFAULT ({{now}})
);

CREATE TABLE {{governance}} (
    governance_id {{id}},
    source_name   {{name}},
    database_name {{name}},
    table_name    {{name}},
    field_name    {{name}},
    policy        text NOT NULL,
    value         text,
    owner         text,
    created_at    {{time}} NOT NULL DEFAULT ({{now}}),
    updated_at    {{time}} NOT NULL DEFAULT ({{now}})
);

CREATE TABLE {{field_relationships}} (
    relationship_id   {{id}},
    name              text,
    source_name       {{name}} NOT NULL,
    from_field        text NOT NULL, -- database.table.field
    to_field          text NOT NULL,
    relationship_type text NOT NULL,
    cardinality       text,
    join_logic        text,
    description       text,
    origin            text NOT NULL,
    confidence        {{real}},
    created_at        {{time}} NOT NULL DEFAULT ({{now}}),
    updated_at        {{time}} NOT NULL DEFAULT ({{now}}),
    removed_at        {{time}},
    UNIQUE (source_name, from_field, to_field, relationship_type)
);

CREATE TABLE {{field_lineage}} (
    lineage_id     {{id}},
    name           text,
    from_field     text NOT NULL,
    to_field       text NOT NULL,
    transformation text,
    description    text,
    criticality    text,
    origin         text NOT NULL,
    created_at     {{time}} NOT NULL DEFAULT ({{now}}),
    updated_at     {{time}} NOT NULL DEFAULT ({{now}}),
    UNIQUE (from_field, to_field)
);

CREATE TABLE {{table_dependencies}} (
    source_name     {{name}} NOT NULL,
    from_table      text NOT NULL, -- database.table
    to_table        text NOT NULL,
    dependency_type text NOT NULL,
    created_at      {{time}} NOT NULL DEFAULT ({{now}}),
    PRIMARY KEY (source_name, from_table, to_table, dependency_type)
);

CREATE TABLE {{impact_analysis}} (
    impact_id      {{id}},
    changed_field  text NOT NULL,
    affected_field text NOT NULL,
    distance       integer NOT NULL,
    criticality    text,
    run_id         {{uuid}},
    created_at     {{time}} NOT NULL DEFAULT ({{now}})
);

CREATE TABLE {{field_usage}} (
    source_name   {{name}} NOT NULL,
    database_name {{name}} NOT NULL,
    table_name    {{name}} NOT NULL,
    field_name    {{name}} NOT NULL,
    used_by       text NOT NULL,
    usage_count   bigint NOT NULL DEFAULT 0,
    last_used_at  {{time}},
    PRIMARY KEY (source_name, database_name, table_name, field_name, used_by)
);

CREATE TABLE {{validation_errors}} (
    error_id      {{id}},
    run_id        {{uuid}},
    error_type    text NOT NULL,
    severity      text NOT NULL,
    source_name   {{name}},
    database_name {{name}},
    table_name    {{name}},
    field_name    {{name}},
    message       text NOT NULL,
    suggested_fix text,
    is_resolved   boolean NOT NULL DEFAULT false,
    created_at    {{time}} NOT NULL DEFAULT ({{now}}),
    resolved_at   {{time}}
);

-- +goose Down
DROP TABLE {{validation_errors}};
DROP TABLE {{field_usage}};
DROP TABLE {{impact_analysis}};
DROP TABLE {{table_dependencies}};
DROP TABLE {{field_lineage}};
DROP TABLE {{field_relationships}};
DROP TABLE {{governance}};
DROP TABLE {{glossary}};
DROP TABLE {{field_metadata}};
DROP TABLE {{table_metadata}};
