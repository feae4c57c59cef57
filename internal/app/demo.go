package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/examples"
	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

func demoCommand(o *options) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "demo", Short: "Make a sample database, sync it and show what came out", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.demo(cmd.Context(), dir) },
	}
	cmd.Flags().StringVar(&dir, "dir", "semsync-demo", "folder for the sample, its configuration and its layer")
	return cmd
}

// demo runs the main job on the sample database, as a user would by hand.
func (o *options) demo(ctx context.Context, dir string) error {
	if err := makeSample(ctx, dir); err != nil {
		return err
	}
	// The paths of the configuration are relative to its folder.
	back, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	defer func() { _ = os.Chdir(back) }()
	run := &coordinatorFlags{options: *o, apply: true}
	run.configFile = "config.yaml"
	cfg, log, err := run.open(nil)
	if err != nil {
		return err
	}
	if err := run.oneRun(ctx, cfg, log); err != nil {
		return err
	}
	return run.withLayer(ctx, func(_ *config.Config, l layer.Layer) error { return showSample(ctx, o.Out, dir, l) })
}

// makeSample makes the sample database and its configuration, unless they are there.
func makeSample(ctx context.Context, dir string) (err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	conf := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(conf, examples.QuickstartConfig, 0o600); err != nil {
		return err
	}
	path := filepath.Join(dir, "sample.db")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	// Made beside and moved into place, so that an interrupt leaves no half of it.
	half := path + ".new"
	if err := os.Remove(half); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := sql.Open("sqlite", half)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, examples.SampleSQL)
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("make the sample database: %w", err)
	}
	return os.Rename(half, path)
}

// samples are the fields that the demo shows.
var samples = []string{
	"customers.email", "customers.email_verified", "orders.customer_id", "orders.total_amt", "payments.card_number", "employees.base_salary",
	"newsletter_subscriptions.CustEmailAddr", "patients.blood_type", "devices.mac_addr", "web_sessions.duration_ms",
}

func showSample(ctx context.Context, w io.Writer, dir string, l layer.Layer) error {
	byName := map[string]metadata.FieldRecord{}
	err := l.Fields(ctx, func(r metadata.FieldRecord) error {
		byName[r.Table.Name+"."+r.Name] = r
		return nil
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(w, "\nTen of the fields, as the semantic layer describes them now:")
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "FIELD\tPERSONAL DATA\tTAGS\tDESCRIPTION")
	for _, name := range samples {
		r := byName[name]
		category := r.PIICategory
		if category == "" {
			category = "-"
		}
		_, _ = fmt.Fprintln(t, strings.Join([]string{cell(name), cell(category), cell(strings.Join(r.Tags, ",")), cell(r.Description)}, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, `
To look further, in the folder %[1]s:
  sqlite3 semsync-data/semantic_layer_v1.db "SELECT table_name, field_name, description FROM field_metadata WHERE is_pii"
  coordinator --config config.yaml runs list
  coordinator --config config.yaml --apply      (does no table: nothing changed; alter sample.db and see)
  coordinator --config config.yaml --dry-run --mode full
(coordinator is what "make build" puts into bin/, or "go run github.com/semsync/semsync/cmd/coordinator")
`, dir)
	return err
}
