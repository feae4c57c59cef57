package main

import (
	"context"
	"errors"
	"time"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
	"github.com/semsync/semsync/internal/source/postgres"
)

// questions are what semsync's reader sent to a source, and how long it took.
type questions struct {
	token, discover         int64 // statements
	tokenTook, discoverTook time.Duration
	tables                  int
}

// limited is the default of max_concurrent_queries, which decides how a discovery is read.
type limited struct{ source.Unlimited }

// Limit is the default.
func (limited) Limit() int { return 10 }

// ask reads the change token and then the whole catalog.
func ask(ctx context.Context, dsn string) (q questions, err error) {
	reader, err := postgres.Open(ctx, source.Config{Name: "bench", Driver: "postgres", DSN: metadata.Secret(dsn)}, limited{})
	if err != nil {
		return q, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	q.tokenTook, err = timed(func() error {
		_, err := reader.ChangeToken(ctx)
		return err
	})
	if err != nil {
		return q, err
	}
	q.token = reader.Queries()
	q.discoverTook, err = timed(func() error {
		_, err := reader.Discover(ctx, source.Options{}, func(metadata.TableID) bool { return true }, func(*metadata.Table) error {
			q.tables++
			return nil
		})
		return err
	})
	q.discover = reader.Queries() - q.token
	return q, err
}
