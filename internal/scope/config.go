package scope

// Config is the scope section of the configuration.
type Config struct {
	// Databases says where to look: a glob on database.table, a glob on the database
	// where it has no dot, or an object. Without entries every database is looked at.
	Databases []Database `json:"databases" yaml:"databases" mapstructure:"databases"`
	// IncludePatterns narrow what databases select to tables that match one of them. A
	// pattern that holds any of ^ $ | ( ) [ ] + \ or .* is a regular expression (RE2), tried
	// on the table name and on database.table; any other is a glob on database.table, or
	// on the table name where it has no dot.
	IncludePatterns []string `json:"include_patterns" yaml:"include_patterns" mapstructure:"include_patterns"`
	// ExcludePatterns leave out tables that match one of them, whatever else selects
	// them. They are written like include_patterns.
	ExcludePatterns []string `json:"exclude_patterns" yaml:"exclude_patterns" mapstructure:"exclude_patterns"`
}

// Database is one entry of databases, in its string or its object form.
type Database struct {
	// Pattern is the string form; the other fields are empty then.
	Pattern string `json:"-" yaml:"-" mapstructure:"-"`
	// Name is a glob on the database's name.
	Name string `json:"name" yaml:"name" mapstructure:"name"`
	// Tables are globs on table names. Empty means all tables.
	Tables []string `json:"tables" yaml:"tables" mapstructure:"tables"`
	// AllTables selects all tables even where tables are listed.
	AllTables bool `json:"all_tables" yaml:"all_tables" mapstructure:"all_tables"`
	// Source is a glob on the source's name. Empty means any source.
	Source string `json:"source" yaml:"source" mapstructure:"source"`
}
