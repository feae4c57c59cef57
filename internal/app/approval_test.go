package app

import (
	"errors"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// heldTables are what a dry run, and a run whose changes wait, must leave alone.
const heldTables = "SELECT 't', source_name, table_name, description, tags, '' FROM semantic_layer_v1.table_metadata UNION ALL " +
	"SELECT 'f', table_name, field_name, description, tags, pii_category FROM semantic_layer_v1.field_metadata ORDER BY 1, 2, 3"

// people is a layer over a source with personal data, embedded or as a fleet, with one setting.
func people(t *testing.T, form, sync, more string) *fleet {
	t.Helper()
	f := newEmbedded(t)
	if form == "fleet" {
		f = newFleet(t)
	}
	dsn := testkit.Postgres(t)
	mustExec(t, open(t, "pgx", dsn),
		"CREATE TABLE t_people (id int PRIMARY KEY, email text, city text)", "CREATE TABLE t_orders (id int PRIMARY KEY, total numeric)")
	f.source("s", "postgres", dsn, "")
	f.sync, f.more = sync, more
	f.write(`  include_patterns: ["t*"]`)
	f.restart()
	return f
}

// restart gives a fleet a worker that has read the configuration as it is now.
func (f *fleet) restart() {
	f.Helper()
	if f.layerDSN == "" {
		return
	}
	if f.worker != nil {
		f.worker.signal(syscall.SIGTERM)
		require.Equal(f, exitOK, f.worker.wait(20*time.Second))
	}
	f.worker = f.start("worker")
}

var contentLine = regexp.MustCompile(`content ([0-9a-f]{32})`)

func TestAutoCommitFalse(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"embedded", "fleet"} {
		t.Run(form, func(t *testing.T) {
			f := people(t, form, "  auto_commit: false\n", "")
			p := f.run(exitApproval, "coordinator", "--apply")
			r := f.last()
			require.Equal(t, metadata.StatusAwaitingApproval, r.Status)
			require.Equal(t, "2 changes wait for approval", r.Error)
			require.Contains(t, p.out.String(), "2 changes wait for a person")
			require.Empty(t, f.texts(heldTables), "nothing is written unasked")

			shown := f.run(exitOK, "coordinator", "changes", r.ID.String()).out.String()
			require.Contains(t, shown, "s:public.t_people")
			content := contentLine.FindStringSubmatch(shown)
			require.Len(t, content, 2, shown)
			require.Contains(t, f.run(exitOK, "coordinator", "changes", r.ID.String(), "--output", "diff").out.String(), "+created: ")
			f.run(exitFailed, "coordinator", "approve", r.ID.String(), "--content", strings.Repeat("0", 32))
			require.Empty(t, f.texts(heldTables))

			some := f.run(exitOK, "coordinator", "approve", r.ID.String(), "--only", "public.t_people", "--by", "ana", "--comment", "fine").out.String()
			require.Contains(t, some, "1 changes approved")
			require.Equal(t, []string{"city", "email", "id"}, f.texts("SELECT field_name FROM semantic_layer_v1.field_metadata ORDER BY 1"))
			require.Equal(t, metadata.StatusAwaitingApproval, f.last().Status)
			f.run(exitOK, "coordinator", "reject", r.ID.String(), "--by", "ana")
			r = f.last()
			require.Equal(t, metadata.StatusCompleted, r.Status)
			require.Equal(t, int64(1), r.Counts.Applied)
			require.Zero(t, r.Counts.Pending)
			require.Equal(t, []string{"t_orders|rejected|ana|", "t_people|approved|ana|fine"},
				f.texts("SELECT table_name, status, decided_by, comment FROM semantic_layer_v1.metadata_changes ORDER BY 1"))
			require.Equal(t, 1, f.number("SELECT count(*) FROM semantic_layer_v1.outbox WHERE kind = 'run_finished'"))
			f.run(exitFailed, "coordinator", "approve", r.ID.String())
			f.run(exitOK, "coordinator", "--apply")
			require.Zero(t, f.last().Counts.Total)
		})
	}
}

func TestWaitingRunIsCancelled(t *testing.T) {
	t.Parallel()
	f := people(t, "embedded", "  auto_commit: false\n", "")
	f.run(exitApproval, "coordinator", "--apply")
	first := f.last()
	f.run(exitOK, "coordinator", "runs", "cancel", first.ID.String())
	f.run(exitApproval, "coordinator", "--apply")
	require.Equal(t, 2, f.last().Counts.Changed, "what was not approved is proposed again")
	require.Equal(t, []string{"awaiting_approval", "cancelled"}, f.texts("SELECT status FROM semantic_layer_v1.sync_runs ORDER BY 1"))
	f.run(exitOK, "coordinator", "approve", f.last().ID.String())
	require.Len(t, f.texts(heldTables), 7)
}

