package config

// Validation says which metadata has to be there. Findings go to validation_errors.
type Validation struct {
	// RequireTableDescription of every table.
	RequireTableDescription bool `json:"require_table_description" yaml:"require_table_description" mapstructure:"require_table_description"`
	// RequireFieldDescription of every field.
	RequireFieldDescription bool `json:"require_field_description" yaml:"require_field_description" mapstructure:"require_field_description"`
	// RequireOwnerForTables wants an owner for every table.
	RequireOwnerForTables bool `json:"require_owner_for_tables" yaml:"require_owner_for_tables" mapstructure:"require_owner_for_tables"`
	// RequireOwnerForPIIFields wants an owner for every field of personal data.
	RequireOwnerForPIIFields bool `json:"require_owner_for_pii_fields" yaml:"require_owner_for_pii_fields" mapstructure:"require_owner_for_pii_fields"`
	// RequireBusinessTermForMetrics wants a business term for every field whose semantic type is measure, money or quantity.
	RequireBusinessTermForMetrics bool `json:"require_business_term_for_metrics" yaml:"require_business_term_for_metrics" mapstructure:"require_business_term_for_metrics"`
	// PIIValidation says what a field of personal data needs.
	PIIValidation PIIValidation `json:"pii_validation" yaml:"pii_validation" mapstructure:"pii_validation"`
	// CustomRules are the user's own.
	CustomRules []CustomRule `json:"custom_rules" yaml:"custom_rules" mapstructure:"custom_rules"`
	// FailOnErrors ends a run with findings of severity error as failed.
	FailOnErrors bool `json:"fail_on_errors" yaml:"fail_on_errors" mapstructure:"fail_on_errors"`
	// WarnOnly makes every finding a warning.
	WarnOnly bool `json:"warn_only" yaml:"warn_only" mapstructure:"warn_only"`
}

// asks tells whether any rule is set.
func (v *Validation) asks() bool {
	return v.RequireTableDescription || v.RequireFieldDescription || v.RequireOwnerForTables || v.RequireOwnerForPIIFields ||
		v.RequireBusinessTermForMetrics || v.PIIValidation != (PIIValidation{}) || len(v.CustomRules) > 0
}

// PIIValidation says what a field of personal data needs.
type PIIValidation struct {
	// RequirePIICategory wants the kind of personal data.
	RequirePIICategory bool `json:"require_pii_category" yaml:"require_pii_category" mapstructure:"require_pii_category"`
	// RequireOwner wants an owner.
	RequireOwner bool `json:"require_owner" yaml:"require_owner" mapstructure:"require_owner"`
	// RequireDataClassification wants a classification.
	RequireDataClassification bool `json:"require_data_classification" yaml:"require_data_classification" mapstructure:"require_data_classification"`
}

// CustomRule wants a tag on fields whose name matches.
type CustomRule struct {
	// FieldPattern is a glob or a regular expression on the field's name, told apart as in scope.
	FieldPattern string `json:"field_pattern" yaml:"field_pattern" mapstructure:"field_pattern"`
	// ShouldHaveTag is the tag that is wanted.
	ShouldHaveTag string `json:"should_have_tag" yaml:"should_have_tag" mapstructure:"should_have_tag"`
	// Hint tells people what to do.
	Hint string `json:"hint" yaml:"hint" mapstructure:"hint"`
	// Severity of a finding. Empty means warning.
	Severity string `json:"severity" yaml:"severity" mapstructure:"severity" jsonschema:"enum=info,enum=warning,enum=error"`
}
