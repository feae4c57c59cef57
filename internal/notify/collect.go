package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// Facts are where notices get their contents. The layer is one.
type Facts interface {
	// ChangesOf streams the changes that a finished run logged since its previous end.
	ChangesOf(ctx context.Context, h metadata.Happening, yield func(metadata.Change) error) error
	// FindingsOf streams open findings that a run added: Attribute is the type of the finding, New its message, Reason its severity.
	FindingsOf(ctx context.Context, run metadata.RunID, yield func(metadata.Change) error) error
	// FailedOf streams the tables that failed in a run: Attribute is the class of the fault, New its text.
	FailedOf(ctx context.Context, run metadata.RunID, yield func(metadata.Change) error) error
}

// collector makes the notices of one happening.
type collector struct {
	facts   Facts
	h       metadata.Happening
	wanted  func(Event) bool
	notices map[Event]*Notice

	lastPersonal string // the field last told of as personal
	lastListed   bool   // it is the last item of its notice
}

// collect gives the notices of a happening that somebody wants, in the order of Known. An event of which nothing
// happened has none.
func collect(ctx context.Context, facts Facts, h metadata.Happening, wanted func(Event) bool) ([]*Notice, error) {
	c := &collector{facts: facts, h: h, wanted: wanted, notices: make(map[Event]*Notice)}
	for _, e := range eventsOf(h) {
		if wanted(e) {
			c.notice(e)
		}
	}
	if h.Kind == metadata.HappeningFinished {
		for _, part := range []func(context.Context) error{c.failures, c.changes, c.findings} {
			if err := part(ctx); err != nil {
				return nil, fmt.Errorf("collect what happened in run %s: %w", h.Run.ID, err)
			}
		}
	}
	var out []*Notice
	for _, e := range Known {
		if n := c.notices[e]; n != nil {
			n.Title = n.title()
			out = append(out, n)
		}
	}
	return out, nil
}

func (c *collector) notice(e Event) *Notice {
	if c.notices[e] == nil {
		c.notices[e] = newNotice(c.h, e)
	}
	return c.notices[e]
}

// failures lists the failed tables in all notices that tell of them.
func (c *collector) failures(ctx context.Context) error {
	var into []*Notice
	for _, e := range []Event{SyncCompleted, SyncFailed, Errors} {
		if n := c.notices[e]; n != nil {
			into = append(into, n)
		}
	}
	if c.h.Run.Counts.Failed == 0 || len(into) == 0 {
		return nil
	}
	return c.facts.FailedOf(ctx, c.h.Run.ID, func(f metadata.Change) error {
		for _, n := range into {
			n.add(f, f.Attribute+": "+f.New)
		}
		return nil
	})
}

// changes reads the change log for the events that are found there. A dry run's log tells what would be, which is no event.
func (c *collector) changes(ctx context.Context) error {
	wanted := false
	for _, e := range Known {
		wanted = wanted || e.fromChanges() && c.wanted(e)
	}
	if !wanted || c.h.Run.Settings.DryRun {
		return nil
	}
	return c.facts.ChangesOf(ctx, c.h, func(ch metadata.Change) error {
		c.change(ch)
		return nil
	})
}

func (c *collector) change(ch metadata.Change) {
	switch ch.Attribute {
	case "created":
		c.created(ch)
	case "removed":
		c.tell(SchemaChanges, ch, "gone from the source")
		c.tell(DeprecatedFields, ch, "gone from the source")
	case "restored":
		c.tell(SchemaChanges, ch, "back in the source")
	case "renamed":
		detail := fmt.Sprintf("renamed: %s → %s", ch.Old, ch.New)
		if ch.Held == metadata.HeldAsRename {
			detail = fmt.Sprintf("may be %s, which is gone: somebody must agree or refuse", ch.Old)
		}
		c.tell(SchemaChanges, ch, detail)
	case "data_type", "is_nullable", "kind":
		c.tell(SchemaChanges, ch, fmt.Sprintf("%s: %s → %s", strings.ReplaceAll(ch.Attribute, "_", " "), ch.Old, ch.New))
	case "is_pii":
		if ch.New == "true" {
			c.personal(ch, "")
		}
	case "pii_category":
		if ch.Old == "" && ch.New != "" {
			c.personal(ch, ch.New)
		}
	case "tags":
		if hasTag(ch.New, "deprecated") && !hasTag(ch.Old, "deprecated") {
			c.tell(DeprecatedFields, ch, "tagged deprecated")
		}
	}
	if strings.HasPrefix(ch.Reason, "conflict: ") {
		c.tell(Conflicts, ch, ch.Attribute+": the person's stays until somebody decides")
		return
	}
	if strings.HasPrefix(ch.Reason, "edited in the layer, and changed since") {
		c.tell(Conflicts, ch, ch.Attribute+": both changed, and both were kept")
	}
}

func (c *collector) tell(e Event, ch metadata.Change, detail string) {
	if c.wanted(e) {
		c.notice(e).add(ch, detail)
	}
}

// personal tells of a field's personal data once, though its log may have a row for that and one for the category.
func (c *collector) personal(ch metadata.Change, category string) {
	if !c.wanted(PIIDetected) {
		return
	}
	detail := "personal data"
	if category != "" {
		detail += ": " + category
	}
	n, field := c.notice(PIIDetected), ch.Table.Qualified()+"\x00"+ch.Field
	if field != c.lastPersonal {
		c.lastPersonal = field
		c.lastListed = n.Total < maxItems
		n.add(ch, detail)
	} else if c.lastListed && category != "" {
		n.Items[len(n.Items)-1].Detail = clip(clean(detail), 300)
	}
}

// content is what the change log says of a new table or field.
type content struct {
	Name        string    `json:"name"`
	Type        string    `json:"type"`
	Kind        string    `json:"kind"`
	IsPII       bool      `json:"is_pii"`
	PIICategory string    `json:"pii_category"`
	Tags        []string  `json:"tags"`
	Fields      []content `json:"fields"`
}

func (c *collector) created(ch metadata.Change) {
	var is content
	// A row that this version cannot read is told without its details.
	_ = json.Unmarshal([]byte(ch.New), &is)
	if ch.Field == "" {
		c.tell(NewTables, ch, fmt.Sprintf("%s with %s", strings.ReplaceAll(is.Kind, "_", " "), count(len(is.Fields), "field")))
	} else {
		c.tell(SchemaChanges, ch, "new field of type "+is.Type)
		is.Name = ch.Field
		is.Fields = []content{is}
	}
	for _, f := range is.Fields {
		if f.IsPII {
			ch.Field = f.Name
			c.personal(ch, f.PIICategory)
		}
	}
}

func hasTag(list, tag string) bool {
	var tags []string
	_ = json.Unmarshal([]byte(list), &tags) // "" is no list
	for _, t := range tags {
		if strings.EqualFold(t, tag) {
			return true
		}
	}
	return false
}

// findings lists what the validation rules found.
func (c *collector) findings(ctx context.Context) error {
	if !c.wanted(ValidationFailures) {
		return nil
	}
	return c.facts.FindingsOf(ctx, c.h.Run.ID, func(f metadata.Change) error {
		c.notice(ValidationFailures).add(f, f.Reason+": "+f.New)
		return nil
	})
}
