package config

import "github.com/semsync/semsync/internal/metadata"

// Redis says how the queue's server is reached: by addr, by url, by sentinels or
// as a cluster. With none of them a Redis runs inside the coordinator.
type Redis struct {
	// URL such as redis://user:password@host:6379/0 or rediss://… for TLS.
	URL metadata.Secret `json:"url" yaml:"url" mapstructure:"url"`
	// Addr is host:port.
	Addr string `json:"addr" yaml:"addr" mapstructure:"addr"`
	// Username for Redis 6 and later.
	Username string `json:"username" yaml:"username" mapstructure:"username"`
	// Password of the user, or of the server before Redis 6.
	Password metadata.Secret `json:"password" yaml:"password" mapstructure:"password"`
	// DB is the number of the logical database.
	DB int `json:"db" yaml:"db" mapstructure:"db" jsonschema:"minimum=0"`
	// TLS of the connection.
	TLS TLS `json:"tls" yaml:"tls" mapstructure:"tls"`
	// Sentinel finds the master through sentinels.
	Sentinel Sentinel `json:"sentinel" yaml:"sentinel" mapstructure:"sentinel"`
	// Cluster names nodes of a Redis Cluster.
	Cluster Cluster `json:"cluster" yaml:"cluster" mapstructure:"cluster"`
}

// Sentinel is a Redis that fails over by sentinels.
type Sentinel struct {
	// MasterName is the name under which the sentinels know the master.
	MasterName string `json:"master_name" yaml:"master_name" mapstructure:"master_name"`
	// Addrs are the sentinels, as host:port.
	Addrs []string `json:"addrs" yaml:"addrs" mapstructure:"addrs"`
	// Username at the sentinels themselves.
	Username string `json:"username" yaml:"username" mapstructure:"username"`
	// Password at the sentinels themselves.
	Password metadata.Secret `json:"password" yaml:"password" mapstructure:"password"`
}

// Cluster is a Redis Cluster.
type Cluster struct {
	// Addrs are some of its nodes, as host:port.
	Addrs []string `json:"addrs" yaml:"addrs" mapstructure:"addrs"`
}

// TLS describes an encrypted connection. All keys unset means plain text,
// unless the URL asks for TLS.
type TLS struct {
	// Enabled turns TLS on; any other key of the section does so too.
	Enabled bool `json:"enabled" yaml:"enabled" mapstructure:"enabled"`
	// CAFile holds the certificates to trust, PEM. Empty means the system's.
	CAFile string `json:"ca_file" yaml:"ca_file" mapstructure:"ca_file"`
	// CertFile is the client's own certificate, PEM.
	CertFile string `json:"cert_file" yaml:"cert_file" mapstructure:"cert_file"`
	// KeyFile is the client certificate's key, PEM.
	KeyFile string `json:"key_file" yaml:"key_file" mapstructure:"key_file"`
	// ServerName is the name the server's certificate must have. Empty means the host's.
	ServerName string `json:"server_name" yaml:"server_name" mapstructure:"server_name"`
	// InsecureSkipVerify trusts any certificate; for tests.
	InsecureSkipVerify bool `json:"insecure_skip_verify" yaml:"insecure_skip_verify" mapstructure:"insecure_skip_verify"`
}

// On reports whether the connection is encrypted by this section.
func (t TLS) On() bool { return t != TLS{} }

// NATS says how the server for events is reached. Without a URL one runs
// inside the coordinator.
type NATS struct {
	// URL such as nats://host:4222; several are separated by commas.
	URL metadata.Secret `json:"url" yaml:"url" mapstructure:"url"`
	// Credentials is the path of a file of credentials (.creds).
	Credentials string `json:"credentials" yaml:"credentials" mapstructure:"credentials"`
	// Token for servers that ask for one.
	Token metadata.Secret `json:"token" yaml:"token" mapstructure:"token"`
	// TLS of the connection.
	TLS TLS `json:"tls" yaml:"tls" mapstructure:"tls"`
	// Replicas of the stream, 1 to 5.
	Replicas int `json:"replicas" yaml:"replicas" mapstructure:"replicas" jsonschema:"minimum=1,maximum=5"`
}

// SemanticDatabase says where the semantic layer is kept.
type SemanticDatabase struct {
	// Name of the PostgreSQL schema, or of the SQLite file in the data folder without .db.
	Name string `json:"name" yaml:"name" mapstructure:"name"`
	// URL is postgres://… or sqlite:path. Empty means a SQLite file in the data folder.
	URL metadata.Secret `json:"url" yaml:"url" mapstructure:"url"`
	// CreateIfMissing creates the schema and its tables on start.
	CreateIfMissing bool `json:"create_if_missing" yaml:"create_if_missing" mapstructure:"create_if_missing"`
	// WriteEnabled false makes every run a dry one.
	WriteEnabled bool `json:"write_enabled" yaml:"write_enabled" mapstructure:"write_enabled"`
	// Tables renames tables of the layer: the usual name to the one wanted.
	Tables map[string]string `json:"tables" yaml:"tables" mapstructure:"tables"`
}

// Source is one database system that is described. semsync only reads it.
type Source struct {
	// Name of the source, unique in the file; letters, digits, dot, dash and underscore.
	Name string `json:"name" yaml:"name" mapstructure:"name"`
	// Driver of the source. The aliases postgresql, mariadb and sqlite3 are understood.
	Driver string `json:"driver" yaml:"driver" mapstructure:"driver" jsonschema:"enum=postgres,enum=postgresql,enum=mysql,enum=mariadb,enum=sqlite,enum=sqlite3"`
	// DSN is the connection string in the driver's own form; for SQLite a path.
	DSN metadata.Secret `json:"dsn" yaml:"dsn" mapstructure:"dsn"`
	// Database is the name under which the one database of a SQLite file is known. Empty means main.
	Database string `json:"database" yaml:"database" mapstructure:"database"`
	// ChangeQuery is a SELECT that gives database_name, table_name and the compared field.
	ChangeQuery string `json:"change_query" yaml:"change_query" mapstructure:"change_query"`
	// MaxConcurrentQueries overrides sync.max_concurrent_queries for this source; 0 means no override.
	MaxConcurrentQueries int `json:"max_concurrent_queries" yaml:"max_concurrent_queries" mapstructure:"max_concurrent_queries" jsonschema:"minimum=0,maximum=10000"`
}

// HTTP is the program's own listener.
type HTTP struct {
	// Listen is host:port. Empty means 127.0.0.1:9090 for a coordinator and
	// 127.0.0.1:9091 for a worker.
	Listen string `json:"listen" yaml:"listen" mapstructure:"listen"`
	// Token that callers must send as a bearer token. It must be set to listen beyond loopback.
	Token metadata.Secret `json:"token" yaml:"token" mapstructure:"token"`
}

// Worker holds settings of the worker program.
type Worker struct {
	// Concurrency is how many batches a worker takes at a time.
	Concurrency int `json:"concurrency" yaml:"concurrency" mapstructure:"concurrency" jsonschema:"minimum=1,maximum=256"`
}
