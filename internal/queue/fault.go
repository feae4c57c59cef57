package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// refusals are the beginnings of Redis' replies to a wrong or missing login.
var refusals = []string{"NOAUTH", "WRONGPASS", "NOPERM"}

// redisFault makes a fault of what went wrong between us and Redis. Asynq
// flattens causes into text, so the context and the text are all there is.
func redisFault(ctx context.Context, op, subject string, err error) error {
	fault := &metadata.Fault{
		Kind: metadata.FaultTransient, Class: metadata.ClassUnavailable, Op: op, Subject: subject, Err: err,
	}
	switch cause := ctx.Err(); {
	case errors.Is(cause, context.Canceled):
		fault.Kind, fault.Class, fault.Err = metadata.FaultStopped, "", cause
	case cause != nil:
		fault.Class, fault.Err = metadata.ClassConnectionTimeout, fmt.Errorf("%w (%w)", err, cause)
	case refused(err):
		fault.Kind, fault.Class = metadata.FaultDenied, metadata.ClassPermission
		fault.Hint = "check redis.username and redis.password"
	case strings.Contains(err.Error(), "OOM command not allowed"):
		fault.Hint = "Redis is at its maxmemory; give it more, with maxmemory-policy noeviction"
	}
	return fault
}

func refused(err error) bool {
	for _, refusal := range refusals {
		if strings.Contains(err.Error(), refusal) {
			return true
		}
	}
	return false
}
