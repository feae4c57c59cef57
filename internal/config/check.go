package config

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/scope"
)

// complete fills in what an entry of a list leaves to its default, and turns
// aliases into the usual names.
func (c *Config) complete() {
	for i := range c.Sources {
		switch s := &c.Sources[i]; s.Driver {
		case "postgresql":
			s.Driver = "postgres"
		case "mariadb":
			s.Driver = "mysql"
		case "sqlite3":
			s.Driver = "sqlite"
		}
	}
	for i := range c.Validation.CustomRules {
		if r := &c.Validation.CustomRules[i]; r.Severity == "" {
			r.Severity = "warning"
		}
	}
}

// checker looks at what the keys say about one another.
type checker struct {
	*Config
	report, warns *reporter
	partial       bool
}

func (c *Config) check(l *loader) {
	k := &checker{Config: c, report: &l.report, warns: &l.warn, partial: l.opts.Partial}
	k.version()
	k.connections()
	k.layer()
	k.sources()
	k.scope()
	k.sync()
	k.delta()
	k.generation()
	k.rules()
	k.approval()
	k.notifications()
	k.http()
}

// problem reports a key, unless something about it was reported already.
func (k *checker) problem(key, hint, format string, args ...any) {
	if !k.report.failed[key] {
		k.report.at(k.position(key), key, hint, format, args...)
	}
}

func (k *checker) warn(key, hint, format string, args ...any) {
	if !k.report.failed[key] {
		k.warns.at(k.position(key), key, hint, format, args...)
	}
}

// missing reports a key that must be set and is not.
func (k *checker) missing(key, hint string) {
	if _, there := k.positions[key]; !k.partial && !there {
		k.problem(key, hint, "is missing")
	} else if there {
		k.problem(key, hint, "is empty")
	}
}

// set reports whether something other than a default gave the key its value.
func (k *checker) set(key string) bool { return k.Origin(key).Kind != OriginDefault }

func (k *checker) version() {
	major, _, _ := strings.Cut(k.Version, ".")
	if major != "1" {
		k.problem("version", `write version: "1.0"`, "this program reads version 1 only")
	}
}

func (k *checker) scope() {
	s := &k.Scope
	if !k.partial && len(s.Databases)+len(s.IncludePatterns) == 0 {
		if _, there := k.positions["scope.databases"]; there {
			k.problem("scope.databases", `write databases: ["*.*"] for everything`, "is empty")
		} else {
			k.problem("scope", `write databases: ["*.*"] for everything`, "says nothing to look at")
		}
	}
	if _, err := scope.Compile(*s); err != nil {
		for _, e := range leafErrors(err) {
			if se, ok := errors.AsType[*scope.Error](e); ok {
				k.problem(se.Key, se.Hint, "the pattern %s", se.Reason)
			}
		}
	}
	k.scopeSources()
	for list, patterns := range map[string][]string{"scope.include_patterns": s.IncludePatterns, "scope.exclude_patterns": s.ExcludePatterns} {
		for i, p := range patterns {
			k.globLookalike(at(list, i), p)
		}
	}
}

// globLookalike warns of database.*, which reads like a glob and is a regular expression.
func (k *checker) globLookalike(key, pattern string) {
	name, ok := strings.CutSuffix(pattern, ".*")
	if ok && name != "*" && name != "" && !strings.ContainsAny(name, `^$|()[]+\*.?`) {
		k.warn(key, "write ^"+clip(name)+`\. for all tables of that database`,
			"is a regular expression that also matches in the middle of names")
	}
}

func (k *checker) scopeSources() {
	var known []string
	for _, s := range k.Sources {
		known = append(known, s.Name)
	}
	for i, d := range k.Scope.Databases {
		key := at("scope.databases", i)
		if d.Source != "" && !strings.ContainsAny(d.Source, "*?[") && !slices.Contains(known, d.Source) && len(known) > 0 {
			k.problem(key+".source", "the sources are "+strings.Join(known, ", "), "no source has that name")
		}
		if d.AllTables && len(d.Tables) > 0 {
			k.warn(key+".tables", "remove tables, or all_tables", "has no effect because all_tables is true")
		}
	}
}

// leafErrors takes joined errors apart.
func leafErrors(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, leafErrors(e)...)
	}
	return out
}

func (k *checker) http() {
	if k.HTTP.Listen == "" {
		return
	}
	host, port, err := net.SplitHostPort(k.HTTP.Listen)
	if err != nil || port == "" {
		k.problem("http.listen", "write host:port, such as 127.0.0.1:9090", "is not an address to listen on")
		return
	}
	if !loopback(host) && k.HTTP.Token == "" {
		k.problem("http.listen", "set http.token, or listen on 127.0.0.1", "listens beyond this machine without a token")
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// webURL checks an address that HTTP requests go to.
func (k *checker) webURL(key string, value metadata.Secret) {
	u, err := url.Parse(value.Reveal())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		k.problem(key, "write an address that starts with https:// or http://", "is not a web address")
	}
}

// hostPort checks one host:port without repeating it.
func (k *checker) hostPort(key, value, example string) {
	host, port, err := net.SplitHostPort(value)
	if err != nil || port == "" || strings.ContainsAny(host, "/@ ") {
		k.problem(key, "write host:port, such as "+example, "is not an address")
	}
}
