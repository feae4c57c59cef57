package queue

import (
	"math"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

const (
	maxDelay  = time.Hour
	maxJitter = 0.2
)

// Delay is the pause before the given attempt after the first (1 for the
// first retry; less counts as 1): base each time, base times the attempt, or
// base doubled with each attempt. Up to 20 % is added, by rnd, which gives
// numbers from 0 to 1 (nil adds nothing), so that those who failed together do
// not come back together. The result is between 0 and one hour.
func Delay(backoff metadata.Backoff, base time.Duration, attempt int, rnd func() float64) time.Duration {
	factor := 1.0
	switch attempt = max(attempt, 1); backoff {
	case metadata.BackoffLinear:
		factor = float64(attempt)
	case metadata.BackoffExponential:
		factor = math.Exp2(float64(attempt - 1))
	case metadata.BackoffFixed:
	default:
	}
	if rnd != nil {
		factor *= 1 + maxJitter*min(max(rnd(), 0), 1)
	}
	// In floating point, where too much is infinity and not a negative number.
	delay := float64(max(base, 0)) * factor
	if math.IsNaN(delay) || delay >= float64(maxDelay) {
		if base <= 0 { // 0 times infinity
			return 0
		}
		return maxDelay
	}
	return time.Duration(delay)
}
