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
		complete bool
	}{
		"privileges hide nothing":       {source.Certificate{Complete: true}, "", true},
		"the same as before":            {source.Certificate{Complete: true, Privileges: "a"}, "a", true},
		"others than before":            {source.Certificate{Complete: true, Privileges: "b"}, "a", false},
		"nobody knows what they hide":   {source.Certificate{Complete: true, Privileges: "a"}, "", false},
		"the read itself is incomplete": {source.Certificate{Privileges: "a"}, "a", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &sourcePlan{}
			p.plan.Discovered = 1
			p.certify(c.cert, layer.SourceState{Privileges: c.known})
			require.Equal(t, c.complete, p.plan.Complete)
		})
	}
}
