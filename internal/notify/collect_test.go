package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func anything(Event) bool { return true }

// told gives the notices of the last happening, by event.
func (w *world) told() map[Event]*Notice {
	w.Helper()
	list, err := w.store.Happenings(w.Context(), 10)
	require.NoError(w, err)
	notices, err := collect(w.Context(), w.store, list[len(list)-1], anything)
	require.NoError(w, err)
	out := make(map[Event]*Notice)
	for _, n := range notices {
		out[n.Event] = n
	}
	return out
}

func TestWhatPeopleAreTold(t *testing.T) {
	w := newWorld(t)
	w.plan("people", "orders", "bad")
	created := `{"kind":"table","fields":[{"name":"id","type":"int"},{"name":"email","type":"text","is_pii":true,"pii_category":"email"}]}`
	w.finish(map[string]string{"bad": "permission denied for \x1b[31mbad\n"},
		metadata.Change{Table: table("people"), Attribute: "created", New: created, Reason: "new in the source"},
		metadata.Change{Table: table("orders"), Field: "phone", Attribute: "created", New: `{"name":"phone","type":"text","is_pii":true}`},
		metadata.Change{Table: table("orders"), Field: "phone", Attribute: "renamed", Old: "mobile", New: "phone", Held: metadata.HeldAsRename},
		metadata.Change{Table: table("orders"), Field: "ssn", Attribute: "pii_category", New: "national_id"},
		metadata.Change{Table: table("orders"), Field: "ssn", Attribute: "is_pii", New: "true"},
		metadata.Change{Table: table("orders"), Field: "born", Attribute: "is_pii", Old: "false", New: "true"},
		metadata.Change{Table: table("orders"), Field: "born", Attribute: "pii_category", New: "birth_date"},
		metadata.Change{Table: table("orders"), Field: "total", Attribute: "data_type", Old: "int", New: "numeric"},
		metadata.Change{Table: table("orders"), Field: "gone", Attribute: "removed"},
		metadata.Change{Table: table("orders"), Field: "old", Attribute: "tags", Old: `["a"]`, New: `["a","deprecated"]`},
		metadata.Change{Table: table("orders"), Field: "note", Attribute: "description", Reason: "edited in the layer, and changed since"},
	)
	_, err := w.store.DB().ExecContext(t.Context(), `INSERT INTO validation_errors (run_id, error_type, severity, source_name, database_name, table_name, field_name, message)
		VALUES (?, 'missing_owner', 'error', 'src', 'db', 'orders', 'ssn', 'has no owner')`, w.run.String())
	require.NoError(t, err)
	got := w.told()
	items := make(map[Event]string)
	for e, n := range got {
		var lines []string
		for _, i := range n.Items {
			lines = append(lines, i.Object+" "+i.Detail)
		}
		require.Equal(t, len(lines), n.Total)
		items[e] = strings.Join(lines, "\n")
	}
	failed := "src:db.bad permission: permission denied for �[31mbad "
	require.Equal(t, map[Event]string{ //nolint:exhaustive // the others did not happen
		SyncCompleted: failed, Errors: failed, NewTables: "src:db.people table with 2 fields",
		PIIDetected:      "src:db.orders.born personal data: birth_date\nsrc:db.orders.phone personal data\nsrc:db.orders.ssn personal data: national_id\nsrc:db.people.email personal data: email",
		SchemaChanges:    "src:db.orders.gone gone from the source\nsrc:db.orders.phone new field of type text\nsrc:db.orders.phone may be mobile, which is gone: somebody must agree or refuse\nsrc:db.orders.total data type: int → numeric",
		DeprecatedFields: "src:db.orders.gone gone from the source\nsrc:db.orders.old tagged deprecated", Conflicts: "src:db.orders.note description: both changed, and both were kept",
		ValidationFailures: "src:db.orders.ssn error: has no owner",
	}, items)
	require.Regexp(t, `^Sync completed: 2 tables, 4 fields in [0-9.]+m?s$`, got[SyncCompleted].Title)
	require.Equal(t, "Personal data found in 4 fields", got[PIIDetected].Title)
	require.Equal(t, "1 of 3 tables failed", got[SyncCompleted].Reason)
	require.Equal(t, "coordinator runs show "+w.run.String(), got[Errors].Command)
	text := textOf(got[SyncCompleted])
	require.Contains(t, text, "Tables: 2 of 3 done, 1 failed, 0 skipped; fields: 4; changes: 10")
	require.Contains(t, text, failed[:len("src:db.bad")])
}

func TestNothingHappenedNoNotice(t *testing.T) {
	w := newWorld(t)
	w.plan("a")
	started := w.told()
	require.Len(t, started, 1)
	require.Equal(t, "Sync started: 1 table to do", started[SyncStarted].Title)
	w.finish(nil)
	got := w.told()
	require.Len(t, got, 1)
	require.Contains(t, got, SyncCompleted)
}

func TestLongListsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.plan("a")
	var changes []metadata.Change
	for i := range 30 {
		for _, attribute := range []string{"is_pii", "pii_category"} {
			changes = append(changes, metadata.Change{Table: table("a"), Field: fmt.Sprintf("f%02d", i), Attribute: attribute, New: "true"})
		}
	}
	w.finish(nil, changes...)
	n := w.told()[PIIDetected]
	require.Equal(t, 30, n.Total)
	require.Len(t, n.Items, maxItems)
	require.Equal(t, Item{"src:db.a.f19", "personal data: true"}, n.Items[19])
	require.Equal(t, "… and 10 more", n.more())
}

func TestEventsOfRuns(t *testing.T) {
	for _, c := range []struct {
		name string
		kind metadata.HappeningKind
		run  metadata.Run
		want []Event
	}{
		{"held", metadata.HappeningPlanned, metadata.Run{Status: metadata.StatusAwaitingApproval}, []Event{ApprovalRequired}},
		{"released", metadata.HappeningReleased, metadata.Run{Status: metadata.StatusRunning}, []Event{SyncStarted}},
		{"failed", metadata.HappeningFinished, metadata.Run{Status: metadata.StatusFailed, Error: "x"}, []Event{SyncFailed}},
		{"all failed", metadata.HappeningFinished, metadata.Run{Status: metadata.StatusFailed, Counts: metadata.RunCounts{Failed: 2}}, []Event{SyncFailed, Errors}},
		{"out of time", metadata.HappeningFinished, metadata.Run{Status: metadata.StatusTimedOut}, []Event{SyncFailed}},
		{"cancelled", metadata.HappeningFinished, metadata.Run{Status: metadata.StatusCancelled}, []Event{SyncFailed}},
		{"a source unread", metadata.HappeningFinished, metadata.Run{Status: metadata.StatusCompletedWithErrors, Error: "source x"}, []Event{SyncCompleted, Errors}},
		{"dry", metadata.HappeningFinished, metadata.Run{Status: metadata.StatusDryRun}, []Event{SyncCompleted}},
		{"conflicts are pending", metadata.HappeningFinished, metadata.Run{Status: metadata.StatusCompleted, Counts: metadata.RunCounts{Pending: 1}}, []Event{SyncCompleted}},
		{"changes wait", metadata.HappeningWaits, metadata.Run{Status: metadata.StatusAwaitingApproval, Counts: metadata.RunCounts{Pending: 1}}, []Event{ApprovalRequired}},
	} {
		require.Equal(t, c.want, eventsOf(metadata.Happening{Kind: c.kind, Run: c.run}), c.name)
	}
}

// hostile is a notice of somebody who names tables with bad intent.
func hostile() *Notice {
	n := NewTest("x", time.Unix(1e9, 0))
	n.Event = Errors
	n.Title = "<!channel> & <https://evil.example|click> *bold* @here"
	n.Total = 1
	n.add(metadata.Change{Table: metadata.TableID{Source: "s", Database: "d", Name: "`t` <@U1>\u202e\x1b[2J\x00\xff"}}, "_x_ ~y~ `z`")
	return n
}

func TestSlackShowsTextsAsTheyAre(t *testing.T) {
	h := newHook(t, nil)
	s, err := NewSlack(SlackConfig{
		WebhookURL: metadata.Secret(h.URL), Channel: "#data", NotifyOn: Known,
		MentionUsers: []string{"U012AB", "@here", "S0TEAM", "ann <!channel>"},
	})
	require.NoError(t, err)
	defer s.post.client.CloseIdleConnections()
	require.NoError(t, s.Send(t.Context(), hostile(), ""))
	var m slackMessage
	require.NoError(t, json.Unmarshal([]byte(h.heard()[0].body), &m))
	require.Equal(t, "#data", m.Channel)
	head := m.Blocks[0].Text.Text
	require.Contains(t, head, " <@U012AB> <!here> <!subteam^S0TEAM> @\u200bann &lt;!channel&gt;")
	title := strings.TrimSuffix(head, " <@U012AB> <!here> <!subteam^S0TEAM> @\u200bann &lt;!channel&gt;")
	require.Equal(t, "*&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt; \u200b*bold\u200b* @\u200bhere*", title)
	rest, err := json.Marshal(m.Blocks[1:])
	require.NoError(t, err)
	require.NotContains(t, string(rest), "<@")
	require.Contains(t, m.Blocks[2].Text.Text, "`s:d.ˋtˋ &lt;@U1&gt;�")
	require.NotContains(t, h.heard()[0].body, "\\u001b")
	require.NotContains(t, h.heard()[0].body, "\u202e")

	quietly := hostile()
	quietly.Event = SyncCompleted
	require.NotContains(t, s.message(quietly).Blocks[0].Text.Text, "<@", "nobody is called for good news")
}

func TestSlackSectionsAreShortEnough(t *testing.T) {
	n := NewTest("x", time.Now())
	for range maxItems {
		n.add(metadata.Change{Table: metadata.TableID{Source: "s", Database: "d", Name: strings.Repeat("&", 400)}}, strings.Repeat("<", 400))
	}
	n.Reason = strings.Repeat("*", 5000)
	n.Event = SyncFailed
	s := Slack{}
	m := s.message(n)
	require.LessOrEqual(t, len(m.Blocks), 50)
	for _, b := range m.Blocks {
		require.LessOrEqual(t, len([]rune(b.Text.Text)), 3000)
		require.NotEmpty(t, b.Text.Text)
	}
}
