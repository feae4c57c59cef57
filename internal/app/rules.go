package app

import (
	"encoding/json"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/enrich"
)

// enrichConfig gives the rules of meaning that the configuration asks for.
func enrichConfig(_ *config.Config) enrich.Config { return enrich.Config{} }

// redacted is the configuration without secrets, as it is recorded.
func redacted(cfg *config.Config) []byte {
	b, err := json.Marshal(cfg.Redacted())
	if err != nil {
		return []byte(`{"error": "the configuration could not be encoded"}`)
	}
	return b
}
