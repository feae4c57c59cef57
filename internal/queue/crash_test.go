package queue

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// A worker that falls off the network is to Redis what a killed one is. The
// minutes that Asynq takes are those of synctest's clock.
func TestLostWorkerCostsNoRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := miniredis.NewMiniRedis()
		t.Cleanup(server.Close)
		dial := func(context.Context) (net.Conn, error) { return server.Dial() }
		line := &cable{dial: dial}
		lost := newClient(t, Options{Dialer: line.Dial})
		sound := newClient(t, Options{Dialer: (&cable{dial: dial}).Dial})
		d := New(sound, Config{})

		running, finish := make(chan struct{}), make(chan struct{})
		stop := start(t, lost, ServerConfig{}, func(context.Context, metadata.BatchRef) error {
			close(running)
			<-finish
			return nil
		})
		ref := batches(1)[0]
		require.NoError(t, d.Enqueue(t.Context(), ref, EnqueueOptions{}))
		<-running
		line.Cut()
		begun := time.Now()

		again := make(chan int, 100)
		start(t, sound, ServerConfig{}, func(ctx context.Context, _ metadata.BatchRef) error {
			retried, _ := asynq.GetRetryCount(ctx)
			again <- retried
			return nil
		})
		release := sync.OnceFunc(func() { line.Mend(); close(finish) })
		t.Cleanup(release) // before the servers are stopped, should the test fail
		require.Zero(t, <-again, "the lost worker was no failure of the batch")
		require.Less(t, time.Since(begun), 131*time.Second)
		require.Greater(t, time.Since(begun), 30*time.Second, "why the ledger has leases of its own")

		release() // the lost worker comes back, and ends a task that is not its own
		stop()
		alive, err := d.Alive(t.Context(), ref)
		require.NoError(t, err)
		require.False(t, alive)
		depths, err := d.Depths(t.Context())
		require.NoError(t, err)
		require.Zero(t, depths.Archived)
		require.Zero(t, depths.Failed)
	})
}
