package worker

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/testkit/canary"
)

// thrower panics with whatever it is given.
type thrower struct{ reason any }

func (t thrower) Prepare(context.Context, metadata.RunSettings, *metadata.Table, metadata.DeclaredTable) (Prepared, error) {
	panic(t.reason)
}

func (t thrower) Effect(metadata.RunSettings, layer.Claimed, Prepared, layer.Current) (layer.Effect, error) {
	panic(t.reason)
}

// TestAPanicTellsNoSecret lets both places that survive a panic meet one that holds a secret.
func TestAPanicTellsNoSecret(t *testing.T) {
	set := canary.NewSet()
	dsn := "postgres://u:" + set.Secret("source") + "@h/db"
	claimed := layer.Claimed{PlannedTable: metadata.PlannedTable{Table: metadata.TableID{Source: "s", Database: "d", Name: "t"}}}
	for _, reason := range []any{dsn, fmt.Errorf("dial %s", dsn), struct{ DSN string }{dsn}, &dsn, []byte(dsn), map[string]string{dsn: dsn}} {
		var log bytes.Buffer
		w := &Worker{Deps: Deps{Thinker: thrower{reason}, Logger: slog.New(slog.NewTextHandler(&log, nil))}}
		it := w.prepare(t.Context(), metadata.RunSettings{}, readResult{at: time.Now(), claimed: claimed, result: source.Result{Table: &metadata.Table{ID: claimed.Table}}}, metadata.DeclaredTable{})
		require.NotNil(t, it.fault)
		require.Contains(t, it.fault.Error(), fmt.Sprintf("think about s:d.t: panic of type %T", reason))
		_, err := w.effects(t.Context(), metadata.RunSettings{}, []item{{claimed: claimed}}, []layer.Current{{}})
		require.ErrorContains(t, err, fmt.Sprintf("merge s:d.t: panic of type %T", reason))
		require.Contains(t, log.String(), "thrower", "the log says where it came from")
		set.Scan(t, canary.Text("fault", it.fault.Error()), canary.Text("error", fmt.Sprintf("%v %+v", err, err)), canary.Text("log", log.String()))
	}
	w := &Worker{Deps: Deps{Thinker: nil, Logger: slog.New(slog.DiscardHandler)}}
	it := w.prepare(t.Context(), metadata.RunSettings{}, readResult{claimed: claimed, result: source.Result{Table: &metadata.Table{}}}, metadata.DeclaredTable{})
	require.ErrorContains(t, it.fault, "nil pointer", "what the runtime throws is told")
}
