package mysql

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// questions is how many are asked at once at most, one a connection.
func questions(opts source.Options) int {
	if opts.Indexes {
		return 5 // tables, columns, keys, indexes, and partitions on demand
	}
	return 4
}

// askAtOnce asks all questions side by side about the whole server. The first
// that fails ends the others.
func (s *session) askAtOnce(ctx context.Context, opts source.Options) (*answers, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	s.atEnd(func() { cancel(nil) })
	var (
		read  = s.reader.rows
		found answers
		group errgroup.Group
	)
	ask := func(question func() error) {
		group.Go(func() error {
			err := question()
			if err != nil {
				cancel(err)
			}
			return err
		})
	}
	ask(func() (err error) {
		found.tables, err = streamed(ctx, s, tablesSQL, read.table)
		return err
	})
	ask(func() (err error) {
		found.columns, err = streamed(ctx, s, columnsSQL, read.column)
		return err
	})
	ask(func() (err error) {
		found.keys, err = streamed(ctx, s, keysSQL, read.key)
		return err
	})
	if opts.Indexes {
		ask(func() (err error) {
			found.indexes, err = streamed(ctx, s, indexesSQL, read.index)
			return err
		})
	}
	found.askPartitions = func(database string) (*stream[partitionRow], error) {
		inside := func(id metadata.TableID) bool { return id.Database == database }
		return collected(ctx, s, partitionsSQL, oneDatabase(database), inside, read.partition)
	}
	err := group.Wait()
	if first, is := errors.AsType[*metadata.Fault](context.Cause(ctx)); is {
		err = first // the others tell no more than that they were ended
	}
	return &found, err
}

// askInTurn asks one question after the other and holds the answers in memory.
func (s *session) askInTurn(
	ctx context.Context, opts source.Options, some limit, keep func(metadata.TableID) bool,
) (*answers, error) {
	var (
		read  = s.reader.rows
		found answers
		err   error
	)
	if found.tables, err = collected(ctx, s, tablesSQL, some, keep, read.table); err != nil {
		return nil, err
	}
	if found.columns, err = collected(ctx, s, columnsSQL, some, keep, read.column); err != nil {
		return nil, err
	}
	if found.keys, err = collected(ctx, s, keysSQL, some, keep, read.key); err != nil {
		return nil, err
	}
	if opts.Indexes {
		if found.indexes, err = collected(ctx, s, indexesSQL, some, keep, read.index); err != nil {
			return nil, err
		}
	}
	once := sync.OnceValues(func() (*stream[partitionRow], error) {
		return collected(ctx, s, partitionsSQL, some, keep, read.partition)
	})
	found.askPartitions = func(string) (*stream[partitionRow], error) { return once() }
	return &found, nil
}
