package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/profile"
)

// profileReport is where the time of a run went. --profile-out writes it as it is.
type profileReport struct {
	RunID           string                    `json:"run_id"`
	Seconds         float64                   `json:"duration_seconds"`
	TablesPerMinute float64                   `json:"tables_per_minute"`
	Tables          int                       `json:"tables_processed"`
	Fields          int64                     `json:"fields_processed"`
	Changes         int64                     `json:"changes_applied"`
	BatchSize       int                       `json:"batch_size"`
	Workers         int                       `json:"parallel_workers"`
	Processes       map[string][]profile.Line `json:"processes"`
}

// showProfile prints the profile of a run, and writes it to the file that --profile-out names.
func (o *coordinatorFlags) showProfile(ctx context.Context, id metadata.RunID) error {
	return o.withLayer(ctx, func(_ *config.Config, l layer.Layer) error {
		run, err := l.Run(ctx, id)
		if err != nil {
			return err
		}
		lines, err := wholeProfile(ctx, l, run)
		if err != nil {
			return err
		}
		report := profileReport{
			RunID: id.String(), Seconds: run.Duration.Seconds(), TablesPerMinute: rate(run) * 60, Tables: run.Counts.Done, Fields: run.Counts.Fields,
			Changes: run.Counts.Applied, BatchSize: run.Settings.BatchSize, Workers: run.Settings.Workers, Processes: lines,
		}
		if err := printProfile(o.Out, &report); err != nil || o.profileOut == "" {
			return err
		}
		text, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			return fmt.Errorf("encode the profile: %w", err)
		}
		return os.WriteFile(o.profileOut, append(text, '\n'), 0o600)
	})
}

// profilePatience is how long the report waits for what workers have to say after their last commit.
const profilePatience = 3 * time.Second

// wholeProfile waits until the workers have told of all the fields that they committed. A worker that died does not.
func wholeProfile(ctx context.Context, l layer.Reports, run metadata.Run) (map[string][]profile.Line, error) {
	for begun := time.Now(); ; {
		lines, err := l.Profiles(ctx, run.ID)
		if err != nil {
			return nil, err
		}
		told := int64(0)
		for _, process := range lines {
			for _, line := range process {
				if line.Phase == profile.Commit {
					told += line.Rows
				}
			}
		}
		if told >= run.Counts.Fields || time.Since(begun) > profilePatience {
			return lines, nil
		}
		select {
		case <-ctx.Done():
			return lines, nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func printProfile(w io.Writer, r *profileReport) error {
	_, _ = fmt.Fprintf(w, "profile    %.3f s, %.0f tables a minute, batch_size %d, parallel_workers %d; times of work side by side add up to more\n",
		r.Seconds, r.TablesPerMinute, r.BatchSize, r.Workers)
	type row struct {
		process string
		profile.Line
	}
	var rows []row
	for _, process := range slices.Sorted(maps.Keys(r.Processes)) {
		for _, line := range r.Processes[process] {
			rows = append(rows, row{process, line})
		}
	}
	return printList(w, "table", rows, []string{"PROCESS", "PHASE", "SOURCE", "TIME", "CALLS", "QUERIES", "ROWS", "BYTES"}, func(r row) []string {
		n := func(v int64) string { return strconv.FormatInt(v, 10) }
		if r.Phase == profile.Process {
			return []string{r.process, "peak memory", "", r.Time.Round(time.Millisecond).String(), "", "", "", n(r.Bytes)}
		}
		return []string{r.process, r.Phase, r.Source, r.Time.Round(time.Millisecond).String(), n(r.Calls), n(r.Queries), n(r.Rows), n(r.Bytes)}
	})
}
