package queue

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// binder gives the context to use in place of another one, and the function
// that ends it.
type binder func(context.Context) (context.Context, context.CancelFunc)

// boundClient is the client that Asynq gets: its commands run with contexts of
// our choosing, since Asynq's own either never end or are cancelled too early.
// It replaces the methods that Asynq's server and inspector use.
type boundClient struct {
	redis.UniversalClient
	bind binder
	// failed is told of each script that went wrong, with the context that it
	// came with, and says what Asynq is told. Nil means the same.
	failed func(original context.Context, err error) error
}

var _ redis.UniversalClient = (*boundClient)(nil)

// bound runs a command with the replaced context.
func bound[T redis.Cmder](ctx context.Context, b *boundClient, run func(context.Context) T) T {
	replaced, cancel := b.bind(ctx)
	defer cancel()
	return run(replaced)
}

// script runs a command that is a script and tells of its failure.
func (b *boundClient) script(ctx context.Context, run func(context.Context) *redis.Cmd) *redis.Cmd {
	reply := bound(ctx, b, run)
	err := reply.Err()
	if b.failed != nil && err != nil && !errors.Is(err, redis.Nil) && !redis.HasErrorPrefix(err, "NOSCRIPT") {
		reply.SetErr(b.failed(ctx, err))
	}
	return reply
}

// EvalSha runs a script that the server knows.
func (b *boundClient) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return b.script(ctx, func(ctx context.Context) *redis.Cmd { return b.UniversalClient.EvalSha(ctx, sha, keys, args...) })
}

// Eval runs a script that the server does not know yet.
func (b *boundClient) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return b.script(ctx, func(ctx context.Context) *redis.Cmd { return b.UniversalClient.Eval(ctx, script, keys, args...) })
}

// Ping asks for a sign of life.
func (b *boundClient) Ping(ctx context.Context) *redis.StatusCmd {
	return bound(ctx, b, b.UniversalClient.Ping)
}

// SIsMember tells whether a set has a member.
func (b *boundClient) SIsMember(ctx context.Context, key string, member any) *redis.BoolCmd {
	return bound(ctx, b, func(ctx context.Context) *redis.BoolCmd { return b.UniversalClient.SIsMember(ctx, key, member) })
}

// SAdd adds members to a set.
func (b *boundClient) SAdd(ctx context.Context, key string, members ...any) *redis.IntCmd {
	return bound(ctx, b, func(ctx context.Context) *redis.IntCmd { return b.UniversalClient.SAdd(ctx, key, members...) })
}

// ZAdd adds members to a sorted set.
func (b *boundClient) ZAdd(ctx context.Context, key string, members ...redis.Z) *redis.IntCmd {
	return bound(ctx, b, func(ctx context.Context) *redis.IntCmd { return b.UniversalClient.ZAdd(ctx, key, members...) })
}

// ZAddXX changes members of a sorted set.
func (b *boundClient) ZAddXX(ctx context.Context, key string, members ...redis.Z) *redis.IntCmd {
	return bound(ctx, b, func(ctx context.Context) *redis.IntCmd { return b.UniversalClient.ZAddXX(ctx, key, members...) })
}

// ZRem removes members of a sorted set.
func (b *boundClient) ZRem(ctx context.Context, key string, members ...any) *redis.IntCmd {
	return bound(ctx, b, func(ctx context.Context) *redis.IntCmd { return b.UniversalClient.ZRem(ctx, key, members...) })
}

// within is the binder of a single call: every command gets the call's context.
func within(ctx context.Context) binder {
	return func(context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }
}

// lasting is the binder of a server. Contexts without an end belong to the
// server's loops: they end when draining does, after which each command gets
// no longer than farewell. The others belong to the writes that end a task:
// they last until their deadline, which is the end of the task's lease,
// whether or not they are cancelled. Nothing lasts beyond over.
func lasting(draining, over context.Context) binder {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		switch {
		case ctx.Done() != nil:
			return outlive(ctx, over)
		case draining.Err() == nil:
			return context.WithCancel(draining)
		default:
			return context.WithTimeout(over, farewell)
		}
	}
}

// outlive gives a context with the values and the deadline of ctx that ends
// with over, and not when ctx is cancelled.
func outlive(ctx, over context.Context) (context.Context, context.CancelFunc) {
	end := func() {}
	lives := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		lives, end = context.WithDeadline(lives, deadline)
	}
	lives, cancel := context.WithCancel(lives)
	stop := context.AfterFunc(over, cancel)
	return lives, func() { stop(); cancel(); end() }
}
