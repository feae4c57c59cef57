package service_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/semsync/semsync/internal/service"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal keeps what happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.lines...)
}

// recorded is a service that takes time to be ready and time to stop.
type recorded struct {
	name  string
	log   *journal
	ready chan struct{}
	fail  chan error
}

func newRecorded(name string, log *journal) *recorded {
	return &recorded{name: name, log: log, ready: make(chan struct{}), fail: make(chan error, 1)}
}

func (r *recorded) Ready() <-chan struct{} { return r.ready }

func (r *recorded) Run(ctx context.Context) error {
	r.log.add("start " + r.name)
	time.Sleep(time.Second)
	r.log.add("ready " + r.name)
	close(r.ready)
	select {
	case err := <-r.fail:
		r.log.add("fail " + r.name)
		return err
	case <-ctx.Done():
	}
	time.Sleep(time.Second)
	r.log.add("stop " + r.name)
	return ctx.Err()
}

func three(log *journal) (*service.Group, []*recorded) {
	var g service.Group
	var rs []*recorded
	for _, name := range []string{"a", "b", "c"} {
		r := newRecorded(name, log)
		rs = append(rs, r)
		g.Add(name, r)
	}
	return &g, rs
}

func TestGroupStartsInOrderAndStopsInReverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		g, _ := three(&log)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- g.Run(ctx) }()
		<-g.Ready()
		cancel()
		require.NoError(t, <-done)
		require.Equal(t, []string{
			"start a", "ready a", "start b", "ready b", "start c", "ready c", "stop c", "stop b", "stop a",
		}, log.all())
	})
}

func TestGroupFirstFailureStopsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		g, rs := three(&log)
		done := make(chan error, 1)
		go func() { done <- g.Run(t.Context()) }()
		<-g.Ready()
		boom := errors.New("boom")
		rs[1].fail <- boom
		err := <-done
		require.ErrorIs(t, err, boom)
		failed, ok := errors.AsType[*service.FailedError](err)
		require.True(t, ok)
		require.Equal(t, "b", failed.Service)
		require.Equal(t, "service b: boom", err.Error())
		require.Equal(t, []string{"fail b", "stop c", "stop a"}, log.all()[6:])
	})
}

func TestGroupFailureWhileStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		boom := errors.New("boom")
		var g service.Group
		g.Add("a", newRecorded("a", &log))
		g.Add("b", &failsBeforeReady{err: boom})
		g.Add("c", newRecorded("c", &log))
		require.ErrorIs(t, g.Run(t.Context()), boom)
		require.Equal(t, []string{"start a", "ready a", "stop a"}, log.all())
		select {
		case <-g.Ready():
			t.Fatal("a group that failed while starting is not ready")
		default:
		}
	})
}

type failsBeforeReady struct{ err error }

func (f *failsBeforeReady) Ready() <-chan struct{}    { return nil }
func (f *failsBeforeReady) Run(context.Context) error { return f.err }

func TestGroupCancelledWhileStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		g, _ := three(&log)
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		require.NoError(t, g.Run(ctx))
		require.Equal(t, []string{"start a", "ready a", "start b", "ready b", "stop b", "stop a"}, log.all())
	})
}

func TestGroupDoneIsAWantedEnd(t *testing.T) {
	var cause error
	var g service.Group
	g.Add("server", service.Func(func(ctx context.Context) error {
		<-ctx.Done()
		cause = context.Cause(ctx)
		return cause
	}))
	g.Add("run", service.Func(func(context.Context) error { return service.ErrGroupDone }))
	require.NoError(t, g.Run(t.Context()))
	require.ErrorIs(t, cause, service.ErrStopping)
	require.ErrorIs(t, cause, service.ErrGroupDone)
}

func TestGroupCarriesTheCauseOfItsContext(t *testing.T) {
	var cause error
	var g service.Group
	g.Add("server", service.Func(func(ctx context.Context) error {
		<-ctx.Done()
		cause = context.Cause(ctx)
		return nil
	}))
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	go func() {
		<-g.Ready()
		cancel(interrupted)
	}()
	require.NoError(t, g.Run(ctx))
	require.ErrorIs(t, cause, interrupted)
	require.EqualError(t, cause, "stopping: interrupted")
}

func TestGroupEndsWhenEveryServiceHasFinished(t *testing.T) {
	var g service.Group
	for range 3 {
		g.Add("job", service.Func(func(context.Context) error { return nil }))
	}
	require.NoError(t, g.Run(t.Context()))
	require.NoError(t, (&service.Group{}).Run(t.Context()), "an empty group has nothing to wait for")
}

func TestGroupJoinsFailuresOfStopping(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	var g service.Group
	g.Add("a", service.Func(func(ctx context.Context) error {
		<-ctx.Done()
		return fmt.Errorf("flush: %w", second)
	}))
	g.Add("b", service.Func(func(context.Context) error { return first }))
	err := g.Run(t.Context())
	require.EqualError(t, err, "service b: first\nservice a: flush: second")
	require.ErrorIs(t, err, second)
}

// A service may return context.Canceled of a context that is not its own.
func TestGroupTakesForeignCancellationForAFailure(t *testing.T) {
	var g service.Group
	g.Add("a", service.Func(func(context.Context) error { return context.Canceled }))
	require.ErrorIs(t, g.Run(t.Context()), context.Canceled)
}

func TestGroupsNest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		inner, _ := three(&log)
		var outer service.Group
		outer.Add("inner", inner)
		outer.Add("last", newRecorded("last", &log))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- outer.Run(ctx) }()
		<-outer.Ready()
		cancel()
		require.NoError(t, <-done)
		require.Equal(t, []string{"stop last", "stop c", "stop b", "stop a"}, log.all()[8:])
	})
}

func TestGroupStartStopStress(t *testing.T) {
	for i := range 200 {
		var g service.Group
		for j := range 5 {
			g.Add(strconv.Itoa(j), service.Func(func(ctx context.Context) error {
				<-ctx.Done()
				return nil
			}))
		}
		ctx, cancel := context.WithCancel(t.Context())
		if i%2 == 0 {
			go cancel()
		} else {
			go func() { <-g.Ready(); cancel() }()
		}
		require.NoError(t, g.Run(ctx))
		cancel()
	}
}
