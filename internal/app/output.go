package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// outputs are the forms in which lists can be printed.
const outputs = "table, json or yaml"

// printList prints rows in the given form; header and cells are for the table only.
func printList[T any](w io.Writer, form string, rows []T, header []string, cells func(T) []string) error {
	switch form {
	case "json":
		if rows == nil {
			rows = []T{}
		}
		return printJSON(w, rows)
	case "yaml":
		return printYAML(w, rows)
	case "table":
		t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(t, strings.Join(header, "\t"))
		for _, r := range rows {
			list := cells(r)
			for i := range list {
				list[i] = cell(list[i])
			}
			_, _ = fmt.Fprintln(t, strings.Join(list, "\t"))
		}
		return t.Flush()
	default:
		return usage(fmt.Errorf("--output is %q: it must be %s", form, outputs))
	}
}

// printOne prints one object as JSON.
func printOne(w io.Writer, form string, v any) error {
	if form != "json" {
		return usage(fmt.Errorf("--output is %q: it must be %s", form, outputs))
	}
	return printJSON(w, v)
}

// printJSON prints JSON that a terminal shows as it is.
func printJSON(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, escapedJSON(string(b))+"\n")
	return err
}

// printYAML prints by the JSON names, so that both forms agree. JSON is YAML but for some characters, which are escaped.
func printYAML(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var tree yaml.Node
	if err := yaml.Unmarshal([]byte(escapedYAML(string(b))), &tree); err != nil {
		return err
	}
	quoteHidden(&tree)
	var text strings.Builder
	enc := yaml.NewEncoder(&text)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(&tree), enc.Close()); err != nil {
		return err
	}
	_, err = io.WriteString(w, escapedYAML(text.String()))
	return err
}

// runView is a run as lists show it.
type runView struct {
	RunID       string             `json:"run_id"`
	Status      metadata.RunStatus `json:"status"`
	Mode        metadata.Mode      `json:"mode"`
	DryRun      bool               `json:"dry_run"`
	Trigger     string             `json:"trigger"`
	InitiatedBy string             `json:"initiated_by"`
	StartedAt   time.Time          `json:"started_at"`
	CompletedAt *time.Time         `json:"completed_at"`
	Seconds     float64            `json:"duration_seconds"`
	Discovered  int                `json:"tables_discovered"`
	Total       int                `json:"tables_total"`
	New         int                `json:"tables_new"`
	Changed     int                `json:"tables_changed"`
	Forced      int                `json:"tables_forced"`
	Renamed     int                `json:"tables_renamed"`
	Dropped     int                `json:"tables_dropped"`
	Unchanged   int                `json:"tables_unchanged"`
	Filtered    int                `json:"tables_filtered"`
	Done        int                `json:"tables_processed"`
	Failed      int                `json:"tables_failed"`
	Skipped     int                `json:"tables_skipped"`
	Fields      int64              `json:"fields_processed"`
	Applied     int64              `json:"changes_applied"`
	Pending     int64              `json:"changes_pending"`
	Retries     int64              `json:"retries"`
	Validated   bool               `json:"validated"`
	Errors      int                `json:"validation_errors"`
	Warnings    int                `json:"validation_warnings"`
	Infos       int                `json:"validation_infos"`
	Error       string             `json:"error,omitempty"`
}

func viewOf(r metadata.Run) runView {
	c := r.Counts
	v := runView{
		RunID: r.ID.String(), Status: r.Status, Mode: r.Settings.Mode, DryRun: r.Settings.DryRun, Trigger: r.Trigger, InitiatedBy: r.InitiatedBy,
		StartedAt: r.StartedAt, Seconds: r.Duration.Seconds(), Discovered: c.Discovered, Total: c.Total, New: c.New, Changed: c.Changed,
		Forced: c.Forced, Renamed: c.Renamed, Dropped: c.Dropped, Unchanged: c.Unchanged, Filtered: c.Filtered, Done: c.Done, Failed: c.Failed,
		Skipped: c.Skipped, Fields: c.Fields, Applied: c.Applied, Pending: c.Pending, Retries: c.Retries, Error: r.Error,
		Validated: r.Validated, Errors: r.Findings.Errors, Warnings: r.Findings.Warnings, Infos: r.Findings.Infos,
	}
	if !r.CompletedAt.IsZero() {
		v.CompletedAt = &r.CompletedAt
	}
	return v
}

