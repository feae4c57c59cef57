package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hibiken/asynq"

	"github.com/semsync/semsync/internal/metadata"
)

// DefaultQueue is the queue's name where none is given.
const DefaultQueue = "semsync"

// taskType is the kind of task that carries a batch.
const taskType = "semsync:batch"

const (
	// retrySlack is how many more retries a task has in Asynq than asked for.
	// The ledger counts the tries of each table; a batch whose tables fail in
	// turns is delivered more often than any of them may be tried.
	retrySlack = 100
	// mostRetries keeps the sum within Asynq's 32 bits.
	mostRetries = 1 << 20
	// noTimeout stands for "none": Asynq gives 30 minutes to a task without.
	noTimeout = 10 * 365 * 24 * time.Hour
	// overtime is what Asynq gives a handler beyond the batch's time-out, so
	// that it is gone before its task is delivered again.
	overtime = 30 * time.Second
)

// taskID names one dispatch of a batch, so that a second try finds the first.
func taskID(ref metadata.BatchRef) string {
	return ref.Run.String() + ":" + strconv.Itoa(ref.Batch) + ":" + strconv.Itoa(ref.Generation)
}

// parseTaskID is the inverse of taskID.
func parseTaskID(id string) (metadata.BatchRef, error) {
	parts := strings.Split(id, ":")
	if len(parts) != 3 {
		return metadata.BatchRef{}, errors.New("task id is not run:batch:generation")
	}
	run, runErr := uuid.Parse(parts[0])
	batch, batchErr := strconv.Atoi(parts[1])
	generation, generationErr := strconv.Atoi(parts[2])
	if err := errors.Join(runErr, batchErr, generationErr); err != nil {
		return metadata.BatchRef{}, fmt.Errorf("parse task id: %w", err)
	}
	return metadata.BatchRef{Run: run, Batch: batch, Generation: generation}, nil
}

func newTask(ref metadata.BatchRef) (*asynq.Task, error) {
	payload, err := json.Marshal(ref)
	if err != nil {
		return nil, fmt.Errorf("encode batch %s: %w", taskID(ref), err)
	}
	return asynq.NewTask(taskType, payload), nil
}

// decode gives the batch that a task carries, or a fault of kind invalid.
func decode(kind string, payload []byte) (metadata.BatchRef, error) {
	var ref metadata.BatchRef
	err := json.Unmarshal(payload, &ref)
	switch {
	case kind != taskType:
		err = fmt.Errorf("unknown kind of task %q", kind)
	case err != nil:
	case ref.Run == uuid.Nil:
		err = errors.New("it names no run")
	case ref.Batch < 0 || ref.Generation < 0:
		err = errors.New("batch and generation must not be negative")
	}
	if err != nil {
		return metadata.BatchRef{}, &metadata.Fault{
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "read task", Err: err,
			Hint: "nothing of semsync wrote this task; drop it",
		}
	}
	return ref, nil
}
