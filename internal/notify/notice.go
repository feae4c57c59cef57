package notify

import (
	"fmt"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Schema is the version of the JSON form of a notice. Members may be added
// within a version, never taken away or changed.
const Schema = "semsync.notice/v1"

// maxItems bounds the items of a notice; the rest is counted.
const maxItems = 20

// Notice is what is told, the same for every channel. Its JSON form is the body of a webhook.
type Notice struct {
	Schema string    `json:"schema"`
	ID     string    `json:"id"` // the same for the same event of the same run, however often it arrives
	Event  Event     `json:"event"`
	At     time.Time `json:"at"`
	Title  string    `json:"title"`
	Reason string    `json:"reason,omitempty"` // why a run failed, or what it waits for
	Run    RunFacts  `json:"run"`
	Total  int       `json:"items_total"` // how many items there are; at most 20 are listed
	Items  []Item    `json:"items"`
	// Command shows more.
	Command string `json:"command"`
}

// RunFacts are a run as a notice tells it.
type RunFacts struct {
	ID          string    `json:"run_id"`
	Status      string    `json:"status"`
	Mode        string    `json:"mode"`
	DryRun      bool      `json:"dry_run"`
	Trigger     string    `json:"trigger"`
	InitiatedBy string    `json:"initiated_by"`
	StartedAt   time.Time `json:"started_at"`
	Seconds     float64   `json:"duration_seconds"`
	Tables      int       `json:"tables_total"`
	Done        int       `json:"tables_processed"`
	Failed      int       `json:"tables_failed"`
	Skipped     int       `json:"tables_skipped"`
	New         int       `json:"tables_new"`
	Changed     int       `json:"tables_changed"`
	Dropped     int       `json:"tables_dropped"`
	Fields      int64     `json:"fields_processed"`
	Changes     int64     `json:"changes_applied"`
	Pending     int64     `json:"changes_pending"`
}

// Item is one table or field that a notice is about.
type Item struct {
	Object string `json:"object"` // source:database.table or source:database.table.field
	Detail string `json:"detail"`
}

func factsOf(r metadata.Run) RunFacts {
	c := r.Counts
	return RunFacts{
		ID: r.ID.String(), Status: string(r.Status), Mode: string(r.Settings.Mode), DryRun: r.Settings.DryRun, Trigger: r.Trigger, InitiatedBy: clean(r.InitiatedBy),
		StartedAt: r.StartedAt, Seconds: r.Duration.Seconds(), Tables: c.Total, Done: c.Done, Failed: c.Failed, Skipped: c.Skipped,
		New: c.New, Changed: c.Changed, Dropped: c.Dropped, Fields: c.Fields, Changes: c.Applied, Pending: c.Pending,
	}
}

// newNotice makes a notice of a happening without items.
func newNotice(h metadata.Happening, e Event) *Notice {
	return &Notice{
		Schema: Schema, ID: h.Key + "/" + string(e), Event: e, At: h.At, Reason: clip(clean(h.Run.Error), 1000), Run: factsOf(h.Run), Items: []Item{},
		Command: "coordinator runs show " + h.Run.ID.String(),
	}
}

// add counts an item and lists it while there is room.
func (n *Notice) add(c metadata.Change, detail string) {
	n.Total++
	if len(n.Items) >= maxItems {
		return
	}
	object := c.Table.Qualified()
	if c.Field != "" {
		object += "." + c.Field
	}
	n.Items = append(n.Items, Item{Object: clip(clean(object), 300), Detail: clip(clean(detail), 300)})
}

// title says in one line what happened, once all items are known.
func (n *Notice) title() string {
	switch n.Event {
	case SyncStarted:
		return fmt.Sprintf("%s started: %s to do", n.sync(), count(n.Run.Tables, "table"))
	case SyncCompleted:
		return fmt.Sprintf("%s completed: %s, %s in %s", n.sync(), count(n.Run.Done, "table"), count(int(n.Run.Fields), "field"), n.took())
	case SyncFailed:
		return fmt.Sprintf("%s %s after %s", n.sync(), strings.ReplaceAll(n.Run.Status, "_", " "), n.took())
	case Errors:
		return fmt.Sprintf("%s had errors: %s failed", n.sync(), count(n.Run.Failed, "table"))
	case Conflicts:
		return count(n.Total, "conflict") + " between a person's edit and semsync"
	case PIIDetected:
		return "Personal data found in " + count(n.Total, "field")
	case SchemaChanges:
		return count(n.Total, "schema change")
	case ValidationFailures:
		return count(n.Total, "finding") + " of the validation rules"
	case ApprovalRequired:
		return n.sync() + " waits for approval"
	case NewTables:
		return count(n.Total, "new table")
	case DeprecatedFields:
		return count(n.Total, "table or field", "tables and fields") + " went away or became deprecated"
	case test:
		return "A test notice of semsync"
	default:
		return string(n.Event)
	}
}

func (n *Notice) sync() string {
	if n.Run.DryRun {
		return "Dry run"
	}
	return "Sync"
}

// took is how long the run took, as people say it.
func (n *Notice) took() string {
	d := time.Duration(n.Run.Seconds * float64(time.Second))
	if d < time.Minute {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// facts are the lines below the title.
func (n *Notice) facts() []string {
	if n.Event == test {
		return []string{"If you can read this, this channel works."}
	}
	r := n.Run
	lines := []string{fmt.Sprintf("Run %s, mode %s, started by %s (%s) at %s", r.ID, r.Mode, r.InitiatedBy, r.Trigger, r.StartedAt.UTC().Format(time.RFC3339))}
	if n.Event != SyncStarted {
		lines = append(lines, fmt.Sprintf("Status %s after %s", r.Status, n.took()),
			fmt.Sprintf("Tables: %d of %d done, %d failed, %d skipped; fields: %d; changes: %d", r.Done, r.Tables, r.Failed, r.Skipped, r.Fields, r.Changes))
	}
	lines = append(lines, fmt.Sprintf("Planned: %d new, %d changed, %d dropped", r.New, r.Changed, r.Dropped))
	if r.Pending > 0 {
		lines = append(lines, count(int(r.Pending), "change")+" waiting for approval")
	}
	if n.Reason != "" {
		lines = append(lines, "Reason: "+n.Reason)
	}
	return lines
}

// more says how many items are not listed, "" for none.
func (n *Notice) more() string {
	if left := n.Total - len(n.Items); left > 0 {
		return fmt.Sprintf("… and %d more", left)
	}
	return ""
}

// count gives "1 table" or "2 tables".
func count(n int, one string, many ...string) string {
	switch {
	case n == 1:
		return "1 " + one
	case len(many) > 0:
		return fmt.Sprintf("%d %s", n, many[0])
	default:
		return fmt.Sprintf("%d %ss", n, one)
	}
}

// NewTest makes a notice that only shows that a channel works.
func NewTest(id string, at time.Time) *Notice {
	n := &Notice{Schema: Schema, ID: "test/" + id, Event: test, At: at, Items: []Item{}, Command: "coordinator --help"}
	n.Title = n.title()
	return n
}