// printRun prints a run's account and its failures.
func printRun(ctx context.Context, w io.Writer, l layer.Reports, r metadata.Run) error {
	c := r.Counts
	p := func(format string, args ...any) { _, _ = fmt.Fprintln(w, printable(fmt.Sprintf(format, args...))) }
	p("run        %s", r.ID)
	p("status     %s%s", r.Status, map[bool]string{true: " (dry run)"}[r.Settings.DryRun && r.Status != metadata.StatusDryRun])
	if r.Error != "" {
		p("because    %s", strings.ReplaceAll(r.Error, "\n", "\n           "))
	}
	p("mode       %s, started by %s (%s) at %s", r.Settings.Mode, cell(r.InitiatedBy), r.Trigger, r.StartedAt.Format(time.RFC3339))
	if r.Duration > 0 {
		p("took       %s, %.0f tables a minute", r.Duration.Round(time.Millisecond), rate(r)*60)
	}
	p("discovered %d tables: %d new, %d changed, %d forced, %d renamed, %d unchanged, %d filtered; %d dropped",
		c.Discovered, c.New, c.Changed, c.Forced, c.Renamed, c.Unchanged, c.Filtered, c.Dropped)
	p("processed  %d of %d tables: %d failed, %d skipped; %d fields, %d changes applied, %d retries",
		c.Done, c.Total, c.Failed, c.Skipped, c.Fields, c.Applied, c.Retries)
	if c.Pending > 0 {
		p("waiting    %d changes wait for a person: coordinator changes %s --status pending shows them, approve and reject decide", c.Pending, r.ID)
	}
	if r.Validated {
		p("validation: %s", findingsText(r.Findings))
	}
	if r.Status == metadata.StatusAwaitingApproval && r.PlanHeld {
		p("go on with coordinator runs resume %s --accept-drops, or stop it with coordinator runs cancel %s", r.ID, r.ID)
	}
	const most = 50
	shown := 0
	return l.RunTables(ctx, r.ID, []metadata.LedgerState{metadata.LedgerFailed, metadata.LedgerSkipped}, func(t layer.RunTable) error {
		if shown++; shown > most {
			return nil
		}
		if shown == 1 {
			p("not done:")
		}
		p("  %s  %s after %d attempts (%s): %s", cell(t.Table.Qualified()), t.State, t.Attempt, t.Class, cell(t.Error))
		return nil
	})
}

// findingsText says what validation found, and where to see it.
func findingsText(n metadata.FindingCounts) string {
	out := fmt.Sprintf("%d errors, %d warnings", n.Errors, n.Warnings)
	if n.Infos > 0 {
		out += fmt.Sprintf(", %d infos", n.Infos)
	}
	if n != (metadata.FindingCounts{}) {
		out += " (coordinator validation shows them)"
	}
	return out
}

// printChanges prints a run's changes, one line each.
func printChanges(ctx context.Context, w io.Writer, l layer.Reports, id metadata.RunID) error {
	n := 0
	err := l.Changes(ctx, id, func(c metadata.Change) error {
		n++
		object := c.Table.Qualified()
		if c.Field != "" {
			object += "." + c.Field
		}
		_, err := fmt.Fprintf(w, "%s  %s: %s -> %s  (%s)\n", cell(object), cell(c.Attribute), quoted(c.Old), quoted(c.New), cell(c.Reason))
		return err
	})
	if err == nil {
		_, err = fmt.Fprintf(w, "%d changes\n", n)
	}
	return err
}

// quoted shows a value, shortened; "" is shown as none.
func quoted(s string) string {
	const most = 200
	if s == "" {
		return "none"
	}
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
