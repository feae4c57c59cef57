package metadata_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/semsync/semsync/internal/metadata"
)

// TestAttributesAsJSON: what is written by hand reads as what encoding/json writes, whatever is in it.
func TestAttributesAsJSON(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.StringMatching(`[\x00-\x1f"\\<&\x{2028}a-z]{0,12}`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	list := rapid.SliceOfN(text, 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		a := metadata.Attributes{
			Description: text.Draw(t, "description"), Tags: list.Draw(t, "tags"), SemanticType: text.Draw(t, "semantic type"), BusinessTerm: text.Draw(t, "term"),
			PIICategory: text.Draw(t, "category"), Owner: text.Draw(t, "owner"), StewardEmail: text.Draw(t, "steward"), DataClassification: text.Draw(t, "classification"),
			ValidValues: list.Draw(t, "valid values"), RefreshCadence: text.Draw(t, "cadence"), IsPII: rapid.Ptr(rapid.Bool(), true).Draw(t, "is pii"),
		}
		want, err := json.Marshal(&a)
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(a.JSON()))
	})
}
