package queue

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/semsync/semsync/internal/metadata"
)

func TestDelay(t *testing.T) {
	none := func() float64 { return 0 }
	most := func() float64 { return 1 }
	for name, test := range map[string]struct {
		backoff metadata.Backoff
		base    time.Duration
		attempt int
		rnd     func() float64
		want    time.Duration
	}{
		"fixed":                       {metadata.BackoffFixed, 30 * time.Second, 7, none, 30 * time.Second},
		"linear":                      {metadata.BackoffLinear, 30 * time.Second, 7, none, 210 * time.Second},
		"exponential, first":          {metadata.BackoffExponential, 30 * time.Second, 1, none, 30 * time.Second},
		"exponential, fourth":         {metadata.BackoffExponential, 30 * time.Second, 4, none, 240 * time.Second},
		"a fifth of jitter at most":   {metadata.BackoffFixed, 30 * time.Second, 1, most, 36 * time.Second},
		"no source of jitter":         {metadata.BackoffFixed, 30 * time.Second, 1, nil, 30 * time.Second},
		"a bad source of jitter":      {metadata.BackoffFixed, 30 * time.Second, 1, func() float64 { return 1e9 }, 36 * time.Second},
		"a negative source of jitter": {metadata.BackoffFixed, 30 * time.Second, 1, func() float64 { return -5 }, 30 * time.Second},
		"capped":                      {metadata.BackoffExponential, 30 * time.Second, 20, none, time.Hour},
		"capped with jitter":          {metadata.BackoffFixed, 59 * time.Minute, 1, most, time.Hour},
		"beyond every number":         {metadata.BackoffExponential, time.Second, math.MaxInt, most, time.Hour},
		"linear beyond":               {metadata.BackoffLinear, math.MaxInt64, math.MaxInt, most, time.Hour},
		"no base":                     {metadata.BackoffExponential, 0, math.MaxInt, most, 0},
		"negative base":               {metadata.BackoffLinear, -time.Hour, 3, most, 0},
		"attempt zero is the first":   {metadata.BackoffLinear, time.Second, 0, none, time.Second},
		"negative attempt":            {metadata.BackoffExponential, time.Second, math.MinInt, none, time.Second},
		"unknown backoff is fixed":    {"sometimes", time.Second, 5, none, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, Delay(test.backoff, test.base, test.attempt, test.rnd))
		})
	}
}

func TestDelayStaysInBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		backoff := rapid.SampledFrom([]metadata.Backoff{
			metadata.BackoffFixed, metadata.BackoffLinear, metadata.BackoffExponential, "",
		}).Draw(t, "backoff")
		base := time.Duration(rapid.Int64().Draw(t, "base"))
		attempt := rapid.Int().Draw(t, "attempt")
		rnd := func() float64 { return rapid.Float64().Draw(t, "rnd") }
		delay := Delay(backoff, base, attempt, rnd)
		require.GreaterOrEqual(t, delay, time.Duration(0))
		require.LessOrEqual(t, delay, time.Hour)
		require.GreaterOrEqual(t, delay, min(max(base, 0), time.Hour), "jitter never shortens")
	})
}