const twoApprovers = `
approval: {enabled: true, require_approval_for: [pii_category], approvers: [ana, bea], approval_mode: %s}
`

func TestApprovalOfKinds(t *testing.T) {
	t.Parallel()
	f := people(t, "embedded", "", strings.ReplaceAll(twoApprovers, "%s", "any"))
	f.run(exitApproval, "coordinator", "--apply")
	r := f.last()
	const email = "SELECT description, CASE WHEN is_pii THEN 'personal' END, pii_category FROM semantic_layer_v1.field_metadata WHERE field_name = 'email'"
	got := f.texts(email)[0]
	require.True(t, strings.HasSuffix(got, "||"), got)
	require.NotEqual(t, "||", got, "what needs no approval is there")

	require.Contains(t, f.run(exitUsage, "coordinator", "approve", r.ID.String(), "--by", "dan").log.String(), `"dan" is not an approver: approvers are ana, bea`)
	f.person("UPDATE semantic_layer_v1.field_metadata SET pii_category = 'username' WHERE field_name = 'email'")
	p := f.run(exitFailed, "coordinator", "approve", r.ID.String(), "--by", "ana", "--only", "public.t_people.email")
	require.Contains(t, p.out.String(), `pii_category: it is "username" now, and was empty when the change was made`)
	require.Contains(t, f.texts(email)[0], "|personal|username")
	f.run(exitOK, "coordinator", "reject", r.ID.String(), "--by", "ana")
	require.Equal(t, metadata.StatusCompleted, f.last().Status)
	f.run(exitOK, "coordinator", "--apply", "--mode", "full")
	require.Contains(t, f.texts(email)[0], "|personal|username", "and it is not proposed again")
}

func TestApprovalOfAll(t *testing.T) {
	t.Parallel()
	f := people(t, "embedded", "", strings.ReplaceAll(twoApprovers, "%s", "all"))
	f.run(exitApproval, "coordinator", "--apply")
	id := f.last().ID.String()
	require.Contains(t, f.run(exitOK, "coordinator", "approve", id, "--by", "ana").out.String(), "0 changes approved, 4 wait for bea")
	require.Contains(t, f.run(exitFailed, "coordinator", "approve", id, "--by", "ana").log.String(), "4 wait for bea")
	f.run(exitOK, "coordinator", "approve", id, "--by", "bea")
	require.Equal(t, []string{"address", "email"}, f.texts("SELECT pii_category FROM semantic_layer_v1.field_metadata WHERE is_pii ORDER BY 1"))
}

