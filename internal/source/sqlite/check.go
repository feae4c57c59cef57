package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

// Check opens the file and reads its schema. A file that may not be read is a
// missing permission; other failures are errors.
func (r *Reader) Check(ctx context.Context) ([]string, error) {
	err := r.with(ctx, source.Options{}, "check source", func(s *session) error {
		_, err := s.token(ctx)
		return err
	})
	if fault, ok := errors.AsType[*metadata.Fault](err); ok && fault.Kind == metadata.FaultDenied {
		return []string{fmt.Sprintf("the file of source %s may not be read: %v", r.name, fault.Err)}, nil
	}
	return nil, err
}
