package app

import (
	"github.com/semsync/semsync/internal/config"
)

// ignored names the settings that are understood and checked, and that this
// version does not act upon, so that nobody relies on them unknowingly.
func ignored(cfg *config.Config) []string {
	var out []string
	for key, set := range map[string]bool{
		"notifications": cfg.Notifications.Slack.Enabled || cfg.Notifications.Email.Enabled || cfg.Notifications.Webhook.Enabled,
	} {
		if set {
			out = append(out, key)
		}
	}
	return out
}