func TestApprovalChain(t *testing.T) {
	t.Parallel()
	f := people(t, "embedded", "", `
approval:
  enabled: true
  require_approval_for: [pii_category, semantic_type]
  approval_mode: chain
  approval_chain:
    - {name: steward, approvers: [ana]}
    - {name: privacy, approvers: [bea], conditions: [pii_category]}
`)
	f.run(exitApproval, "coordinator", "--apply")
	id := f.last().ID.String()
	require.Contains(t, f.run(exitFailed, "coordinator", "approve", id, "--by", "bea").log.String(), "wait for stage steward (ana)")
	require.Contains(t, f.run(exitOK, "coordinator", "approve", id, "--by", "ana").out.String(), "4 wait for stage privacy (bea)")
	require.NotZero(t, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE semantic_type IS NOT NULL"))
	require.Zero(t, f.number("SELECT count(*) FROM semantic_layer_v1.field_metadata WHERE is_pii ORDER BY 1"))
	f.run(exitOK, "coordinator", "approve", id, "--by", "bea")
	require.Equal(t, metadata.StatusCompleted, f.last().Status)
}

func TestApprovalTimeout(t *testing.T) {
	t.Parallel()
	for action, want := range map[string][]string{"reject": nil, "auto_approve": {"address", "email"}} {
		t.Run(action, func(t *testing.T) {
			f := people(t, "fleet", "", "\napproval: {enabled: true, require_approval_for: [pii_category], approval_timeout: 2s, approval_timeout_action: "+action+"}\n")
			f.start("coordinator")
			f.run(exitApproval, "coordinator", "--apply")
			f.eventually(30*time.Second, "the run ends by itself", func() bool { return f.last().Status == metadata.StatusCompleted })
			require.Equal(t, want, f.texts("SELECT pii_category FROM semantic_layer_v1.field_metadata WHERE is_pii ORDER BY 1"))
			require.Equal(t, []string{"approval_timeout"}, f.texts("SELECT DISTINCT decided_by FROM semantic_layer_v1.metadata_changes WHERE held = 'approval'"))
		})
	}
}

func TestAutoApproval(t *testing.T) {
	t.Parallel()
	f := people(t, "embedded", "", "\napproval: {enabled: true, auto_approve_for: [tags, semantic_type, description, data_classification], auto_approve_above_confidence: 0.01}\n")
	f.run(exitOK, "coordinator", "--apply")
	require.Zero(t, f.last().Counts.Pending, "all is above that confidence")
}

func TestRollback(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"embedded", "fleet"} {
		t.Run(form, func(t *testing.T) {
			f := people(t, form, "", "")
			f.run(exitOK, "coordinator", "--apply")
			f.person("UPDATE semantic_layer_v1.field_metadata SET description = 'mine' WHERE field_name = 'city'")
			before := f.texts(heldTables)
			f.sync = "  merge_strategy: auto_overwrites\n"
			f.write(`  include_patterns: ["t*"]`)
			f.restart()
			f.run(exitOK, "coordinator", "--apply", "--mode", "full")
			second := f.last()
			require.NotEqual(t, before, f.texts(heldTables), "the edit was overwritten, as was asked for")
			f.sync = ""
			f.write(`  include_patterns: ["t*"]`)
			f.restart()
			require.Contains(t, f.run(exitOK, "coordinator", "runs", "rollback", second.ID.String()).out.String(), "rolled back, 0 left as they are")
			require.Equal(t, before, f.texts(heldTables))
			f.run(exitOK, "coordinator", "--apply", "--mode", "full")
			require.Equal(t, before, f.texts(heldTables), "and the next run leaves it so")
			f.run(exitFailed, "coordinator", "runs", "rollback", second.ID.String())

			first := f.texts("SELECT run_id FROM semantic_layer_v1.sync_runs ORDER BY started_at")[0]
			p := f.run(exitFailed, "coordinator", "runs", "rollback", first)
			require.Contains(t, p.out.String(), "left as it is: s:public.t_people created: the table or one of its fields has been changed since")
			require.Equal(t, []string{"city", "email", "id"}, f.texts("SELECT field_name FROM semantic_layer_v1.field_metadata ORDER BY 1"), "t_orders is gone, which nobody had touched")
			f.does("t_orders|new")
		})
	}
}

func withoutTerminal(t *testing.T) {
	t.Helper()
	f := people(t, "embedded", "  interactive_mode: true\n", "")
	require.Contains(t, f.run(exitUsage, "coordinator", "--apply").log.String(), "there is no terminal to answer on: give --yes, or --dry-run")
	f.run(exitOK, "coordinator", "--dry-run")
	f.run(exitOK, "coordinator", "--apply", "--yes")
	require.Len(t, f.texts(heldTables), 7)
}

// seedInteractiveMode answers on a terminal, and has none.
func seedInteractiveMode(t *testing.T) {
	t.Helper()
	withoutTerminal(t)
	f := people(t, "embedded", "  interactive_mode: true\n", "")
	answer := func(text string, code int) *proc {
		keyboard, terminal, err := pty.Open()
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, errors.Join(keyboard.Close(), terminal.Close())) })
		p := f.startOn(terminal, "coordinator", "--apply")
		f.eventually(30*time.Second, "it asks", func() bool { return strings.Contains(p.out.String(), "? [y/N] ") })
		require.Contains(t, p.out.String(), "Apply these 2 changes?")
		require.Empty(t, f.texts(heldTables), "nothing before the answer")
		_, err = keyboard.WriteString(text + "\n")
		require.NoError(t, err)
		require.Equal(t, code, p.wait(30*time.Second), p.log.String())
		return p
	}
	p := answer("no", exitInterrupted)
	require.Contains(t, p.out.String(), "nothing was applied")
	require.Empty(t, f.texts(heldTables))
	answer("y", exitOK)
	require.Len(t, f.texts(heldTables), 7)
	require.Equal(t, metadata.StatusCompleted, f.last().Status)
}
