package app

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
)

func healthcheckCommand(o *options) *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use: "healthcheck", Short: "Ask a running program for its health, for containers without a shell", Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), 5*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			if err != nil {
				return usage(err)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			defer func() { _ = res.Body.Close() }()
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("%s answers %s", url, res.Status)
			}
			_, _ = fmt.Fprintln(o.Out, "ok")
			return nil
		},
	}
	listen := coordinatorListen
	if v := os.Getenv("SEMSYNC_HTTP_LISTEN"); v != "" {
		listen = v
	}
	cmd.Flags().StringVar(&url, "url", "http://"+listen+"/healthz", "what to ask")
	return cmd
}
