package embedded_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/semsync/semsync/internal/app/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, dialling) }

// dialling is go-redis's own: a pool that could not dial tries once a second
// and sees only then that it has been closed.
var dialling = goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial")

func startRedis(t *testing.T) (*embedded.Redis, *redis.Client) {
	t.Helper()
	server, err := embedded.StartRedis()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	client := redis.NewClient(server.Options())
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return server, client
}

func TestRedisServesCommands(t *testing.T) {
	_, client := startRedis(t)
	ctx := t.Context()
	require.NoError(t, client.Set(ctx, "key", "value", 0).Err())
	require.Equal(t, "value", client.Get(ctx, "key").Val())
	require.Equal(t, "3", client.Eval(ctx, "return tostring(1 + 2)", nil).Val())
}

// Commands and answers of several megabytes in one pipeline: without a buffer
// between the two ends, both would wait to be read.
func TestRedisLongPipeline(t *testing.T) {
	_, client := startRedis(t)
	value := strings.Repeat("x", 1000)
	pipe := client.Pipeline()
	for i := range 3000 {
		pipe.Set(t.Context(), fmt.Sprintf("key%d", i), value, 0)
		pipe.Get(t.Context(), fmt.Sprintf("key%d", i))
	}
	results, err := pipe.Exec(t.Context())
	require.NoError(t, err)
	require.Len(t, results, 6000)
	require.Equal(t, value, results[5999].(*redis.StringCmd).Val())
}

func TestRedisTimeToLivePasses(t *testing.T) {
	_, client := startRedis(t)
	require.NoError(t, client.Set(t.Context(), "short", "x", time.Second).Err())
	require.NoError(t, client.Set(t.Context(), "long", "x", time.Hour).Err())
	require.Eventually(t, func() bool {
		return client.Exists(t.Context(), "short").Val() == 0
	}, 5*time.Second, 50*time.Millisecond)
	require.EqualValues(t, 1, client.Exists(t.Context(), "long").Val())
}

func TestRedisPubSub(t *testing.T) {
	_, client := startRedis(t)
	sub := client.Subscribe(t.Context(), "channel")
	defer sub.Close()
	_, err := sub.Receive(t.Context())
	require.NoError(t, err)
	require.NoError(t, client.Publish(t.Context(), "channel", "hello").Err())
	msg, err := sub.ReceiveMessage(t.Context())
	require.NoError(t, err)
	require.Equal(t, "hello", msg.Payload)
}

// A blocked read ends by its deadline and by Close.
func TestRedisBlockedReadsEnd(t *testing.T) {
	server, _ := startRedis(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	options := server.Options()
	options.ContextTimeoutEnabled = true
	impatient := redis.NewClient(options)
	defer impatient.Close()
	require.ErrorIs(t, impatient.BLPop(ctx, 0, "nothing").Err(), os.ErrDeadlineExceeded)

	conn, err := server.Dial(t.Context(), "", "")
	require.NoError(t, err)
	_, err = conn.Write([]byte("*3\r\n$5\r\nBLPOP\r\n$7\r\nnothing\r\n$1\r\n0\r\n"))
	require.NoError(t, err)
	blocked := make(chan error, 1)
	go func() {
		_, err := conn.Read(make([]byte, 1))
		blocked <- err
	}()
	require.NoError(t, server.Close())
	require.Error(t, <-blocked)
	_, err = conn.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = server.Dial(t.Context(), "", "")
	require.ErrorIs(t, err, embedded.ErrClosed)
}

func TestRedisRunsAsynq(t *testing.T) {
	const tasks = 200
	server, client := startRedis(t)
	queue := asynq.NewClientFromRedisClient(client)
	for i := range tasks {
		_, err := queue.Enqueue(asynq.NewTask("t", nil, asynq.TaskID(strconv.Itoa(i))))
		require.NoError(t, err)
	}
	var done sync.WaitGroup
	done.Add(tasks)
	own := redis.NewClient(server.Options())
	defer own.Close()
	workers := asynq.NewServerFromRedisClient(own, asynq.Config{
		Concurrency: 8, TaskCheckInterval: 50 * time.Millisecond, LogLevel: asynq.FatalLevel,
	})
	require.NoError(t, workers.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		done.Done()
		return nil
	})))
	done.Wait()
	workers.Shutdown()
}

func TestRedisStartStopStress(t *testing.T) {
	for i := range 20 {
		server, err := embedded.StartRedis()
		require.NoError(t, err)
		options := server.Options()
		options.DialerRetries, options.MaxRetries = 1, -1
		client := redis.NewClient(options)
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				for range 50 {
					_ = client.Incr(t.Context(), "n").Err() // fails once the server is closed
				}
			})
		}
		if i%2 == 0 {
			callers.Wait()
			require.EqualValues(t, 400, client.IncrBy(t.Context(), "n", 0).Val())
		}
		require.NoError(t, server.Close())
		require.NoError(t, server.Close())
		require.NoError(t, client.Close())
		callers.Wait()
	}
	goleak.VerifyNone(t, dialling)
}
