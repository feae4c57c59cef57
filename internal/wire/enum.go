package wire

import (
	semsyncv1 "github.com/semsync/semsync/internal/gen/semsync/v1"
	"github.com/semsync/semsync/internal/metadata"
)

// The two enumerations, each written once and turned round for reading.
var (
	kindToProto = map[metadata.EventKind]semsyncv1.EventKind{
		metadata.EventPlanned:    semsyncv1.EventKind_EVENT_KIND_PLANNED,
		metadata.EventClaimed:    semsyncv1.EventKind_EVENT_KIND_CLAIMED,
		metadata.EventCheckpoint: semsyncv1.EventKind_EVENT_KIND_CHECKPOINT,
		metadata.EventFailed:     semsyncv1.EventKind_EVENT_KIND_FAILED,
		metadata.EventBatchDone:  semsyncv1.EventKind_EVENT_KIND_BATCH_DONE,
		metadata.EventFinished:   semsyncv1.EventKind_EVENT_KIND_FINISHED,
		metadata.EventCancel:     semsyncv1.EventKind_EVENT_KIND_CANCEL,
	}
	kindFromProto = invert(kindToProto)

	// statusToProto has a word for "says nothing of the run's status", too.
	statusToProto = map[metadata.RunStatus]semsyncv1.RunStatus{
		"":                                 semsyncv1.RunStatus_RUN_STATUS_UNSPECIFIED,
		metadata.StatusPlanning:            semsyncv1.RunStatus_RUN_STATUS_PLANNING,
		metadata.StatusRunning:             semsyncv1.RunStatus_RUN_STATUS_RUNNING,
		metadata.StatusAwaitingApproval:    semsyncv1.RunStatus_RUN_STATUS_AWAITING_APPROVAL,
		metadata.StatusCompleted:           semsyncv1.RunStatus_RUN_STATUS_COMPLETED,
		metadata.StatusCompletedWithErrors: semsyncv1.RunStatus_RUN_STATUS_COMPLETED_WITH_ERRORS,
		metadata.StatusFailed:              semsyncv1.RunStatus_RUN_STATUS_FAILED,
		metadata.StatusCancelled:           semsyncv1.RunStatus_RUN_STATUS_CANCELLED,
		metadata.StatusTimedOut:            semsyncv1.RunStatus_RUN_STATUS_TIMED_OUT,
		metadata.StatusDryRun:              semsyncv1.RunStatus_RUN_STATUS_DRY_RUN,
	}
	statusFromProto = invert(statusToProto)
)

func invert[K, V comparable](m map[K]V) map[V]K {
	out := make(map[V]K, len(m))
	for k, v := range m {
		out[v] = k
	}
	return out
}
