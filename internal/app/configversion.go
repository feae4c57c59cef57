package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
)

func configCommand(o *options) *cobra.Command {
	return group("config", "About the configuration", &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of the configuration", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := o.Out.Write(config.Schema())
			return err
		},
	})
}

// configVersion is the id under which a configuration is recorded: it derives from its redacted content.
func configVersion(cfg *config.Config) string {
	sum := sha256.Sum256(redacted(cfg))
	return "c" + hex.EncodeToString(sum[:])[:16]
}

func saveConfig(ctx context.Context, l layer.Layer, cfg *config.Config) error {
	content := redacted(cfg)
	sum := sha256.Sum256(content)
	return l.SaveConfigVersion(ctx, configVersion(cfg), hex.EncodeToString(sum[:]), content)
}
