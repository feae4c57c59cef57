package sqlstore

import (
	"encoding/json"

	"github.com/semsync/semsync/internal/metadata"
)

// The rows that go into statements as one JSON parameter. Their keys are the
// names that the statements unfold.

type key struct {
	Source   string `json:"source_name"`
	Database string `json:"database_name"`
	Name     string `json:"table_name"`
}

func keyOf(id metadata.TableID) key { return key(id) }

// planColumns are the columns of sync_run_tables that a planned table gives, in order.
var planColumns = []string{"run_id", "source_name", "database_name", "table_name", "object_id", "reason", "batch", "last_modified", "version", "shape"}

func appendPlanned(values []any, run metadata.RunID, t *metadata.PlannedTable) []any {
	return append(values,
		run, t.Table.Source, t.Table.Database, t.Table.Name, null(t.ObjectID), string(t.Reason), t.Batch, null(rfc(t.LastModified)), null(t.Version), null(t.Shape),
	)
}

type sourceRow struct {
	Source     string  `json:"source_name"`
	Swept      bool    `json:"swept"`
	Complete   bool    `json:"complete"`
	Failed     bool    `json:"failed"`
	Why        *string `json:"why"`
	Privileges *string `json:"privileges"`
	Token      *string `json:"token"`
	Discovered int     `json:"discovered"`
	Unchanged  int     `json:"unchanged"`
	Filtered   int     `json:"filtered"`
	Missing    int     `json:"missing"`
	Known      int     `json:"known"`
}

type outcomeRow struct {
	key
	Attempt int    `json:"attempt"`
	Final   bool   `json:"final"`
	Class   string `json:"error_class"`
	Error   string `json:"error"`
}

type ledgerRow struct {
	key
	Attempt  int     `json:"attempt"`
	State    string  `json:"state"`
	Fields   int     `json:"fields"`
	Changes  int     `json:"changes"`
	Duration int64   `json:"duration_ms"`
	Class    *string `json:"error_class"`
	Error    *string `json:"error"`
}

// annotation is what field and table rows share.
type annotation struct {
	Description        *string          `json:"description"`
	Origin             *string          `json:"description_origin"`
	Tags               []string         `json:"tags"`
	SemanticType       *string          `json:"semantic_type"`
	BusinessTerm       *string          `json:"business_term"`
	IsPII              *bool            `json:"is_pii"`
	PIICategory        *string          `json:"pii_category"`
	Owner              *string          `json:"owner"`
	StewardEmail       *string          `json:"steward_email"`
	DataClassification *string          `json:"data_classification"`
	ValidValues        []string         `json:"valid_values"`
	Confidence         *float64         `json:"confidence"`
	Evidence           *string          `json:"evidence"`
	ObjectID           *string          `json:"object_id"`
	Base               *json.RawMessage `json:"base"`
	Removed            bool             `json:"removed"`
}

func annotate(a *metadata.Attributes, origin metadata.Origin, confidence float64, evidence, objectID string, base *metadata.Attributes, removed bool) annotation {
	out := annotation{
		Description: null(a.Description), Origin: null(string(origin)), Tags: a.Tags, SemanticType: null(a.SemanticType),
		BusinessTerm: null(a.BusinessTerm), IsPII: a.IsPII, PIICategory: null(a.PIICategory), Owner: null(a.Owner), StewardEmail: null(a.StewardEmail),
		DataClassification: null(a.DataClassification), ValidValues: a.ValidValues, Evidence: null(evidence), ObjectID: null(objectID), Removed: removed,
	}
	if confidence != 0 {
		out.Confidence = &confidence
	}
	if len(a.Tags) == 0 {
		out.Tags = nil
	}
	if base != nil {
		b := json.RawMessage(base.JSON())
		out.Base = &b
	}
	return out
}

type tableRow struct {
	key
	annotation
	Kind           string  `json:"kind"`
	RefreshCadence *string `json:"refresh_cadence"`
	EstimatedRows  *int64  `json:"estimated_rows"`
}

func tableRowOf(r *metadata.TableRecord) tableRow {
	a := annotate(&r.Attributes, r.Origin, r.Confidence, r.Evidence, r.ObjectID, r.Base, r.Removed)
	row := tableRow{key: keyOf(r.ID), annotation: a, Kind: string(r.Kind), RefreshCadence: null(r.RefreshCadence)}
	if r.EstimatedRows >= 0 {
		row.EstimatedRows = &r.EstimatedRows
	}
	return row
}

type fieldRow struct {
	key
	annotation
	OldName  string `json:"old_name"`
	Name     string `json:"field_name"`
	Ordinal  int    `json:"ordinal"`
	DataType string `json:"data_type"`
	Nullable bool   `json:"is_nullable"`
}

// fieldColumns are the columns of field_metadata that a new row gives, in order.
var fieldColumns = []string{
	"source_name", "database_name", "table_name", "field_name", "ordinal", "data_type", "is_nullable", "description", "description_origin",
	"tags", "semantic_type", "business_term", "is_pii", "pii_category", "owner", "steward_email", "data_classification", "valid_values",
	"confidence", "evidence", "object_id", "base",
}

// appendTo adds the row's values by fieldColumns.
func (r *fieldRow) appendTo(values []any) []any {
	var base any
	if r.Base != nil {
		base = string(*r.Base)
	}
	return append(values,
		r.Source, r.Database, r.key.Name, r.Name, r.Ordinal, r.DataType, r.Nullable, r.Description, r.Origin,
		r.Tags, r.SemanticType, r.BusinessTerm, r.IsPII, r.PIICategory, r.Owner, r.StewardEmail, r.DataClassification, r.ValidValues,
		r.Confidence, r.Evidence, r.ObjectID, base,
	)
}

func fieldRowOf(r *metadata.FieldRecord, table metadata.TableID, oldName string) fieldRow {
	a := annotate(&r.Attributes, r.Origin, r.Confidence, r.Evidence, r.ObjectID, r.Base, r.Removed)
	return fieldRow{
		key: keyOf(table), annotation: a, OldName: oldName, Name: r.Name, Ordinal: r.Ordinal, DataType: r.DataType, Nullable: r.Nullable,
	}
}

// changeColumns are the columns of metadata_changes that a change gives, in order.
var changeColumns = []string{
	"run_id", "source_name", "database_name", "table_name", "field_name", "object", "attribute", "old_value", "new_value", "confidence", "reason", "status", "held", "content",
}

// changeRow is a change on its way into the log.
type changeRow struct {
	table  metadata.TableID
	change *metadata.Change
}

// appendTo adds the row's values by changeColumns.
func (r changeRow) appendTo(values []any, run metadata.RunID, status string) []any {
	id, c := r.table, r.change
	object := id.Qualified()
	if c.Field != "" {
		object += "." + c.Field
	}
	var confidence *float64
	if c.Confidence != 0 {
		confidence = &c.Confidence
	}
	var content any
	if c.Content != nil {
		content = string(c.Content)
	}
	if c.Held != "" && status == string(metadata.ChangeApplied) {
		status = string(metadata.ChangePending)
	}
	return append(values,
		run, id.Source, id.Database, id.Name, null(c.Field), object, c.Attribute, null(c.Old), null(c.New), confidence, null(c.Reason), status,
		null(string(c.Held)), content,
	)
}
