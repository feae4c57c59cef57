package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// section is one table of the report. Its first row is the header.
type section struct {
	title string
	about string
	rows  [][]string
}

func (r *results) sections() []section {
	out := []section{r.wanted(), r.limitsSection(), r.semsyncSection(), r.memorySection(), r.queriesSection()}
	if len(r.peers) > 0 {
		out = append(out, r.peersSection())
	}
	return out
}

// The limits of PERFORMANCE: how much longer than the floor semsync may take.
const (
	mostFull        = 3.0
	mostAgain       = 2.0
	mostToken       = 2.0
	mostDelta       = time.Second
	mostWorker      = 200_000_000
	mostCoordinator = 150_000_000
)

func (r *results) fullFloor() time.Duration { return r.stream.least() + r.copied.least() }
func (r *results) againFloor() time.Duration {
	return r.stream.least() + r.readBack.least() + r.ledger.least()
}

func (r *results) wanted() section {
	full, again, token := ratio(r.full.least(), r.fullFloor()), ratio(r.again.least(), r.againFloor()), ratio(r.token.least(), r.hash.least())
	coordinator := max(r.coordinatorPeak, r.sweepPeak)
	return section{title: "What is wanted, and what is", rows: [][]string{
		{"wanted", "measured", "met"},
		{"full run into an empty layer ≤ 3 × (stream + COPY)", times(full), met(full <= mostFull)},
		{"full run, nothing changed ≤ 2 × (stream + reading the layer back + ledger)", times(again), met(again <= mostAgain)},
		{"delta run, nothing changed, at the source ≤ 2 × one hash over the catalogs", times(token), met(token <= mostToken)},
		{"delta run, nothing changed, whole embedded `coordinator --apply` ≤ 1 s", seconds(r.embeddedDelta.least()), met(r.embeddedDelta.least() <= mostDelta)},
		{"worker ≤ 200 MB", megabytes(r.workerPeak), met(r.workerPeak <= mostWorker)},
		{"coordinator ≤ 150 MB", megabytes(coordinator), met(coordinator <= mostCoordinator)},
		{"statements of a discovery do not grow with the tables", fmt.Sprintf("%d and %d", r.smallQueries.discover, r.queries.discover), met(r.smallQueries.discover == r.queries.discover)},
	}}
}

func times(x float64) string { return fmt.Sprintf("%.1f ×", math.Ceil(x*10-1e-9)/10) }

