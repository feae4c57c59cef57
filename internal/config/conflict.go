package config

// ConflictResolution says who wins where people and rules disagree.
type ConflictResolution struct {
	// Strategy: manual leaves a conflict for a person, auto_merge merges what does not
	// contradict, prefer_existing keeps, prefer_new replaces.
	Strategy string `json:"strategy" yaml:"strategy" mapstructure:"strategy" jsonschema:"enum=manual,enum=auto_merge,enum=prefer_existing,enum=prefer_new"`
	// PreserveManualEdits never replaces what a person wrote.
	PreserveManualEdits bool `json:"preserve_manual_edits" yaml:"preserve_manual_edits" mapstructure:"preserve_manual_edits"`
	// FieldsToPreserve are attributes that are never replaced once they are set.
	FieldsToPreserve []string `json:"fields_to_preserve" yaml:"fields_to_preserve" mapstructure:"fields_to_preserve"`
	// FieldsToAutoMerge are attributes that are merged without asking.
	FieldsToAutoMerge []string `json:"fields_to_auto_merge" yaml:"fields_to_auto_merge" mapstructure:"fields_to_auto_merge"`
	// RequireApprovalFor are attributes whose changes wait for a person.
	RequireApprovalFor []string `json:"require_approval_for" yaml:"require_approval_for" mapstructure:"require_approval_for"`
	// TagMergeStrategy says how two sets of tags become one.
	TagMergeStrategy string `json:"tag_merge_strategy" yaml:"tag_merge_strategy" mapstructure:"tag_merge_strategy" jsonschema:"enum=union,enum=intersection,enum=replace"`
	// DescriptionMergeStrategy says how two descriptions become one.
	DescriptionMergeStrategy string `json:"description_merge_strategy" yaml:"description_merge_strategy" mapstructure:"description_merge_strategy" jsonschema:"enum=preserve_manual,enum=append,enum=replace"`
	// Mode is what an unresolved conflict does to the run.
	Mode string `json:"mode" yaml:"mode" mapstructure:"mode" jsonschema:"enum=fail,enum=warn,enum=auto_generate"`
	// OnSchemaChanges says what changes of structure do.
	OnSchemaChanges OnSchemaChanges `json:"on_schema_changes" yaml:"on_schema_changes" mapstructure:"on_schema_changes"`
}

// OnSchemaChanges says what changes of structure do.
type OnSchemaChanges struct {
	// NewFields is what a new field does.
	NewFields string `json:"new_fields" yaml:"new_fields" mapstructure:"new_fields" jsonschema:"enum=ignore,enum=warn,enum=error"`
	// RemovedFields is what a removed field does.
	RemovedFields string `json:"removed_fields" yaml:"removed_fields" mapstructure:"removed_fields" jsonschema:"enum=ignore,enum=warn,enum=error"`
	// TypeChanges is what a changed data type does.
	TypeChanges string `json:"type_changes" yaml:"type_changes" mapstructure:"type_changes" jsonschema:"enum=ignore,enum=warn,enum=error"`
}
