package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Time limits of the peers: a slow one is left out rather than waited for.
const (
	installAtMost = 4 * time.Minute
	peerAtMost    = 5 * time.Minute
)

// peerResult is how one tool fared, once.
type peerResult struct {
	name    string
	version string
	took    time.Duration
	peak    int64
	skipped string // why there is no figure; "" for measured
}

// peer is another tool that reads a catalog.
type peer struct {
	name string
	// prepare gives what to run and the version, and installs it into the folder where it is missing.
	prepare func(ctx context.Context, dir string, source *database) (command, string, error)
}

func peers() []peer {
	return []peer{
		{"`pg_dump --schema-only`", preparePGDump},
		{"tbls, `tbls out -t json`", prepareTbls},
		{"SQLAlchemy inspector, table by table", prepareSQLAlchemy},
	}
}

// measurePeers has semsync and each peer read the small source once. A peer
// that cannot be installed or does not end in time is noted and no error.
func (b *bench) measurePeers(ctx context.Context, dir string) error {
	b.say("semsync over %d tables", b.peerTables)
	ours, err := b.semsyncAsPeer(ctx)
	if err != nil {
		return err
	}
	b.peers = append(b.peers, ours...)
	for _, p := range peers() {
		b.say("peer: %s", p.name)
		r := p.measure(ctx, dir, b.small)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if r.skipped != "" {
			b.say("skipped: %s", r.skipped)
		}
		b.peers = append(b.peers, r)
	}
	return nil
}

// semsyncAsPeer gives a full run into an empty layer, its process and its worker together.
func (b *bench) semsyncAsPeer(ctx context.Context) (out []peerResult, err error) {
	f, err := startFleet(ctx, b.programs, b.small)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	full, err := f.apply(ctx, "--mode", "full")
	if err != nil {
		return nil, err
	}
	idle, err := f.sweeping.apply(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.worker.stop(); err != nil {
		return nil, err
	}
	return []peerResult{
		{name: "semsync, full run into an empty layer (coordinator + worker)", took: full.process.took, peak: full.process.peak + f.worker.peak},
		{name: "semsync, complete sweep, nothing changed (coordinator)", took: idle.process.took, peak: idle.process.peak},
	}, nil
}

func (p peer) measure(ctx context.Context, dir string, source *database) peerResult {
	r := peerResult{name: p.name}
	installing, cancel := context.WithTimeout(ctx, installAtMost)
	defer cancel()
	c, version, err := p.prepare(installing, dir, source)
	r.version = version
	if err != nil {
		r.skipped = "could not be installed: " + lastLine(err)
		return r
	}
	running, cancel := context.WithTimeout(ctx, peerAtMost)
	defer cancel()
	done, err := c.run(running)
	if err != nil {
		r.skipped = "did not work: " + lastLine(err)
		return r
	}
	r.took, r.peak = done.took, done.peak
	return r
}

// lastLine gives the end of what a program printed, where its reason is.
func lastLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

func preparePGDump(ctx context.Context, _ string, source *database) (command, string, error) {
	env, err := source.environment()
	if err != nil {
		return command{}, "", err
	}
	path, err := postgresProgram("pg_dump")
	if err != nil {
		return command{}, "", err
	}
	version, err := printed(ctx, path, "--version")
	return command{path: path, arguments: []string{"--schema-only"}, environment: env}, version, err
}

func prepareTbls(ctx context.Context, dir string, source *database) (command, string, error) {
	path, err := exec.LookPath("tbls")
	if err != nil {
		install := command{path: "go", arguments: []string{"install", "github.com/k1LoW/tbls@v1.94.5"}, environment: []string{"GOBIN=" + dir}, dir: dir}
		if _, err := install.run(ctx); err != nil {
			return command{}, "", err
		}
		path = filepath.Join(dir, "tbls")
	}
	dsn, err := withoutTLS(source.dsn)
	if err != nil {
		return command{}, "", err
	}
	version, err := goModuleVersion(ctx, path)
	return command{path: path, arguments: []string{"out", "-t", "json"}, environment: []string{"TBLS_DSN=" + dsn}, dir: dir}, version, err
}

// inspector is the loop at the core of crawlers that are built on SQLAlchemy.
//
//go:embed inspector.py
var inspector []byte

func prepareSQLAlchemy(ctx context.Context, dir string, source *database) (command, string, error) {
	venv := filepath.Join(dir, "venv")
	python := filepath.Join(venv, "bin", "python")
	for _, step := range []command{
		{path: "python3", arguments: []string{"-m", "venv", venv}},
		{path: python, arguments: []string{"-m", "pip", "install", "--quiet", "sqlalchemy", "psycopg2-binary"}},
	} {
		if _, err := step.run(ctx); err != nil {
			return command{}, "", err
		}
	}
	script := filepath.Join(dir, "inspector.py")
	if err := os.WriteFile(script, inspector, 0o600); err != nil {
		return command{}, "", err
	}
	dsn, err := withoutTLS(source.dsn)
	if err != nil {
		return command{}, "", err
	}
	version, err := printed(ctx, python, "-c", "import sqlalchemy; print(sqlalchemy.__version__)")
	return command{path: python, arguments: []string{script}, environment: []string{"BENCH_DSN=" + strings.Replace(dsn, "postgres://", "postgresql+psycopg2://", 1)}}, version, err
}

func withoutTLS(dsn string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", errors.New("the database's DSN cannot be read")
	}
	u.RawQuery = "sslmode=disable"
	return u.String(), nil
}

// printed gives what a program prints.
func printed(ctx context.Context, path string, arguments ...string) (string, error) {
	var out bytes.Buffer
	_, err := command{path: path, arguments: arguments, output: &out}.run(ctx)
	return strings.TrimSpace(out.String()), err
}

// goModuleVersion gives the version of the module that a program was built from.
func goModuleVersion(ctx context.Context, path string) (string, error) {
	text, err := printed(ctx, "go", "version", "-m", path)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) >= 3 && fields[0] == "mod" {
			return fields[2], nil
		}
	}
	return "", fmt.Errorf("%s has no module version", filepath.Base(path))
}
