package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/profile"
)

// SaveProfile keeps what one process did in a run, in place of what it said before.
func (s *Store) SaveProfile(ctx context.Context, run metadata.RunID, process string, lines []profile.Line) error {
	text, err := json.Marshal(lines)
	if err != nil {
		return fmt.Errorf("encode a profile: %w", err)
	}
	_, err = s.exec(ctx, "keep a profile", "SaveProfile", run.String(), process, string(text))
	return err
}

// Profiles gives what each process did in a run.
func (s *Store) Profiles(ctx context.Context, run metadata.RunID) (map[string][]profile.Line, error) {
	out := map[string][]profile.Line{}
	return out, s.each(ctx, "Profiles", []any{run.String()}, func(rows *sql.Rows) error {
		var process, text string
		if err := rows.Scan(&process, &text); err != nil {
			return err
		}
		var lines []profile.Line
		err := json.Unmarshal([]byte(text), &lines)
		out[process] = lines
		return err
	})
}
