{{define "term_columns"}}abbreviation, definition, owner, related_fields, business_rule, last_reviewed_at{{end}}

{{define "policy_columns"}}value, owner, description{{end}}

{{define "relationship_columns"}}name, from_table, cardinality, join_logic, description, criticality, confidence, evidence{{end}}

{{define "relationship_key"}}source_name, from_field, to_field, relationship_type, origin{{end}}

{{define "lineage_columns"}}name, transformation, description, criticality{{end}}

{{/* A relationship x is overruled by one of a stronger origin between the same fields, whichever way it is written. */}}
{{define "overruled"}}(EXISTS (SELECT 1 FROM {{field_relationships}} d WHERE d.from_field = x.from_field AND d.to_field = x.to_field AND {{template "stronger"}})
    OR EXISTS (SELECT 1 FROM {{field_relationships}} d WHERE d.from_field = x.to_field AND d.to_field = x.from_field AND {{template "stronger"}})){{end}}

{{define "stronger"}}d.source_name IN (x.source_name, '') AND d.removed_at IS NULL
    AND (d.origin NOT IN ('source', 'proposed') OR (d.origin = 'source' AND x.origin = 'proposed')){{end}}

{{define "overrule"}}UPDATE {{field_relationships}} AS x SET removed_at = {{now}}, removed_by = 'overruled'
WHERE x.origin IN ('source', 'proposed') AND x.removed_at IS NULL AND {{template "overruled"}}{{end}}

{{define "restore"}}UPDATE {{field_relationships}} AS x SET removed_at = NULL, removed_by = NULL
WHERE x.removed_by = 'overruled' AND NOT {{template "overruled"}}{{end}}

-- name: Overrule
{{template "overrule"}}

-- name: Restore
{{template "restore"}}

-- name: DeleteDeclaredTables
DELETE FROM {{declared_tables}} WHERE (source_name, database_name, table_name) NOT IN (
    SELECT k.source_name, k.database_name, k.table_name FROM {{rows "$1" "source_name name, database_name name, table_name name"}} AS k)

-- name: UpsertDeclaredTables
INSERT INTO {{declared_tables}} AS d (source_name, database_name, table_name, digest, document)
SELECT k.source_name, k.database_name, k.table_name, k.digest, k.document
FROM {{rows "$1" "source_name name, database_name name, table_name name, digest text, document document"}} AS k
LEFT JOIN {{declared_tables}} t ON {{template "same_table"}}
WHERE t.digest IS NULL OR t.digest <> k.digest
ON CONFLICT (source_name, database_name, table_name) DO UPDATE SET digest = excluded.digest, document = excluded.document, updated_at = {{now}}

-- name: Declared
SELECT k.source_name, k.database_name, k.table_name, t.digest, {{text "t.document"}}
FROM {{rows "$1" "source_name name, database_name name, table_name name"}} AS k
JOIN {{declared_tables}} t ON t.source_name IN (k.source_name, '') AND t.database_name = k.database_name AND t.table_name = k.table_name
ORDER BY t.source_name

-- name: DeletePreviews
DELETE FROM {{declared_previews}} WHERE run_id = $1 OR run_id IN (SELECT run_id FROM {{sync_runs}} WHERE status = 'dry_run')

-- name: InsertPreviews
INSERT INTO {{declared_previews}} (run_id, source_name, database_name, table_name, digest, document)
SELECT {{uuid_param "$2"}}, k.source_name, k.database_name, k.table_name, k.digest, k.document
FROM {{rows "$1" "source_name name, database_name name, table_name name, digest text, document document"}} AS k

-- name: PreviewedFor
SELECT k.source_name, k.database_name, k.table_name, t.digest, {{text "t.document"}}
FROM {{rows "$1" "source_name name, database_name name, table_name name"}} AS k
JOIN {{declared_previews}} t ON t.source_name IN (k.source_name, '') AND t.database_name = k.database_name AND t.table_name = k.table_name
WHERE t.run_id = $2 ORDER BY t.source_name

-- name: DeclaredDigests
SELECT source_name, database_name, table_name, digest FROM {{declared_tables}}

-- name: DeleteTerms
DELETE FROM {{glossary}} WHERE origin = 'definitions' AND term NOT IN (SELECT k.term FROM {{rows "$1" "term text"}} AS k)

