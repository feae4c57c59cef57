package definitions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/semsync/semsync/internal/metadata"
)

// addDigests fills in the digest of each table and of the whole set. JSON sorts the
// keys of maps, and lists are in order, so that the same content gives the same digest.
func addDigests(s *Set) error {
	whole := sha256.New()
	encoder := json.NewEncoder(whole)
	for _, id := range slices.SortedFunc(maps.Keys(s.Tables), metadata.TableID.Compare) {
		t := s.Tables[id]
		text, err := json.Marshal(t.Declared)
		if err != nil {
			return fmt.Errorf("digest of table %s: %w", id, err)
		}
		sum := sha256.Sum256(text)
		t.Digest = hex.EncodeToString(sum[:])
		s.Tables[id] = t
		if err := encoder.Encode([]string{id.Source, id.Database, id.Name, t.Digest}); err != nil {
			return fmt.Errorf("digest of the definitions: %w", err)
		}
	}
	for _, part := range []any{s.Terms, s.Policies, s.Relationships, s.Lineage, s.Dependencies} {
		if err := encoder.Encode(part); err != nil {
			return fmt.Errorf("digest of the definitions: %w", err)
		}
	}
	s.Digest = hex.EncodeToString(whole.Sum(nil))
	return nil
}
