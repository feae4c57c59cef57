package coordinator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/source"
)

func TestAbsencesAreBelievedWithKnownPrivilegesOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cert     source.Certificate
		known    string
		vouched  bool
		complete bool
	}{
		"privileges hide nothing":       {source.Certificate{Complete: true}, "", false, true},
		"the same as before":            {source.Certificate{Complete: true, Privileges: "a"}, "a", false, true},
		"others than before":            {source.Certificate{Complete: true, Privileges: "b"}, "a", false, false},
		"nobody knows what they hide":   {source.Certificate{Complete: true, Privileges: "a"}, "", false, false},
		"the read itself is incomplete": {source.Certificate{Privileges: "a"}, "a", false, false},
		"somebody vouches for them":     {source.Certificate{Complete: true, Privileges: "b"}, "a", true, true},
		"nobody can vouch for a read":   {source.Certificate{Privileges: "b"}, "a", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &sourcePlan{}
			p.plan.Discovered = 1
			p.certify(c.cert, layer.SourceState{Privileges: c.known}, c.vouched)
			require.Equal(t, c.complete, p.plan.Complete)
		})
	}
}