-- name: KeptTerms
SELECT t.term FROM {{rows "$1" "term text"}} AS k JOIN {{glossary}} t ON t.term = k.term WHERE t.origin <> 'definitions' ORDER BY t.term

-- name: UpsertTerms
INSERT INTO {{glossary}} AS d (term, {{template "term_columns"}}, origin)
SELECT k.term, {{columns "k" "abbreviation, definition, owner, related_fields, business_rule, last_reviewed_at"}}, 'definitions'
FROM {{rows "$1" "term text, abbreviation text, definition text, owner text, related_fields list, business_rule text, last_reviewed_at timestamptz"}} AS k
LEFT JOIN {{glossary}} t ON t.term = k.term
WHERE t.term IS NULL OR (t.origin = 'definitions' AND {{differs "t" "k" "abbreviation, definition, owner, related_fields, business_rule, last_reviewed_at"}})
ON CONFLICT (term) DO UPDATE SET {{excluded "abbreviation, definition, owner, related_fields, business_rule, last_reviewed_at"}}, updated_at = {{now}}
WHERE d.origin = 'definitions'

-- name: DeletePolicies
DELETE FROM {{governance}} WHERE origin = 'definitions'
  AND (coalesce(source_name, ''), coalesce(database_name, ''), coalesce(table_name, ''), coalesce(field_name, ''), policy) NOT IN (
    SELECT k.source_name, k.database_name, k.table_name, k.field_name, k.policy
    FROM {{rows "$1" "source_name name, database_name name, table_name name, field_name name, policy text"}} AS k)

-- name: UpsertPolicies
INSERT INTO {{governance}} AS d (source_name, database_name, table_name, field_name, policy, {{template "policy_columns"}}, origin)
SELECT nullif(k.source_name, ''), nullif(k.database_name, ''), nullif(k.table_name, ''), nullif(k.field_name, ''), k.policy, {{columns "k" "value, owner, description"}}, 'definitions'
FROM {{rows "$1" "source_name name, database_name name, table_name name, field_name name, policy text, value text, owner text, description text"}} AS k
LEFT JOIN {{governance}} t ON t.origin = 'definitions' AND coalesce(t.source_name, '') = k.source_name AND coalesce(t.database_name, '') = k.database_name
    AND coalesce(t.table_name, '') = k.table_name AND coalesce(t.field_name, '') = k.field_name AND t.policy = k.policy
WHERE t.policy IS NULL OR {{differs "t" "k" "value, owner, description"}}
ON CONFLICT (coalesce(source_name, ''), coalesce(database_name, ''), coalesce(table_name, ''), coalesce(field_name, ''), policy) WHERE origin = 'definitions'
DO UPDATE SET {{excluded "value, owner, description"}}, updated_at = {{now}}

-- name: DeleteRelationships
DELETE FROM {{field_relationships}} WHERE origin = $2 AND (removed_at IS NULL OR removed_by = 'overruled')
  AND (source_name, from_field, to_field, relationship_type) NOT IN (
    SELECT k.source_name, k.from_field, k.to_field, k.relationship_type
    FROM {{rows "$1" "source_name name, from_field text, to_field text, relationship_type text"}} AS k)

-- name: RelationshipsOfTables
SELECT r.relationship_id, {{columns "r" "source_name, from_field, to_field, relationship_type, origin, name, from_table, cardinality, join_logic, description, criticality, confidence, evidence"}},
       r.removed_at IS NULL OR r.removed_by = 'overruled'
FROM {{rows "$1" "source_name name, from_table text"}} AS k
JOIN {{field_relationships}} r ON r.source_name = k.source_name AND r.from_table = k.from_table

-- name: DeleteRelationshipsByID
DELETE FROM {{field_relationships}} WHERE relationship_id IN (SELECT k.relationship_id FROM {{rows "$1" "relationship_id bigint"}} AS k)

