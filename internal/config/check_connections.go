package config

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// layerTables are the tables and views of the layer, which may be renamed.
var layerTables = []string{
	"change_votes", "config_versions", "coordinator_lease", "declared_previews", "declared_tables", "field_lineage", "field_metadata", "field_relationships", "field_usage", "glossary",
	"governance", "impact_analysis", "metadata_changes", "outbox", "outbox_deliveries", "queue_mark", "run_profile", "schedule_fires", "source_state", "sync_checkpoints",
	"sync_history", "sync_run_batches", "sync_run_sources", "sync_run_tables", "sync_runs", "table_dependencies", "table_metadata",
	"table_state", "validation_errors", "workers",
}

var layerName = regexp.MustCompile(`^[^\x00-\x1f/\\:]{1,63}$`)

func (k *checker) connections() {
	k.redis()
	k.nats()
	k.tls("redis.tls", k.Redis.TLS)
	k.tls("nats.tls", k.NATS.TLS)
	k.reach()
}

// reach warns of a mixture in which only the coordinator itself can work.
func (k *checker) reach() {
	var inside []string
	if k.EmbeddedRedis() {
		inside = append(inside, "redis")
	}
	if k.EmbeddedNATS() {
		inside = append(inside, "nats")
	}
	layerInside := k.EmbeddedLayer() || strings.HasPrefix(k.SemanticDatabase.URL.Reveal(), sqlitePrefix)
	if layerInside {
		inside = append(inside, "semantic_database")
	}
	if k.partial || len(inside) == 0 || len(inside) == 3 {
		return
	}
	keys := map[string]string{"redis": "redis.addr", "nats": "nats.url", "semantic_database": "semantic_database.url"}
	for _, section := range inside {
		where := "lives inside the coordinator"
		if section == "semantic_database" {
			where = "is a SQLite file"
		}
		k.warn(section, "set "+keys[section]+" to run workers elsewhere",
			"%s, which workers on other machines cannot reach, while other parts are set to run elsewhere", where)
	}
}

func (k *checker) redis() {
	r := &k.Redis
	ways := 0
	if r.Addr != "" {
		ways++
		k.hostPort("redis.addr", r.Addr, "redis:6379")
	}
	if r.URL != "" {
		ways++
		u, err := url.Parse(r.URL.Reveal())
		if err != nil || !slices.Contains([]string{"redis", "rediss", "unix"}, u.Scheme) {
			k.problem("redis.url", "write redis://user:password@host:6379/0", "is not a Redis address")
		}
	}
	for section, addrs := range map[string][]string{"redis.sentinel": r.Sentinel.Addrs, "redis.cluster": r.Cluster.Addrs} {
		if len(addrs) > 0 {
			ways++
		}
		for i, a := range addrs {
			k.hostPort(at(section+".addrs", i), a, "redis-1:6379")
		}
	}
	if ways > 1 {
		k.problem("redis", "keep one of addr, url, sentinel and cluster", "says in %d ways where Redis is", ways)
	}
	if (len(r.Sentinel.Addrs) > 0) != (r.Sentinel.MasterName != "") {
		k.problem("redis.sentinel", "set both master_name and addrs", "is incomplete")
	}
	if len(r.Cluster.Addrs) > 0 && r.DB != 0 {
		k.problem("redis.db", "remove it", "a Redis Cluster has database 0 only")
	}
}

func (k *checker) nats() {
	for one := range strings.SplitSeq(k.NATS.URL.Reveal(), ",") {
		if one == "" {
			continue
		}
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			k.problem("nats.url", "write nats://host:4222", "is not a NATS address")
		}
	}
	if k.NATS.Credentials != "" && k.NATS.Token != "" {
		k.problem("nats.token", "keep one of them", "credentials are set too")
	}
}

func (k *checker) tls(key string, t TLS) {
	if (t.CertFile == "") != (t.KeyFile == "") {
		k.problem(key, "set both cert_file and key_file", "has a client certificate without its key, or a key without its certificate")
	}
	if t.InsecureSkipVerify {
		k.warn(key+".insecure_skip_verify", "set ca_file instead", "any server is trusted")
	}
}

const sqlitePrefix = "sqlite:"

func (k *checker) layer() {
	d := &k.SemanticDatabase
	if !layerName.MatchString(d.Name) || strings.HasPrefix(strings.ToLower(d.Name), "pg_") {
		k.problem("semantic_database.name", "write a name such as semantic_layer_v1", "is not a name for a schema or a file")
	}
	if u := d.URL.Reveal(); u != "" && endpointOf("postgres", u) == "" && (!strings.HasPrefix(u, sqlitePrefix) || u == sqlitePrefix) {
		k.problem("semantic_database.url", "write postgres://user:password@host:5432/database or sqlite:path", "is not an address of a layer")
	}
	used := map[string]string{}
	for _, name := range layerTables {
		if _, renamed := d.Tables[name]; !renamed {
			used[name] = name
		}
	}
	for _, from := range slices.Sorted(maps.Keys(d.Tables)) {
		key, to := join("semantic_database.tables", from), d.Tables[from]
		if !slices.Contains(layerTables, from) {
			k.problem(key, "tables that can be renamed are "+strings.Join(layerTables, ", "), "the layer has no such table")
		}
		if to == "" || len(to) > 63 || strings.ContainsRune(to, 0) {
			k.problem(key, "write a name of 1 to 63 bytes", "is not a table name")
		}
		if other := used[to]; other != "" {
			k.problem(key, "give each table a name of its own", "has the same new name as %s", other)
		}
		used[to] = from
	}
}
