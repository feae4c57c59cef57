package enrich

// Config says what to generate and by which rules. Its zero value generates only
// semantic types and valid values.
type Config struct {
	// Prefix is put before every description with a space between. Empty means none.
	Prefix string `json:"prefix" yaml:"prefix" mapstructure:"prefix"`
	// These switch attributes on. Semantic types and valid values are always worked out.
	FieldDescriptions  bool `json:"field_descriptions" yaml:"field_descriptions" mapstructure:"field_descriptions"`
	TableDescriptions  bool `json:"table_descriptions" yaml:"table_descriptions" mapstructure:"table_descriptions"`
	Tags               bool `json:"tags" yaml:"tags" mapstructure:"tags"`
	PIIDetection       bool `json:"pii_detection" yaml:"pii_detection" mapstructure:"pii_detection"`
	BusinessTerms      bool `json:"business_terms" yaml:"business_terms" mapstructure:"business_terms"`
	DataClassification bool `json:"data_classification" yaml:"data_classification" mapstructure:"data_classification"`
	// SkipFieldsMatching are globs or regular expressions on the names of fields that get nothing.
	SkipFieldsMatching []string `json:"skip_fields_matching" yaml:"skip_fields_matching" mapstructure:"skip_fields_matching"`
	// Patterns are the user's. They are tried in order before the built-in ones;
	// one with a built-in's name replaces it.
	Patterns []Pattern `json:"patterns" yaml:"patterns" mapstructure:"patterns"`
}

// DefaultConfig marks descriptions with [AUTO] and generates everything.
func DefaultConfig() Config {
	return Config{
		Prefix:            "[AUTO]",
		FieldDescriptions: true, TableDescriptions: true, Tags: true,
		PIIDetection: true, BusinessTerms: true, DataClassification: true,
	}
}
