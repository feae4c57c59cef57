package queue

import (
	"context"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/semsync/semsync/internal/metadata"
)

// maxErrorText is how much of an error goes into Redis, in bytes.
const maxErrorText = 2000

// deliverer hands tasks to the handler during one Run, and Asynq the verdict.
type deliverer struct {
	handler Handler
	log     *slog.Logger
	fates   *prometheus.CounterVec
	bind    binder

	mu      sync.Mutex
	open    bool // guarded by mu
	running sync.WaitGroup
}

// enter counts a delivery in, unless the server is shutting down.
func (d *deliverer) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open {
		d.running.Add(1)
	}
	return d.open
}

// close lets no more deliveries in.
func (d *deliverer) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = false
}

// wait returns when the last handler has. Call close first.
func (d *deliverer) wait() { d.running.Wait() }

// process is Asynq's handler.
func (d *deliverer) process(ctx context.Context, task *asynq.Task) error {
	if !d.enter() {
		return d.judge(ctx, &metadata.Fault{Kind: metadata.FaultStopped, Op: "handle batch", Err: errShutdown})
	}
	defer d.running.Done()
	ref, err := decode(task.Type(), task.Payload())
	if err == nil {
		err = d.handle(ctx, ref)
	}
	return d.judge(ctx, err)
}

// handle calls the handler; its panic becomes a fault of kind bug.
func (d *deliverer) handle(ctx context.Context, ref metadata.BatchRef) (err error) {
	ctx, cancel := d.bind(ctx)
	defer cancel()
	defer func() {
		if reason := recover(); reason != nil {
			err = d.bug(ctx, "handle batch", taskID(ref), reason)
		}
	}()
	return d.handler(ctx, ref)
}

// bug makes a fault of a panic and logs where it came from.
func (d *deliverer) bug(ctx context.Context, op, subject string, reason any) error {
	d.log.ErrorContext(ctx, "panic in a batch's handler", "task", subject, "stack", string(debug.Stack()))
	return metadata.PanicFault(op, subject, reason)
}

// verdict is what Asynq sees of a handler's error: plain text and a fate.
type verdict struct {
	fate Fate
	text string
}

// Error gives the text, which is valid UTF-8.
func (v *verdict) Error() string { return v.text }

// Is makes Asynq archive the task at once.
func (v *verdict) Is(target error) bool {
	return target == asynq.SkipRetry && v.fate.Action == ActionArchive
}

// judge turns a handler's error into nil or a verdict, and counts it.
func (d *deliverer) judge(ctx context.Context, err error) error {
	sentence := d.sentence(ctx, err)
	d.fates.WithLabelValues(string(sentence.fate.Action)).Inc()
	if sentence.fate.Action == ActionDone {
		return nil
	}
	return sentence
}

// sentence reads the error, whose own methods may panic.
func (d *deliverer) sentence(ctx context.Context, err error) (v *verdict) {
	defer func() {
		if reason := recover(); reason != nil {
			bug := d.bug(ctx, "read the error of a batch", "", reason)
			v = &verdict{fate: FateOf(bug), text: bug.Error()}
		}
	}()
	v = &verdict{fate: FateOf(err)}
	if err != nil {
		v.text = plainText(err.Error())
	}
	return v
}

// plainText makes text fit for a protobuf string of a bounded size.
func plainText(text string) string {
	if len(text) > maxErrorText {
		text = text[:maxErrorText] + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// report is Asynq's error handler: it logs what becomes of a failed delivery.
func (d *deliverer) report(ctx context.Context, _ *asynq.Task, err error) {
	id, _ := asynq.GetTaskID(ctx)
	fate := fateOfDelivery(err)
	level := slog.LevelWarn
	switch fate.Action {
	case ActionArchive:
		level = slog.LevelError
	case ActionRequeue, ActionDone:
		level = slog.LevelInfo
	case ActionRetry:
	}
	d.log.Log(ctx, level, "batch was not finished", "task", id, "fate", string(fate.Action), "error", err.Error())
}
