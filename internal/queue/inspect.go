package queue

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hibiken/asynq"

	"github.com/semsync/semsync/internal/metadata"
)

// Depths is how much is in the queue.
type Depths struct {
	Pending   int
	Active    int
	Scheduled int
	Retry     int
	Archived  int
	Oldest    time.Duration // since the oldest pending task became pending; 0 when none is
	Processed int           // deliveries since Redis was new, failed ones included
	Failed    int           // failed deliveries since Redis was new
}

// DeadBatch is a batch in the archive.
type DeadBatch struct {
	Ref      metadata.BatchRef // zero when the task is none of semsync's
	Task     string            // the task's id in Asynq
	Error    string            // of its last delivery
	Retried  int               // failures before the last one
	FailedAt time.Time
}

// Alive tells whether a dispatch is in the queue and will be delivered or is
// being handled. A task whose worker died is alive until Asynq notices, which
// takes up to two minutes.
func (d *Dispatcher) Alive(ctx context.Context, ref metadata.BatchRef) (bool, error) {
	info, err := d.task(ctx, ref)
	if err != nil || info == nil {
		return false, err
	}
	switch info.State {
	case asynq.TaskStatePending, asynq.TaskStateScheduled, asynq.TaskStateActive, asynq.TaskStateRetry:
		return true, nil
	case asynq.TaskStateArchived, asynq.TaskStateCompleted, asynq.TaskStateAggregating:
		return false, nil
	default:
		return false, nil
	}
}

// Waiting tells whether a dispatch is still to be delivered. Unlike for Alive, one that was delivered is
// not waiting: if the ledger shows nobody at work on it, its worker died or the delivery was lost.
func (d *Dispatcher) Waiting(ctx context.Context, ref metadata.BatchRef) (bool, error) {
	info, err := d.task(ctx, ref)
	if err != nil || info == nil {
		return false, err
	}
	switch info.State {
	case asynq.TaskStatePending, asynq.TaskStateScheduled, asynq.TaskStateRetry:
		return true, nil
	case asynq.TaskStateActive, asynq.TaskStateArchived, asynq.TaskStateCompleted, asynq.TaskStateAggregating:
		return false, nil
	default:
		return false, nil
	}
}

// task gives what Asynq knows of a dispatch, nil when that is nothing.
func (d *Dispatcher) task(ctx context.Context, ref metadata.BatchRef) (*asynq.TaskInfo, error) {
	var info *asynq.TaskInfo
	err := d.inspect(ctx, func(inspector *asynq.Inspector) (err error) {
		info, err = inspector.GetTaskInfo(d.queue, taskID(ref))
		return err
	})
	switch {
	case errors.Is(err, asynq.ErrTaskNotFound):
		return nil, nil //nolint:nilnil // "nothing" is an answer here, and no error
	case err != nil:
		return nil, redisFault(ctx, "look for batch", taskID(ref), err)
	default:
		return info, nil
	}
}

// Depths counts what is in the queue.
func (d *Dispatcher) Depths(ctx context.Context) (Depths, error) {
	var info *asynq.QueueInfo
	err := d.inspect(ctx, func(inspector *asynq.Inspector) (err error) {
		info, err = inspector.GetQueueInfo(d.queue)
		return err
	})
	if err != nil {
		return Depths{}, redisFault(ctx, "count queue", d.queue, err)
	}
	return Depths{
		Pending: info.Pending, Active: info.Active, Scheduled: info.Scheduled, Retry: info.Retry, Archived: info.Archived,
		Oldest: max(info.Latency, 0), Processed: info.ProcessedTotal, Failed: info.FailedTotal,
	}, nil
}

// deadPage is how many archived tasks are read at once.
const deadPage = 500

// Dead lists the archive, the last failed first.
func (d *Dispatcher) Dead(ctx context.Context) ([]DeadBatch, error) {
	var dead []DeadBatch
	for page := 1; ; page++ {
		var infos []*asynq.TaskInfo
		err := d.inspect(ctx, func(inspector *asynq.Inspector) (err error) {
			infos, err = inspector.ListArchivedTasks(d.queue, asynq.PageSize(deadPage), asynq.Page(page))
			return err
		})
		if err != nil {
			return nil, redisFault(ctx, "list the dead of queue", d.queue, err)
		}
		for _, info := range infos {
			dead = append(dead, deadBatch(info))
		}
		if len(infos) < deadPage {
			return dead, nil
		}
	}
}

func deadBatch(info *asynq.TaskInfo) DeadBatch {
	dead := DeadBatch{Task: info.ID, Error: info.LastErr, Retried: info.Retried, FailedAt: info.LastFailedAt}
	if ref, err := decode(info.Type, info.Payload); err == nil {
		dead.Ref = ref
	} else if ref, err := parseTaskID(info.ID); err == nil {
		dead.Ref = ref
	}
	return dead
}

// DropDead removes a batch from the archive. A batch that is not there gives a
// fault of kind missing; one that is elsewhere in the queue stays.
func (d *Dispatcher) DropDead(ctx context.Context, ref metadata.BatchRef) error {
	info, err := d.task(ctx, ref)
	if err != nil {
		return err
	}
	if info == nil || info.State != asynq.TaskStateArchived {
		return &metadata.Fault{
			Kind: metadata.FaultMissing, Class: metadata.ClassNotFound,
			Op: "drop dead batch", Subject: taskID(ref), Err: errors.New("it is not in the archive"),
		}
	}
	err = d.inspect(ctx, func(inspector *asynq.Inspector) error { return inspector.DeleteTask(d.queue, info.ID) })
	if err != nil && !errors.Is(err, asynq.ErrTaskNotFound) { // not found: somebody else was first
		return redisFault(ctx, "drop dead batch", taskID(ref), err)
	}
	return nil
}

// inspect looks with an inspector whose commands end with ctx. A queue that is
// not announced is announced, and looked at once more.
func (d *Dispatcher) inspect(ctx context.Context, look func(*asynq.Inspector) error) error {
	inspector := asynq.NewInspectorFromRedisClient(&boundClient{UniversalClient: d.rdb, bind: within(ctx)})
	err := look(inspector)
	if !queueMissing(err) {
		return err
	}
	if err := d.announce(ctx); err != nil {
		return err
	}
	return look(inspector)
}

// queueMissing tells whether Asynq found no queue. Some of the inspector's
// methods say so in words only.
func queueMissing(err error) bool {
	return errors.Is(err, asynq.ErrQueueNotFound) ||
		err != nil && strings.Contains(err.Error(), "queue") && strings.Contains(err.Error(), "does not exist")
}
