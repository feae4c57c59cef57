package approval

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestAny(t *testing.T) {
	p := &Policy{Approvers: []string{"ana", "bea"}, Timeout: time.Hour}
	require.Equal(t, Standing{Waits: []string{"ana", "bea"}}, p.Standing("owner", start, nil, start))
	require.True(t, p.Standing("owner", start, []Vote{{Voter: "bea"}}, start).Passed)
	require.True(t, p.Standing("owner", start, nil, start.Add(time.Hour)).Expired)
	require.NoError(t, p.May("ana", "cleo"))
	require.ErrorContains(t, p.May("cleo", "ana"), `"cleo" is not an approver: approvers are ana, bea`)
	require.ErrorContains(t, p.May("ana", "ana"), "asked for the run")
	require.ErrorContains(t, p.May("", "ana"), "--by")
	require.NoError(t, (&Policy{}).May("ana", "ana"), "without approvers anybody may")
}

func TestAll(t *testing.T) {
	p := &Policy{Mode: All, Approvers: []string{"ana", "bea"}}
	require.Equal(t, Standing{Waits: []string{"ana"}}, p.Standing("owner", start, []Vote{{Voter: "bea"}}, start.Add(time.Hour)))
	require.True(t, p.Standing("owner", start, []Vote{{Voter: "bea"}, {Voter: "ana"}}, start).Passed)
}

func TestChain(t *testing.T) {
	p := &Policy{Mode: Chain, Timeout: 4 * time.Hour, Stages: []Stage{
		{Name: "steward", Approvers: []string{"ana"}},
		{Name: "privacy", Approvers: []string{"bea"}, Kinds: []string{"pii_category"}},
		{Name: "head", Approvers: []string{"cleo"}, Optional: true, Timeout: time.Hour},
	}}
	require.Equal(t, Standing{Stage: "steward", Waits: []string{"ana"}}, p.Standing("owner", start, nil, start))
	steward := []Vote{{Stage: "steward", Voter: "ana", At: start.Add(time.Minute)}}
	require.Equal(t, "privacy", p.Standing("pii_category", start, steward, start).Stage)
	require.Equal(t, Standing{Stage: "head", Waits: []string{"cleo"}}, p.Standing("owner", start, steward, start.Add(time.Minute)))
	require.True(t, p.Standing("owner", start, steward, start.Add(61*time.Minute)).Passed, "an optional stage is passed over")
	require.False(t, p.Standing("owner", start, nil, start.Add(3*time.Hour)).Expired)
	require.True(t, p.Standing("owner", start, nil, start.Add(4*time.Hour)).Expired)
	require.NoError(t, p.May("bea", "dan"))
	require.Error(t, p.May("dan", "ana"))
}
