package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// programs are the built binaries.
type programs struct{ coordinator, worker string }

// build builds both programs as `make build` does.
func build(ctx context.Context, dir string) (programs, error) {
	c := command{
		path: "go", environment: []string{"CGO_ENABLED=0"},
		arguments: []string{"build", "-trimpath", "-ldflags", "-s -w", "-o", dir + string(filepath.Separator), "./cmd/coordinator", "./cmd/worker"},
	}
	if _, err := c.run(ctx); err != nil {
		return programs{}, err
	}
	return programs{coordinator: filepath.Join(dir, "coordinator"), worker: filepath.Join(dir, "worker")}, nil
}

// installation is a configured semsync with its layer, in one of its two forms.
type installation struct {
	programs
	dir    string
	config string
}

// place is what a configuration says of the servers: nothing in the embedded form.
type place struct{ redis, nats, layer string }

// install writes the configuration of a semsync over the source. Everything but the servers has its default.
func install(p programs, dir string, source *database, at place, sweepEvery int) (*installation, error) {
	text := map[string]any{
		"version": "1.0", "data_dir": filepath.Join(dir, "data"),
		"http":    map[string]any{"listen": "127.0.0.1:0"},
		"sources": []any{map[string]any{"name": "warehouse", "driver": "postgres", "dsn": source.dsn}},
		"scope":   map[string]any{"databases": []string{"bench_*.*"}},
	}
	if sweepEvery > 0 {
		text["sync"] = map[string]any{"full_sweep_every": sweepEvery}
	}
	if at.layer != "" {
		text["redis"] = map[string]any{"addr": at.redis}
		text["nats"] = map[string]any{"url": at.nats}
		text["semantic_database"] = map[string]any{"url": at.layer}
	}
	body, err := json.Marshal(text) // JSON is YAML
	if err != nil {
		return nil, err
	}
	i := &installation{programs: p, dir: dir, config: filepath.Join(dir, fmt.Sprintf("config-%d.yaml", sweepEvery))}
	return i, os.WriteFile(i.config, body, 0o600)
}

// account is what semsync itself says of a run.
type account struct {
	Status    string  `json:"status"`
	Seconds   float64 `json:"duration_seconds"`
	Total     int     `json:"tables_total"`
	Unchanged int     `json:"tables_unchanged"`
	Done      int     `json:"tables_processed"`
	Fields    int64   `json:"fields_processed"`
	process   *process
}

func (a account) took() time.Duration { return time.Duration(a.Seconds * float64(time.Second)) }

// apply runs `coordinator --apply` to its end, and gives the run's account with the process.
func (i *installation) apply(ctx context.Context, arguments ...string) (account, error) {
	p, err := i.coordinatorWith(append([]string{"--apply"}, arguments...)...).run(ctx)
	if err != nil {
		return account{}, err
	}
	a, err := i.last(ctx)
	a.process = p
	if err == nil && a.Status != "completed" {
		err = fmt.Errorf("the run is %s and not completed: %s", a.Status, p.log.String())
	}
	return a, err
}

func (i *installation) coordinatorWith(arguments ...string) command {
	return command{path: i.coordinator, arguments: append(arguments, "--config", i.config), dir: i.dir}
}

// last gives the account of the last run.
func (i *installation) last(ctx context.Context) (account, error) {
	var out bytes.Buffer
	c := i.coordinatorWith("runs", "list", "--output", "json")
	c.output = &out
	if _, err := c.run(ctx); err != nil {
		return account{}, err
	}
	var all []account
	if err := json.Unmarshal(out.Bytes(), &all); err != nil {
		return account{}, fmt.Errorf("read the list of runs: %w", err)
	}
	if len(all) == 0 {
		return account{}, errors.New("there is no run")
	}
	return all[0], nil
}
