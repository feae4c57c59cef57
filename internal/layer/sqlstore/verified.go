package sqlstore

import (
	"context"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

type verifiedRow struct {
	key
	Field string  `json:"field_name"`
	By    *string `json:"verified_by"`
	At    *string `json:"verified_at"`
}

// verify writes what people say of who looked at fields last, and logs what differs. It comes after the fields themselves: what is
// said of new ones is a part of their being new.
func (c *checkpoint) verify(ctx context.Context, effects []layer.Effect) error {
	var rows []verifiedRow
	for i := range effects {
		for _, v := range effects[i].Verified {
			row := verifiedRow{key: keyOf(effects[i].Claimed.Table), Field: v.Field, By: null(v.By)}
			if !v.At.IsZero() {
				row.At = null(v.At.UTC().Format("2006-01-02T15:04:05.000Z"))
			}
			rows = append(rows, row)
		}
	}
	run := c.run.ID.String()
	status := metadata.ChangeApplied
	if c.run.Settings.DryRun {
		status = metadata.ChangePlanned
	}
	if !c.run.Settings.NoLog || c.run.Settings.DryRun {
		if err := c.bulk(ctx, "LogVerified", len(rows), rows, run, string(status)); err != nil {
			return err
		}
	}
	if c.run.Settings.DryRun {
		return nil
	}
	return c.bulk(ctx, "Verify", len(rows), rows)
}