func met(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// row is a figure with its noise.
func row(name string, s series, note string) []string {
	return []string{name, seconds(s.least()), fmt.Sprintf("+%.0f %%", s.spread()), note}
}

func (r *results) limitsSection() section {
	return section{
		title: "Limits", about: "What the machine and the servers take at least, without semsync.",
		rows: [][]string{
			{"limit", "time", "noise", ""},
			row("stream", r.stream, "the whole catalog in one query with defaults and comments, ordered by attrelid and attnum, read by pgx"),
			row("COPY", r.copied, "the very rows of `field_metadata` into an empty table with the same key"),
			{"stream + COPY", seconds(r.fullFloor()), "", "the floor of a full run"},
			row("reading the layer back", r.readBack, "all rows of `field_metadata`"),
			row("ledger", r.ledger, "COPY of the run's rows of `sync_run_tables` into an empty table with the same keys"),
			row("one hash over the catalogs", r.hash, "of class, attribute, attrdef, constraint and description; one row comes back"),
			row("psql", r.psql, "a whole process: `psql -c \"COPY (…) TO STDOUT\"` of the stream's query"),
		},
	}
}

func (r *results) semsyncSection() section {
	full := r.full.least()
	return section{
		title: "semsync", about: "Real processes and real servers, every setting at its default. The fleet has a coordinator, one worker, Redis, NATS and a PostgreSQL layer in another database of the source's server.",
		rows: [][]string{
			{"what", "time", "noise", ""},
			row("full run into an empty layer, fleet", r.full, fmt.Sprintf("start to `completed`; %s fields/s, %s tables/min",
				rate(r.fields, full, time.Second), rate(int64(r.tables), full, time.Minute))),
			row("… the whole `coordinator --apply`", r.fullWall, "with the start and the end of the process"),
			row("full run, nothing changed, fleet", r.again, "every table is read, merged and compared"),
			row("… the whole `coordinator --apply`", r.againWall, ""),
			row("delta run, nothing changed, fleet", r.delta, "whole process; the change token proves it"),
			row("… with a complete sweep", r.sweep, "whole process; `full_sweep_every: 1`"),
			row("delta run, nothing changed, embedded", r.embeddedDelta, "whole process, with SQLite, Redis and NATS inside"),
			row("… with a complete sweep", r.embeddedSweep, "whole process"),
			{"full run into an empty layer, embedded", seconds(r.embeddedFull), "once", "start to `completed`, SQLite layer"},
			row("change token", r.token, "at the source, connecting included"),
			row("discovery", r.discovered, "every table complete, in memory one at a time"),
		},
	}
}

func (r *results) memorySection() section {
	return section{
		title: "Memory", about: "The most that a process had resident (VmHWM), over all rounds.",
		rows: [][]string{
			{"process", "peak"},
			{"worker, full runs", megabytes(r.workerPeak)},
			{"coordinator, full runs", megabytes(r.coordinatorPeak)},
			{"coordinator, complete sweep", megabytes(r.sweepPeak)},
			{"coordinator, embedded, complete sweep", megabytes(r.embeddedPeak)},
		},
	}
}

func (r *results) queriesSection() section {
	return section{
		title: "Statements sent to the source", about: "Beginning and ending a transaction count.",
		rows: [][]string{
			{"tables", "change token", "discovery"},
			{thousands(r.smallQueries.tables), thousands(r.smallQueries.token), thousands(r.smallQueries.discover)},
			{thousands(r.queries.tables), thousands(r.queries.token), thousands(r.queries.discover)},
		},
	}
}

func (r *results) peersSection() section {
	s := section{
		title: "Peers",
		about: fmt.Sprintf("The same catalog of %s tables, each whole process once. semsync also works out meaning and writes its layer; the others only read and print.", thousands(r.peerTables)),
		rows:  [][]string{{"tool", "version", "time", "peak"}},
	}
	for _, p := range r.peers {
		line := []string{p.name, p.version, seconds(p.took), megabytes(p.peak)}
		if p.skipped != "" {
			line[2], line[3] = "skipped", p.skipped
		}
		s.rows = append(s.rows, line)
	}
	return s
}

// rate gives how many of n there are in a unit of time, to three digits.
func rate(n int64, took, unit time.Duration) string {
	if n == 0 || took == 0 {
		return "0"
	}
	x := float64(n) * unit.Seconds() / took.Seconds()
	digits := math.Pow10(max(0, int(math.Log10(x))-2))
	return thousands(int64(x/digits) * int64(digits))
}

// thousands prints a number with separators.
func thousands[N int | int64](n N) string {
	text := strconv.FormatInt(int64(n), 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// print writes the report for a terminal.
func (r *results) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, s := range r.sections() {
		fmt.Fprintf(t, "\n%s\n", s.title) //nolint:errcheck // Flush gives the error
		for _, cells := range s.rows {
			fmt.Fprintln(t, "  "+strings.Join(cells, "\t")) //nolint:errcheck // as above
		}
	}
	return t.Flush()
}

const preface = `# Performance

Written by ` + "`make bench`" + ` (internal/testkit/bench); edit the program, not this file. Each time is the least of %d rounds, and its noise is by how
much the slowest round was slower. In each round everything is measured once, so that all figures have had the same neighbours. The
ratios can be compared between machines, the times cannot.

| | |
| --- | --- |
| date | %s |
| machine | %s, %d cores |
| versions | Go %s, PostgreSQL %s, Redis %s, NATS %s |
| source | PostgreSQL on loopback, %s tables, %s columns; comments on all tables and half of the columns, defaults, keys |
| durability | the servers are private ones for tests: PostgreSQL without fsync, Redis without files |
`

// document writes the report as Markdown.
func (r *results) document(path string) error {
	var b strings.Builder
	m := r.machine
	fmt.Fprintf(&b, preface, r.runs, r.began.UTC().Format(time.DateOnly), m.system, m.cores, m.golang, m.postgres, m.redis, m.js,
		thousands(r.tables), thousands(r.fields))
	for _, s := range r.sections() {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		if s.about != "" {
			b.WriteString(s.about + "\n\n")
		}
		for i, cells := range s.rows {
			b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
			if i == 0 {
				b.WriteString("|" + strings.Repeat(" --- |", len(cells)) + "\n")
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(b.String()), 0o644) //nolint:gosec // a document for everyone
}
