package pii

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNothingHoldsAValue looks for values in all that comes out, and in the profile itself.
func TestNothingHoldsAValue(t *testing.T) {
	t.Parallel()
	sets := map[string][]string{}
	for name, generate := range generators {
		sets[name] = column(generate)
	}
	for name, generate := range negatives {
		sets[name] = column(generate)
	}
	for name, values := range sets {
		profile := profiled(values)
		verdict := profile.Verdict()
		outputs := []string{fmt.Sprintf("%+v %+v %#v", verdict, *profile, verdict.Evidence)}
		for _, category := range listed {
			outputs = append(outputs, fmt.Sprintf("%+v", Combine(named(category), Column{}, verdict)))
		}
		all := strings.Join(outputs, " ") + fmt.Sprintf("%+v", Combine(Guess{}, Column{}, verdict))
		for _, value := range values {
			if len(value) > 5 && value != "female" && !isDigits(value) { // words of ours, and digits that may stand in hashes
				require.NotContains(t, all, value, name)
			}
		}
	}
	const canary = "canary.4111.secret@mail.example"
	require.NotContains(t, fmt.Sprintf("%+v %#v", *profiled([]string{canary}), profiled([]string{canary}).Verdict()), "canary")
}
