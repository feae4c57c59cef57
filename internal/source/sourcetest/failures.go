package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

var errYield = errors.New("yield wants no more")

// prompt is how soon a cancelled call must return, on a busy machine too.
const prompt = 10 * time.Second

func testYieldError(b *bench) {
	t := b.t
	b.createMany(0, 60)
	yielded := 0
	certificate, err := b.reader.Discover(t.Context(), options, b.keep, func(*metadata.Table) error {
		yielded++
		if yielded == 3 {
			return errYield
		}
		return nil
	})
	require.True(t, err == errYield, "as it is: %v", err) //nolint:errorlint,testifylint // the very same error
	require.Equal(t, 3, yielded)
	require.False(t, certificate.Complete, "a read that was ended is not complete")

	yielded = 0
	err = b.reader.Read(t.Context(), options, []metadata.TableID{b.id("many_001"), b.id("many_002")}, func(source.Result) error {
		yielded++
		return errYield
	})
	require.True(t, err == errYield, "as it is: %v", err) //nolint:errorlint,testifylint // the very same error
	require.Equal(t, 1, yielded)
	require.Len(t, b.discover(t), 60, "the reader is as good as before")
}

func testCancelled(b *bench) {
	t := b.t
	b.createMany(0, 100)
	ctx, cancel := context.WithCancel(t.Context())
	certificate, err := b.reader.Discover(ctx, options, b.keep, func(*metadata.Table) error {
		cancel()
		return nil
	})
	requireFault(t, err, metadata.FaultStopped, "")
	require.False(t, certificate.Complete)

	// The context is cancelled already.
	_, err = b.reader.Discover(ctx, options, b.keep, func(*metadata.Table) error { return nil })
	requireFault(t, err, metadata.FaultStopped, "")
	err = b.reader.Read(ctx, options, []metadata.TableID{b.id("many_001")}, func(source.Result) error { return nil })
	requireFault(t, err, metadata.FaultStopped, "")
	require.Len(t, b.discover(t), 100, "the reader is as good as before")
}

// testBlocked stops reads that hang at the server: once by cancelling, once by
// the time-out of a query.
func testBlocked(b *bench) {
	t := b.t
	if b.Block == nil {
		t.Skip("nothing of this engine can be made to hang")
	}
	b.create("t", "(id int)")
	b.discoverWith(t, b.reader)
	unblock := b.Block(t, b.Database)
	t.Cleanup(unblock)
	slow := source.Options{QueryTimeout: 300 * time.Millisecond}
	discover := func(ctx context.Context, opts source.Options) error {
		_, err := b.reader.Discover(ctx, opts, b.keep, func(*metadata.Table) error { return nil })
		return err
	}
	read := func(ctx context.Context, opts source.Options) error {
		var fault error // of the table, where the reader says that it is its alone
		err := b.reader.Read(ctx, opts, []metadata.TableID{b.id("t")}, func(result source.Result) error {
			if result.Fault != nil {
				fault = result.Fault
			}
			return nil
		})
		if err != nil {
			return err
		}
		return fault
	}
	for name, call := range map[string]func(context.Context, source.Options) error{"discover": discover, "read": read} {
		started := time.Now()
		requireFault(t, call(t.Context(), slow), metadata.FaultTransient, metadata.ClassQueryTimeout)
		require.Less(t, time.Since(started), prompt, name)

		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- call(ctx, options) }()
		select {
		case err := <-ended:
			require.Fail(t, "not blocked", "%s: %v", name, err)
		case <-time.After(200 * time.Millisecond): // it hangs, as it should
		}
		cancel()
		select {
		case err := <-ended:
			requireFault(t, err, metadata.FaultStopped, "")
		case <-time.After(prompt):
			require.Fail(t, "a cancelled call goes on", name)
		}
	}
	unblock()
	require.Len(t, b.discover(t), 1, "the reader is as good as before")
}

func testRefused(b *bench) {
	t := b.t
	require.NotEmpty(t, b.Refused)
	for _, refusal := range b.Refused {
		t.Run(refusal.Name, func(t *testing.T) {
			reader, err := refusal.Open(t)
			if err == nil {
				_, err = reader.Discover(t.Context(), options, b.keep, func(*metadata.Table) error { return nil })
				require.NoError(t, reader.Close())
			}
			require.Error(t, err)
			requireFault(t, err, refusal.Kind, refusal.Class)
			if refusal.Secret == "" {
				return
			}
			for cause := err; cause != nil; cause = errors.Unwrap(cause) {
				require.NotContains(t, fmt.Sprintf("%v %+v %#v %q", cause, cause, cause, cause), refusal.Secret)
			}
		})
	}
}
