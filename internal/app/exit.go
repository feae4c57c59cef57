package app

import (
	"errors"
	"fmt"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/metadata"
)

// The exit codes of SPEC 3.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitSomeFailed  = 3
	exitApproval    = 4
	exitInterrupted = 130
)

// exitError is an error with its exit code.
type exitError struct {
	code int
	err  error // nil when everything has been said already
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage marks an error as the user's: configuration or arguments.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitUsage, err}
}

// codeOf gives the exit code of a command's error.
func codeOf(err error) int {
	if err == nil {
		return exitOK
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	if _, ok := errors.AsType[config.Problems](err); ok {
		return exitUsage
	}
	return exitFailed
}

// ended gives the error, if any, with which a command leaves after its run ended.
func ended(r metadata.Run) error {
	switch r.Status {
	case metadata.StatusCompleted, metadata.StatusDryRun:
		if r.Status == metadata.StatusDryRun && r.Counts.Failed > 0 {
			return &exitError{code: exitSomeFailed}
		}
		return nil
	case metadata.StatusCompletedWithErrors:
		return &exitError{code: exitSomeFailed}
	case metadata.StatusAwaitingApproval:
		return &exitError{code: exitApproval}
	case metadata.StatusCancelled:
		return &exitError{code: exitInterrupted}
	case metadata.StatusFailed, metadata.StatusTimedOut, metadata.StatusPlanning, metadata.StatusRunning:
		return &exitError{code: exitFailed}
	default:
		return &exitError{code: exitFailed}
	}
}
