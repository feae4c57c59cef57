package config

// Definitions are the files that people write metadata in. Each key takes a
// path, a list of paths or a glob, relative to the working directory.
type Definitions struct {
	// DataDictionaryPath names files that describe tables and fields.
	DataDictionaryPath Paths `json:"data_dictionary_path" yaml:"data_dictionary_path" mapstructure:"data_dictionary_path"`
	// GlossaryPath names files of business terms.
	GlossaryPath Paths `json:"glossary_path" yaml:"glossary_path" mapstructure:"glossary_path"`
	// RelationshipsPath names files of lineage and of relations between fields.
	RelationshipsPath Paths `json:"relationships_path" yaml:"relationships_path" mapstructure:"relationships_path"`
	// GovernancePath names files of governance rules.
	GovernancePath Paths `json:"governance_path" yaml:"governance_path" mapstructure:"governance_path"`
}
