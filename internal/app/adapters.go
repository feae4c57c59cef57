package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/semsync/semsync/internal/coordinator"
	"github.com/semsync/semsync/internal/events"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/queue"
	"github.com/semsync/semsync/internal/scope"
)

// The small pieces between packages that do not know one another.

// batchQueue is the queue as a coordinator sees it.
type batchQueue struct{ *queue.Dispatcher }

// Enqueue hands a batch over.
func (q batchQueue) Enqueue(ctx context.Context, ref metadata.BatchRef, maxRetries int) error {
	return q.Dispatcher.Enqueue(ctx, ref, queue.EnqueueOptions{MaxRetry: maxRetries})
}

// bus is the event bus as a coordinator sees it.
type bus struct{ *events.Bus }

// Subscribe calls fn for new events of all runs.
func (b bus) Subscribe(ctx context.Context, fn func(metadata.Event)) (func(), error) {
	return b.SubscribeNew(ctx, nil, fn)
}

// tableScope is the scope as a coordinator sees it.
type tableScope struct {
	*scope.Scope
	digest string
}

func newTableScope(c scope.Config) (*tableScope, error) {
	s, err := scope.Compile(c)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode the scope: %w", err)
	}
	return &tableScope{s, string(text)}, nil
}

// Digest changes when the scope does.
func (s *tableScope) Digest() string { return s.digest }

var _ coordinator.TableFilter = filterTables

func filterTables(names []string) (func(metadata.TableID) bool, error) {
	f, err := scope.NewTableFilter(names)
	if err != nil {
		return nil, err
	}
	return f.Keep, nil
}

// retryDelay is the wait before a table's or a source's next try.
func retryDelay(s metadata.RunSettings, failCount int) time.Duration {
	return queue.Delay(s.RetryBackoff, s.RetryDelay, failCount, rand.Float64)
}
