-- What definition files declare. A row's origin says who put it there, and so who may take it out: people by
-- SQL (manual, the default), definition files (definitions), the keys of a source (source), a guess (proposed), or
-- semsync's own reckoning (derived).

-- +goose Up
CREATE TABLE {{declared_tables}} (
    source_name   {{name}} NOT NULL, -- '' for any source
    database_name {{name}} NOT NULL,
    table_name    {{name}} NOT NULL,
    digest        text NOT NULL,
    document      {{document}} NOT NULL,
    updated_at    {{time}} NOT NULL DEFAULT ({{now}}),
    PRIMARY KEY (source_name, database_name, table_name)
);

ALTER TABLE {{glossary}} ADD COLUMN origin text NOT NULL DEFAULT 'manual';

ALTER TABLE {{governance}} ADD COLUMN description text;
ALTER TABLE {{governance}} ADD COLUMN origin text NOT NULL DEFAULT 'manual';
CREATE UNIQUE INDEX {{index "governance_declared"}} ON {{governance}}
    (coalesce(source_name, ''), coalesce(database_name, ''), coalesce(table_name, ''), coalesce(field_name, ''), policy) WHERE origin = 'definitions';

ALTER TABLE {{table_dependencies}} ADD COLUMN origin text NOT NULL DEFAULT 'manual';

ALTER TABLE {{impact_analysis}} ADD COLUMN level text NOT NULL DEFAULT 'field';
ALTER TABLE {{impact_analysis}} ADD COLUMN origin text NOT NULL DEFAULT 'manual';
CREATE UNIQUE INDEX {{index "impact_analysis_derived"}} ON {{impact_analysis}} (changed_field, affected_field) WHERE origin = 'derived';
CREATE INDEX {{index "impact_analysis_changed"}} ON {{impact_analysis}} (changed_field);

-- The origin becomes a part of the key, so that files and people may say the same.
CREATE TEMPORARY TABLE kept AS SELECT * FROM {{field_relationships}};
DROP TABLE {{field_relationships}};
CREATE TABLE {{field_relationships}} (
    relationship_id   {{id}},
    name              text,
    source_name       {{name}} NOT NULL DEFAULT '', -- '' for any source
    from_table        text, -- database.table, of rows that semsync made
    from_field        text NOT NULL, -- database.table.field
    to_field          text NOT NULL, -- with the source before it when it is another one
    relationship_type text NOT NULL DEFAULT 'foreign_key',
    cardinality       text,
    join_logic        text,
    description       text,
    criticality       text,
    origin            text NOT NULL DEFAULT 'manual',
    confidence        {{real}},
    evidence          text,
    created_at        {{time}} NOT NULL DEFAULT ({{now}}),
    updated_at        {{time}} NOT NULL DEFAULT ({{now}}),
    removed_at        {{time}},
    removed_by        text, -- overruled: a stronger row joins the same fields
    UNIQUE (source_name, from_field, to_field, relationship_type, origin)
);
INSERT INTO {{field_relationships}} (name, source_name, from_field, to_field, relationship_type, cardinality, join_logic, description, origin, confidence,
    created_at, updated_at, removed_at)
SELECT name, source_name, from_field, to_field, relationship_type, cardinality, join_logic, description, origin, confidence, created_at, updated_at, removed_at
FROM kept;
DROP TABLE kept;
CREATE INDEX {{index "field_relationships_fields"}} ON {{field_relationships}} (from_field, to_field);
CREATE INDEX {{index "field_relationships_table"}} ON {{field_relationships}} (source_name, from_table);

CREATE TEMPORARY TABLE kept AS SELECT * FROM {{field_lineage}};
DROP TABLE {{field_lineage}};
CREATE TABLE {{field_lineage}} (
    lineage_id     {{id}},
    name           text,
    from_field     text NOT NULL,
    to_field       text NOT NULL,
    transformation text,
    description    text,
    criticality    text,
    origin         text NOT NULL DEFAULT 'manual',
    created_at     {{time}} NOT NULL DEFAULT ({{now}}),
    updated_at     {{time}} NOT NULL DEFAULT ({{now}}),
    UNIQUE (from_field, to_field, origin)
);
INSERT INTO {{field_lineage}} (name, from_field, to_field, transformation, description, criticality, origin, created_at, updated_at)
SELECT name, from_field, to_field, transformation, description, criticality, origin, created_at, updated_at FROM kept;
DROP TABLE kept;

-- +goose Down
DROP TABLE {{declared_tables}};
