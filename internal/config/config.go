package config

import "github.com/semsync/semsync/internal/scope"

// Config is the whole configuration. Load makes it; it is not changed afterwards and
// may be read concurrently. It prints and marshals without secrets.
type Config struct {
	// Version of the file's format. Only major version 1 is understood.
	Version string `json:"version" yaml:"version" mapstructure:"version"`
	// Description is free text for people.
	Description string `json:"description" yaml:"description" mapstructure:"description"`
	// DataDir is the folder that the embedded Redis, NATS and SQLite keep their data in.
	DataDir string `json:"data_dir" yaml:"data_dir" mapstructure:"data_dir"`
	// Redis is the queue's server. Without an address it runs inside the coordinator.
	Redis Redis `json:"redis" yaml:"redis" mapstructure:"redis"`
	// NATS is the server for events. Without a URL it runs inside the coordinator.
	NATS NATS `json:"nats" yaml:"nats" mapstructure:"nats"`
	// SemanticDatabase is where the semantic layer is kept.
	SemanticDatabase SemanticDatabase `json:"semantic_database" yaml:"semantic_database" mapstructure:"semantic_database"`
	// Sources are the databases that are described.
	Sources []Source `json:"sources" yaml:"sources" mapstructure:"sources"`
	// Scope says which of the sources' tables are looked at.
	Scope scope.Config `json:"scope" yaml:"scope" mapstructure:"scope"`
	// Sync says how and when a sync runs.
	Sync Sync `json:"sync" yaml:"sync" mapstructure:"sync"`
	// Definitions are the files that people write metadata in.
	Definitions Definitions `json:"definitions" yaml:"definitions" mapstructure:"definitions"`
	// AutoGeneration says what metadata is worked out by rules.
	AutoGeneration AutoGeneration `json:"auto_generation" yaml:"auto_generation" mapstructure:"auto_generation"`
	// ConflictResolution says who wins where people and rules disagree. The key
	// conflict_handling is the same.
	ConflictResolution ConflictResolution `json:"conflict_resolution" yaml:"conflict_resolution" mapstructure:"conflict_resolution"`
	// Validation says which metadata has to be there.
	Validation Validation `json:"validation" yaml:"validation" mapstructure:"validation"`
	// Approval says which changes wait for a person.
	Approval Approval `json:"approval" yaml:"approval" mapstructure:"approval"`
	// Notifications say who is told of what.
	Notifications Notifications `json:"notifications" yaml:"notifications" mapstructure:"notifications"`
	// HTTP is the program's own listener for API, metrics and health.
	HTTP HTTP `json:"http" yaml:"http" mapstructure:"http"`
	// Worker holds settings of the worker program.
	Worker Worker `json:"worker" yaml:"worker" mapstructure:"worker"`

	// Tracking of where values came from; see Origin and Warnings.
	origins   map[string]Origin
	positions map[string]Position
	warnings  Problems
}

// Embedded reports whether nothing is configured to run elsewhere: the Redis
// protocol, NATS and a SQLite layer all live in the coordinator's process.
func (c *Config) Embedded() bool {
	return c.EmbeddedRedis() && c.EmbeddedNATS() && c.EmbeddedLayer()
}

// EmbeddedRedis reports whether the queue lives in the coordinator's process.
func (c *Config) EmbeddedRedis() bool {
	r := &c.Redis
	return r.URL == "" && r.Addr == "" && len(r.Sentinel.Addrs) == 0 && len(r.Cluster.Addrs) == 0
}

// EmbeddedNATS reports whether events live in the coordinator's process.
func (c *Config) EmbeddedNATS() bool { return c.NATS.URL == "" }

// EmbeddedLayer reports whether the layer is the SQLite file in the data folder.
func (c *Config) EmbeddedLayer() bool { return c.SemanticDatabase.URL == "" }

// Warnings gives what is legal but doubtful, sorted by line.
func (c *Config) Warnings() Problems { return c.warnings }
