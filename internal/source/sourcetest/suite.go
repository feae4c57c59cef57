package sourcetest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Run runs the suite.
func Run(t *testing.T, e Engine) {
	t.Helper()
	require.NotNil(t, e.Open, "Engine.Open")
	require.NotNil(t, e.Quote, "Engine.Quote")
	cases := []struct {
		name string
		test func(*bench)
	}{
		{"empty database", testEmpty},
		{"columns", testColumns},
		{"objects", testObjects},
		{"view", testView},
		{"broken view", testBrokenView},
		{"comments", testComments},
		{"keys", testKeys},
		{"indexes", testIndexes},
		{"row estimates", testRowEstimates},
		{"object ids outlive renames", testObjectIDs},
		{"byte order", testOrder},
		{"several databases", testDatabases},
		{"keep", testKeep},
		{"read missing tables", testMissing},
		{"read some of many", testReadSome},
		{"hostile table names", testHostileTables},
		{"hostile column names", testHostileColumns},
		{"hostile key names", testHostileKeys},
		{"many columns", testManyColumns},
		{"constant number of queries", testQueries},
		{"limits", testLimits},
		{"concurrent", testConcurrent},
		{"error of yield", testYieldError},
		{"cancelled", testCancelled},
		{"blocked", testBlocked},
		{"refused connections", testRefused},
		{"check", testCheck},
		{"changes", testChanges},
		{"changes cannot write", testReadOnly},
		{"latest times", testMaxTimes},
		{"change token", testToken},
		{"sample values", testSampleValues},
		{"sample hostile names", testSampleHostile},
		{"sample a large table", testSampleLarge},
		{"sample what cannot be", testSampleSkips},
		{"sample is denied", testSampleDenied},
		{"sample is blocked", testSampleBlocked},
		{"sample ends early", testSampleEnds},
		{"find values", testFind},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.test(newBench(t, e))
		})
	}
}
