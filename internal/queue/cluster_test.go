package queue

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/testkit"
)

// A cluster of one node refuses commands over several slots as larger ones do.
func TestEverythingWorksOnACluster(t *testing.T) {
	server := testkit.Redis(t, "--cluster-enabled", "yes")
	node := newClient(t, Options{Addr: server.Addr})
	require.NoError(t, node.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err())
	eventually(t, "the cluster is up", func() bool {
		return node.Set(t.Context(), "key", "value", 0).Err() == nil
	})
	require.ErrorContains(t, node.Del(t.Context(), "a", "b").Err(), "CROSSSLOT")

	rdb := newClient(t, Options{Cluster: []string{server.Addr}})
	require.IsType(t, &redis.ClusterClient{}, rdb)
	d, limiter := New(rdb, Config{}), NewLimiter(rdb, "warehouse", 2, nil)
	require.NoError(t, d.SetMarker(t.Context(), "mark"))
	mark, err := d.Marker(t.Context())
	require.NoError(t, err)
	require.Equal(t, "mark", mark)

	start(t, rdb, ServerConfig{}, func(ctx context.Context, ref metadata.BatchRef) error {
		release, err := limiter.Acquire(ctx, 1+ref.Batch%2)
		if err != nil {
			return err
		}
		defer release()
		if ref.Batch == 0 {
			return &metadata.Fault{Kind: metadata.FaultDenied}
		}
		return nil
	})
	refs := batches(20)
	require.NoError(t, d.EnqueueAll(t.Context(), refs, EnqueueOptions{}))
	drained(t, d)
	dead, err := d.Dead(t.Context())
	require.NoError(t, err)
	require.Len(t, dead, 1)
	require.NoError(t, d.DropDead(t.Context(), refs[0]))
	require.False(t, limiter.Stats().Fallback)
}
