package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/profile"
)

// TestProfile runs the seed's loop over batch sizes, in both forms.
func TestProfile(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"embedded", "fleet"} {
		t.Run(form, func(t *testing.T) {
			f := people(t, form, "  cache_enabled: true\n", "")
			f.run(exitOK, "coordinator", "--apply", "--profile")
			for _, size := range []int{10, 50} {
				file := filepath.Join(f.dir, "profile.json")
				out := f.run(exitOK, "coordinator", "--mode", "full", "--batch-size", strconv.Itoa(size), "--profile", "--profile-out", file).out.String()
				require.Contains(t, out, "tables a minute, batch_size "+strconv.Itoa(size))
				text, err := os.ReadFile(file)
				require.NoError(t, err)
				var report profileReport
				require.NoError(t, json.Unmarshal(text, &report))
				require.Equal(t, 2, report.Tables)
				require.Positive(t, report.Seconds)
				sum := map[string]profile.Line{}
				for process, lines := range report.Processes {
					require.True(t, strings.HasPrefix(process, "worker ") || strings.HasPrefix(process, "coordinator "), process)
					for _, l := range lines {
						total := sum[l.Phase]
						total.Rows += l.Rows
						total.Queries += l.Queries
						total.Bytes += l.Bytes
						total.Time += l.Time
						sum[l.Phase] = total
					}
				}
				require.Len(t, report.Processes, 2)
				require.Equal(t, int64(2), sum[profile.Discover].Rows)
				require.Positive(t, sum[profile.Discover].Queries)
				require.Positive(t, sum[profile.Discover].Bytes)
				require.Equal(t, int64(2), sum[profile.Plan].Rows)
				require.Equal(t, int64(2), sum[profile.Cache].Rows, "the workers found all in the cache")
				require.Zero(t, sum[profile.Read].Queries)
				require.Equal(t, int64(5), sum[profile.Think].Rows)
				require.Equal(t, int64(5), sum[profile.Commit].Rows)
				require.Positive(t, sum[profile.Process].Bytes)
			}
		})
	}
}
