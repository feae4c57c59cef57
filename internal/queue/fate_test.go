package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func TestFateOf(t *testing.T) {
	fault := func(kind metadata.FaultKind, after time.Duration) error {
		return fmt.Errorf("work: %w", &metadata.Fault{Kind: kind, RetryAfter: after})
	}
	for name, test := range map[string]struct {
		err  error
		want Fate
	}{
		"nothing":           {nil, Fate{ActionDone, 0}},
		"transient":         {fault(metadata.FaultTransient, 0), Fate{ActionRetry, 0}},
		"transient, later":  {fault(metadata.FaultTransient, time.Minute), Fate{ActionRetry, time.Minute}},
		"throttled":         {fault(metadata.FaultThrottled, time.Hour), Fate{ActionRetry, time.Hour}},
		"negative delay":    {fault(metadata.FaultThrottled, -time.Hour), Fate{ActionRetry, 0}},
		"denied":            {fault(metadata.FaultDenied, time.Minute), Fate{ActionArchive, 0}},
		"missing":           {fault(metadata.FaultMissing, 0), Fate{ActionArchive, 0}},
		"invalid":           {fault(metadata.FaultInvalid, 0), Fate{ActionArchive, 0}},
		"bug":               {fault(metadata.FaultBug, 0), Fate{ActionArchive, 0}},
		"conflict":          {fault(metadata.FaultConflict, 0), Fate{ActionDone, 0}},
		"stopped":           {fault(metadata.FaultStopped, time.Minute), Fate{ActionRequeue, 0}},
		"kind of no kind":   {fault("", 0), Fate{ActionArchive, 0}},
		"cancelled context": {context.Canceled, Fate{ActionRequeue, 0}},
		"time is up":        {context.DeadlineExceeded, Fate{ActionRetry, 0}},
		"lease expired":     {asynq.ErrLeaseExpired, Fate{ActionRequeue, 0}},
		"plain error":       {errors.New("?"), Fate{ActionArchive, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, FateOf(test.err))
			require.Equal(t, test.want.Action == ActionRetry, isFailure(test.err))
			judged := (&deliverer{fates: newFates()}).judge(t.Context(), test.err)
			require.Equal(t, test.want.Action == ActionDone, judged == nil)
			require.Equal(t, test.want.Action == ActionArchive, errors.Is(judged, asynq.SkipRetry))
			require.Equal(t, test.want.Action == ActionRetry, isFailure(judged))
		})
	}
}

func TestRetryDelay(t *testing.T) {
	after := &metadata.Fault{Kind: metadata.FaultThrottled, RetryAfter: 90 * time.Second}
	delay := retryDelay(3, after, nil)
	require.GreaterOrEqual(t, delay, 90*time.Second)
	require.LessOrEqual(t, delay, 91*time.Second)

	delay = retryDelay(3, &metadata.Fault{Kind: metadata.FaultTransient}, nil)
	require.GreaterOrEqual(t, delay, 240*time.Second, "the fourth of 30 s, doubled each time")
	require.LessOrEqual(t, delay, 289*time.Second)

	require.Zero(t, retryDelay(3, asynq.ErrLeaseExpired, nil))
	require.Zero(t, retryDelay(3, &metadata.Fault{Kind: metadata.FaultStopped}, nil))
}

func TestWholeSecondsAreNeverEarly(t *testing.T) {
	now := time.Unix(1000, 400_000_000)
	require.Equal(t, 600*time.Millisecond, wholeSeconds(now, 100*time.Millisecond))
	require.Equal(t, 600*time.Millisecond, wholeSeconds(now, 600*time.Millisecond))
	require.Equal(t, 1600*time.Millisecond, wholeSeconds(now, time.Second))
}

// angry panics whenever it is asked for anything.
type angry struct{}

func (angry) Error() string                             { panic("no text") }
func (angry) Enabled(context.Context, slog.Level) bool  { panic("no log") }
func (angry) Handle(context.Context, slog.Record) error { panic("no log") }
func (a angry) WithAttrs([]slog.Attr) slog.Handler      { return a }
func (a angry) WithGroup(string) slog.Handler           { return a }

func TestPanicsInAsynqsCallbacksEnd(t *testing.T) {
	log := slog.New(angry{})
	delay := guardDelay(func(int, error, *asynq.Task) time.Duration { panic("delay") }, log)
	require.Equal(t, defaultDelay, delay(0, nil, nil))
	failure := guardFailure(func(error) bool { panic("failure") }, log)
	require.True(t, failure(nil))
	handler := guardHandler((&deliverer{log: log}).report, log)
	require.NotPanics(t, func() { handler(t.Context(), nil, angry{}) })
}
