package app

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/definitions"
	"github.com/semsync/semsync/internal/telemetry"
)

// options are the flags that both programs share.
type options struct {
	Streams
	configFile, env     string
	logLevel, logFormat string
}

func (o *options) add(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&o.configFile, "config", "", "configuration `file`")
	f.StringVar(&o.env, "env", "", "`name` of an overlay under environments in the file")
	f.StringVar(&o.logLevel, "log-level", "", "debug, info, warn or error (default: sync.monitoring.log_level)")
	f.StringVar(&o.logFormat, "log-format", "text", "text or json")
	cmd.Version = version()
	cmd.SetVersionTemplate("{{.Name}} {{.Version}}\n")
}

// load reads the configuration; flags are values given on the command line, by key.
func (o *options) load(flags map[string]any) (*config.Config, error) {
	if o.configFile == "" {
		return nil, usage(errors.New("--config is missing: name the configuration file"))
	}
	cfg, err := config.Load(config.LoadOptions{Path: o.configFile, Env: o.env, Flags: flags})
	if err != nil {
		return nil, usage(err)
	}
	return cfg, nil
}

func (o *options) logger(cfg *config.Config) (*slog.Logger, error) {
	level := o.logLevel
	if level == "" && cfg != nil {
		level = string(cfg.Sync.Monitoring.LogLevel)
	}
	if level == "" {
		level = "info"
	}
	l, err := telemetry.NewLogger(o.Err, o.logFormat, strings.ToLower(level))
	if err != nil {
		return nil, usage(err)
	}
	return l, nil
}

// open loads the configuration and makes the logger.
func (o *options) open(flags map[string]any) (*config.Config, *slog.Logger, error) {
	cfg, err := o.load(flags)
	if err != nil {
		return nil, nil, err
	}
	log, err := o.logger(cfg)
	if err != nil {
		return nil, nil, err
	}
	for _, w := range cfg.Warnings() {
		log.Warn("doubtful configuration", "problem", w.Error())
	}
	if _, err := definitions.Load(definitionFiles(cfg)); err != nil {
		return nil, nil, usage(err)
	}
	return cfg, log, nil
}
