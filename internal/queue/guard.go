package queue

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/hibiken/asynq"
)

// A panic in one of the functions below would end the process: Asynq calls
// them outside of its recover.

func guardDelay(inner asynq.RetryDelayFunc, log *slog.Logger) asynq.RetryDelayFunc {
	return func(attempts int, err error, task *asynq.Task) (delay time.Duration) {
		defer func() {
			if reason := recover(); reason != nil {
				tell(log, "retry delay", reason)
				delay = defaultDelay
			}
		}()
		return inner(attempts, err, task)
	}
}

func guardFailure(inner func(error) bool, log *slog.Logger) func(error) bool {
	return func(err error) (failure bool) {
		defer func() {
			if reason := recover(); reason != nil {
				tell(log, "failure check", reason)
				failure = true
			}
		}()
		return inner(err)
	}
}

func guardHandler(inner asynq.ErrorHandlerFunc, log *slog.Logger) asynq.ErrorHandlerFunc {
	return func(ctx context.Context, task *asynq.Task, err error) {
		defer func() {
			if reason := recover(); reason != nil {
				tell(log, "error handler", reason)
			}
		}()
		inner(ctx, task, err)
	}
}

// tell logs a panic. It may be the logger that panics, so it must not.
func tell(log *slog.Logger, where string, reason any) {
	defer func() { _ = recover() }()
	log.Error("panic in the queue", "where", where, "type", fmt.Sprintf("%T", reason), "stack", string(debug.Stack()))
}

// asynqLogger gives Asynq's messages to slog. Its chatter about starting and
// stopping is for debugging only, and nothing ends the process.
type asynqLogger struct{ log *slog.Logger }

func (l asynqLogger) Debug(args ...any) { l.write(slog.LevelDebug, args) }
func (l asynqLogger) Info(args ...any)  { l.write(slog.LevelDebug, args) }
func (l asynqLogger) Warn(args ...any)  { l.write(slog.LevelWarn, args) }
func (l asynqLogger) Error(args ...any) { l.write(slog.LevelError, args) }
func (l asynqLogger) Fatal(args ...any) { l.write(slog.LevelError, args) }

func (l asynqLogger) write(level slog.Level, args []any) {
	l.log.Log(context.Background(), level, "asynq", "text", fmt.Sprint(args...))
}