-- name: UpsertRelationships
INSERT INTO {{field_relationships}} AS d ({{template "relationship_key"}}, {{template "relationship_columns"}})
SELECT {{columns "k" "source_name, from_field, to_field, relationship_type, origin"}}, {{columns "k" "name, from_table, cardinality, join_logic, description, criticality, confidence, evidence"}}
FROM {{rows "$1" "source_name name, from_field text, to_field text, relationship_type text, origin text, name text, from_table text, cardinality text, join_logic text, description text, criticality text, confidence real, evidence text"}} AS k
LEFT JOIN {{field_relationships}} t ON t.source_name = k.source_name AND t.from_field = k.from_field AND t.to_field = k.to_field
    AND t.relationship_type = k.relationship_type AND t.origin = k.origin
WHERE t.relationship_id IS NULL OR {{differs "t" "k" "name, from_table, cardinality, join_logic, description, criticality, confidence, evidence"}}
ON CONFLICT ({{template "relationship_key"}}) DO UPDATE
SET {{excluded "name, from_table, cardinality, join_logic, description, criticality, confidence, evidence"}}, updated_at = {{now}}

-- name: DeleteLineage
DELETE FROM {{field_lineage}} WHERE origin = 'definitions'
  AND (from_field, to_field) NOT IN (SELECT k.from_field, k.to_field FROM {{rows "$1" "from_field text, to_field text"}} AS k)

-- name: UpsertLineage
INSERT INTO {{field_lineage}} AS d (from_field, to_field, origin, {{template "lineage_columns"}})
SELECT k.from_field, k.to_field, 'definitions', {{columns "k" "name, transformation, description, criticality"}}
FROM {{rows "$1" "from_field text, to_field text, name text, transformation text, description text, criticality text"}} AS k
LEFT JOIN {{field_lineage}} t ON t.from_field = k.from_field AND t.to_field = k.to_field AND t.origin = 'definitions'
WHERE t.lineage_id IS NULL OR {{differs "t" "k" "name, transformation, description, criticality"}}
ON CONFLICT (from_field, to_field, origin) DO UPDATE SET {{excluded "name, transformation, description, criticality"}}, updated_at = {{now}}

-- name: DeleteDependencies
DELETE FROM {{table_dependencies}} WHERE origin = $2 AND (source_name, from_table, to_table, dependency_type) NOT IN (
    SELECT k.source_name, k.from_table, k.to_table, k.dependency_type
    FROM {{rows "$1" "source_name name, from_table text, to_table text, dependency_type text"}} AS k)

-- name: InsertDependencies
INSERT INTO {{table_dependencies}} (source_name, from_table, to_table, dependency_type, origin)
SELECT k.source_name, k.from_table, k.to_table, k.dependency_type, k.origin
FROM {{rows "$1" "source_name name, from_table text, to_table text, dependency_type text, origin text"}} AS k
WHERE true
ON CONFLICT (source_name, from_table, to_table, dependency_type) DO NOTHING

-- name: LiveRelationships
SELECT source_name, from_field, to_field, relationship_type, coalesce(cardinality, ''), coalesce(criticality, '')
FROM {{field_relationships}} WHERE removed_at IS NULL AND origin <> 'proposed'

-- name: AllLineage
SELECT from_field, to_field, coalesce(criticality, '') FROM {{field_lineage}}

-- name: GivenDependencies
SELECT source_name, from_table, to_table, dependency_type FROM {{table_dependencies}} WHERE origin <> 'derived'

-- name: Impacts
SELECT changed_field, affected_field, distance, level, coalesce(criticality, '') FROM {{impact_analysis}} WHERE origin = 'derived'

-- name: DeleteImpacts
DELETE FROM {{impact_analysis}} WHERE impact_id IN (
    SELECT t.impact_id FROM {{rows "$1" "changed_field text, affected_field text"}} AS k
    JOIN {{impact_analysis}} t ON t.changed_field = k.changed_field AND t.affected_field = k.affected_field AND t.origin = 'derived')

-- name: UpsertImpacts
INSERT INTO {{impact_analysis}} AS d (changed_field, affected_field, distance, level, criticality, origin, run_id)
SELECT k.changed_field, k.affected_field, k.distance, k.level, k.criticality, 'derived', {{uuid_param "$2"}}
FROM {{rows "$1" "changed_field text, affected_field text, distance integer, level text, criticality text"}} AS k
WHERE true
ON CONFLICT (changed_field, affected_field) WHERE origin = 'derived'
DO UPDATE SET {{excluded "distance, level, criticality, run_id"}}
