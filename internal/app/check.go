package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/coordinator"
	"github.com/semsync/semsync/internal/definitions"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// validateConfig prints every problem of the configuration, and with --connect of what it names.
func (o *coordinatorFlags) validateConfig(ctx context.Context) error {
	cfg, err := o.load(nil)
	if err == nil {
		_, err = definitions.Load(definitionFiles(cfg))
	}
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, p := range problems {
			_, _ = fmt.Fprintln(o.Out, printable(p.Error()))
		}
		return &exitError{code: exitUsage, err: fmt.Errorf("%d problems", len(problems))}
	}
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings() {
		_, _ = fmt.Fprintln(o.Out, "warning: "+printable(w.Error()))
	}
	if o.connect {
		if n := o.tryConnections(ctx, cfg); n > 0 {
			return &exitError{code: exitUsage, err: fmt.Errorf("%d problems", n)}
		}
	}
	_, _ = fmt.Fprintf(o.Out, "%s is valid\n", o.configFile)
	return nil
}

// tryConnections tries all that the configuration names, and gives the number of problems it printed.
func (o *coordinatorFlags) tryConnections(ctx context.Context, cfg *config.Config) (n int) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	say := func(what string, problems ...string) {
		if len(problems) == 0 {
			_, _ = fmt.Fprintln(o.Out, "ok: "+what)
		}
		for _, p := range problems {
			n++
			_, _ = fmt.Fprintln(o.Out, printable(what+": "+p))
		}
	}
	say("layer", errorText(tryLayer(ctx, cfg))...)
	if !cfg.EmbeddedRedis() {
		infra := &Infra{QueueName: cfg.SemanticDatabase.Name}
		err := infra.openQueue(cfg)
		if err == nil {
			err = infra.Queue.Ping(ctx)
		}
		say("redis", errorText(errors.Join(err, infra.Close()))...)
	}
	if !cfg.EmbeddedNATS() {
		say("nats", errorText(o.tryNATS(ctx, cfg))...)
	}
	readers := newSources(cfg, func(string) source.Limiter { return source.Unlimited{} })
	for _, name := range readers.Names() {
		r, err := readers.Source(ctx, name)
		if err != nil {
			say("source "+name, err.Error())
			continue
		}
		missing, err := r.Check(ctx)
		if problems := append(missing, errorText(err)...); len(problems) > 0 {
			say("source "+name, problems...)
			continue
		}
		say("source "+name, errorText(o.tryDetection(ctx, cfg, readers, name))...)
	}
	if err := readers.Close(); err != nil {
		say("sources", err.Error())
	}
	return n
}

// tryDetection warns of tables for which the method of delta detection has nothing to go by.
func (o *coordinatorFlags) tryDetection(ctx context.Context, cfg *config.Config, readers *sources, name string) error {
	tables, err := newTableScope(cfg.Scope)
	if err != nil {
		return err
	}
	log, err := o.logger(cfg)
	if err != nil {
		return err
	}
	n, err := coordinator.Untold(ctx, readers, tables, name, cfg.RunSettings(), log)
	if n > 0 {
		_, _ = fmt.Fprintf(o.Out, "warning: source %s: nothing tells when %d of its tables changed, so they would be done in every run: use delta_detection method checksum\n",
			name, n)
	}
	return err
}

func errorText(err error) []string {
	if err == nil {
		return nil
	}
	return []string{err.Error()}
}

// tryLayer reaches the layer without making it.
func tryLayer(ctx context.Context, cfg *config.Config) (err error) {
	if cfg.EmbeddedLayer() {
		return nil // it is made on start
	}
	l, err := openLayer(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	err = l.CheckMigrated(ctx)
	if errors.Is(err, layer.ErrNotMigrated) && cfg.SemanticDatabase.CreateIfMissing {
		return nil
	}
	return err
}

func (o *coordinatorFlags) tryNATS(ctx context.Context, cfg *config.Config) (err error) {
	log, err := o.logger(cfg)
	if err != nil {
		return err
	}
	infra := &Infra{}
	defer func() { err = errors.Join(err, infra.Close()) }()
	if err := infra.openBus(ctx, cfg, log); err != nil {
		return err
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; {
		if infra.Bus.Connected() {
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("not reachable within 5s: check nats.url")
}

// printSchedule prints the next fire times.
func (o *coordinatorFlags) printSchedule() error {
	cfg, err := o.load(nil)
	if err != nil {
		return err
	}
	s, err := scheduleOf(cfg)
	if err != nil {
		return err
	}
	if s == nil {
		_, _ = fmt.Fprintln(o.Out, "sync.schedule is not set: runs start by hand only")
		return nil
	}
	at := time.Now()
	for range 5 {
		at = s.Next(at)
		zone, err := time.LoadLocation(cfg.Sync.Timezone)
		if err != nil {
			return usage(err)
		}
		_, _ = fmt.Fprintf(o.Out, "%s  %s\n", at.In(zone).Format("Mon 2006-01-02 15:04:05 MST"), at.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return nil
}

// printScope prints what is in scope and why the rest is not.
func (o *coordinatorFlags) printScope(ctx context.Context) (err error) {
	cfg, err := o.load(nil)
	if err != nil {
		return err
	}
	tables, err := newTableScope(cfg.Scope)
	if err != nil {
		return usage(err)
	}
	readers := newSources(cfg, func(string) source.Limiter { return source.Unlimited{} })
	defer func() { err = errors.Join(err, readers.Close()) }()
	in, out := 0, 0
	for _, name := range readers.Names() {
		r, err := readers.Source(ctx, name)
		if err != nil {
			return err
		}
		_, err = r.Discover(ctx, source.Options{QueryTimeout: cfg.Sync.QueryTimeout, Application: "show-scope"}, func(id metadata.TableID) bool {
			ok, why := tables.Match(id)
			if ok {
				in++
				_, _ = fmt.Fprintf(o.Out, "in   %s\n", cell(id.Qualified()))
			} else {
				out++
				_, _ = fmt.Fprintf(o.Out, "out  %s  (%s)\n", cell(id.Qualified()), cell(why))
			}
			return false
		}, func(*metadata.Table) error { return nil })
		if err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(o.Out, "%d tables in scope, %d not\n", in, out)
	return nil
}

func configCommand(o *options) *cobra.Command {
	return group("config", "About the configuration", &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of the configuration", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := o.Out.Write(config.Schema())
			return err
		},
	})
}

// configVersion is the id under which a configuration is recorded: it derives from its redacted content.
func configVersion(cfg *config.Config) string {
	sum := sha256.Sum256(redacted(cfg))
	return "c" + hex.EncodeToString(sum[:])[:16]
}

func saveConfig(ctx context.Context, l layer.Layer, cfg *config.Config) error {
	content := redacted(cfg)
	sum := sha256.Sum256(content)
	return l.SaveConfigVersion(ctx, configVersion(cfg), hex.EncodeToString(sum[:]), content)
}

func healthcheckCommand(o *options) *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use: "healthcheck", Short: "Ask a running program for its health, for containers without a shell", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), 5*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			if err != nil {
				return usage(err)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer func() { _ = res.Body.Close() }()
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("%s answers %s", url, res.Status)
			}
			_, _ = fmt.Fprintln(o.Out, "ok")
			return nil
		},
	}
	listen := coordinatorListen
	if v := os.Getenv("SEMSYNC_HTTP_LISTEN"); v != "" {
		listen = v
	}
	cmd.Flags().StringVar(&url, "url", "http://"+listen+"/healthz", "what to ask")
	return cmd
}
