package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/source"
)

const (
	opCheck       = "check source"
	oldestVersion = 120000
)

// Check connects, and says what the role is missing. A refused role and a
// missing database are words; other failures to connect are errors.
func (r *Reader) Check(ctx context.Context) ([]string, error) {
	var missing []string
	err := r.with(ctx, opCheck, source.Options{}, forCatalogs, func(s *session) error {
		return s.each(ctx, checkSQL, nil, func(row row) error {
			missing = lacking(row.number(0), row.texts(1))
			return nil
		})
	})
	if err == nil {
		return missing, nil
	}
	fault, is := errors.AsType[*metadata.Fault](err)
	if is && (fault.Kind == metadata.FaultDenied || fault.Kind == metadata.FaultMissing) {
		return []string{"source " + r.name + " cannot be read: " + fault.Error()}, nil
	}
	return nil, err
}

// lacking says what is wrong with a version and with catalogs that may not be read.
func lacking(version int64, unreadable []string) []string {
	var missing []string
	if version < oldestVersion {
		missing = append(missing, fmt.Sprintf("the server has version %d: version %d or later is needed",
			version/10000, oldestVersion/10000))
	}
	if len(unreadable) > 0 {
		missing = append(missing, "the role may not read "+strings.Join(unreadable, ", ")+": grant it SELECT on them")
	}
	return missing
}
