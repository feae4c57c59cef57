package config

import (
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

var (
	sourceName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$`)
	selectOnly = regexp.MustCompile(`(?is)^\s*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*(?:select|with)\b`)
)

func (k *checker) sources() {
	if len(k.Sources) == 0 {
		k.missing("sources", "name at least one: name, driver, dsn")
	}
	first := map[string]int{}
	for i := range k.Sources {
		s, key := &k.Sources[i], at("sources", i)
		switch j, twice := first[s.Name]; {
		case s.Name == "":
			k.missing(key+".name", "give the source a name")
		case !sourceName.MatchString(s.Name):
			k.problem(key+".name", "use letters, digits, dot, dash and underscore, at most 63", "is not a name for a source")
		case twice:
			k.problem(key+".name", "give each source a name of its own", "sources[%d] has the same name", j)
		default:
			first[s.Name] = i
		}
		k.source(s, key)
	}
}

func (k *checker) source(s *Source, key string) {
	if s.Driver == "" {
		k.missing(key+".driver", "write postgres, mysql or sqlite")
	}
	if s.DSN == "" {
		k.missing(key+".dsn", dsnHint(s.Driver))
	} else if s.Driver != "" {
		k.dsn(s, key+".dsn")
	}
	if s.ChangeQuery != "" && !selectOnly.MatchString(s.ChangeQuery) {
		k.problem(key+".change_query", "write SELECT database_name, table_name, … FROM …", "is not a SELECT")
	}
	if s.ChangeQuery != "" && k.Sync.DeltaDetection.Method == "checksum" {
		k.warn(key+".change_query", "set sync.delta_detection.method to timestamp or version", "has no effect with the method checksum")
	}
	if s.Database != "" && s.Driver != "" && s.Driver != "sqlite" {
		k.warn(key+".database", "name the database in the dsn", "has an effect for SQLite only")
	}
}

func dsnHint(driver string) string {
	switch driver {
	case "mysql":
		return "write user:password@tcp(host:3306)/database"
	case "sqlite":
		return "write the path of the file"
	default:
		return "write postgres://user:password@host:5432/database"
	}
}

func (k *checker) dsn(s *Source, key string) {
	here := endpointOf(s.Driver, s.DSN.Reveal())
	if here == "" {
		k.problem(key, dsnHint(s.Driver), "is not a connection string for %s", s.Driver)
		return
	}
	if here == k.layerEndpoint() {
		k.problem(key, "give the layer a database of its own", "points at the semantic layer itself")
	}
}

func (k *checker) layerEndpoint() string {
	u := k.SemanticDatabase.URL.Reveal()
	switch {
	case u == "":
		return endpointOf("sqlite", filepath.Join(k.DataDir, k.SemanticDatabase.Name+".db"))
	case strings.HasPrefix(u, sqlitePrefix):
		return endpointOf("sqlite", u)
	default:
		return endpointOf("postgres", u)
	}
}

// endpointOf gives what two connection strings to the same database have in
// common, or "" when the driver cannot read the string.
func endpointOf(driver, dsn string) string {
	switch driver {
	case "postgres":
		c, err := pgconn.ParseConfig(dsn)
		if err != nil || !strings.Contains(dsn, "=") && !strings.Contains(dsn, "://") {
			return ""
		}
		return "postgres " + net.JoinHostPort(canonicalHost(c.Host), strconv.Itoa(int(c.Port))) + "/" + c.Database
	case "mysql":
		c, err := mysql.ParseDSN(dsn)
		if err != nil {
			return ""
		}
		return "mysql " + c.Addr + "/" + c.DBName
	default:
		path := strings.TrimPrefix(strings.TrimPrefix(dsn, sqlitePrefix), "file:")
		path, _, _ = strings.Cut(path, "?")
		abs, err := filepath.Abs(strings.TrimPrefix(path, "//"))
		if err != nil || path == "" {
			return ""
		}
		if resolved, err := filepath.EvalSymlinks(abs); err == nil {
			abs = resolved
		}
		return "sqlite " + abs
	}
}

func canonicalHost(host string) string {
	if loopback(host) {
		return "localhost"
	}
	return strings.ToLower(host)
}
