package app

import (
	"errors"
	"strings"

	"github.com/semsync/semsync/internal/config"
)

// ignored names the settings that are understood and checked, and that this
// version does not act upon, so that nobody relies on them unknowingly.
func ignored(cfg *config.Config) []string {
	var out []string
	for key, set := range map[string]bool{
		"definitions":              len(cfg.Definitions.DataDictionaryPath)+len(cfg.Definitions.GlossaryPath)+len(cfg.Definitions.RelationshipsPath)+len(cfg.Definitions.GovernancePath) > 0,
		"auto_generation.sampling": cfg.AutoGeneration.Sampling.Enabled, "sync.cache_enabled": cfg.Sync.CacheEnabled,
		"sync.memory_limit": cfg.Sync.MemoryLimit > 0,
	} {
		if set {
			out = append(out, key)
		}
	}
	return out
}

// needsApproval refuses a run whose changes would have to wait for a person,
// as long as there is no way to approve them: applying them unasked would be worse.
func needsApproval(cfg *config.Config, yes bool) error {
	var why []string
	if !cfg.Sync.AutoCommit {
		why = append(why, "sync.auto_commit is false")
	}
	if cfg.Approval.Enabled {
		why = append(why, "approval.enabled is true")
	}
	if cfg.Sync.InteractiveMode && !yes {
		why = append(why, "sync.interactive_mode is true and --yes is not given")
	}
	if len(why) == 0 {
		return nil
	}
	return usage(errors.New(strings.Join(why, ", and ") + ": this version cannot ask for approval yet, and applies nothing unasked; use --dry-run, or change the setting"))
}
