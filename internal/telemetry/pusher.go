package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"

	"github.com/semsync/semsync/internal/metadata"
)

// PusherConfig says where metrics are pushed to.
type PusherConfig struct {
	// Endpoint is the address of a Prometheus Pushgateway, with or without the
	// path /metrics at its end. It may hold a user and a password.
	Endpoint metadata.Secret
	// Interval between pushes; default 15 s, at least 1 s.
	Interval time.Duration
	// Job is the job label, "coordinator" or "worker"; default "semsync".
	Job string
	// Instance is the instance label, which keeps processes apart; no label
	// when "".
	Instance string
	// Timeout of one push; default 5 s.
	Timeout time.Duration
}

// Pusher sends all metrics to a Pushgateway at an interval.
type Pusher struct {
	cfg    PusherConfig
	logger *slog.Logger
	client *statusClient
	pusher *push.Pusher
}

// NewPusher makes a Pusher. Its error is a *metadata.Fault of kind invalid and
// does not repeat the endpoint, in which a password may be.
func NewPusher(cfg PusherConfig, gatherer prometheus.Gatherer, logger *slog.Logger) (*Pusher, error) {
	cfg.Interval = cmp.Or(cfg.Interval, 15*time.Second)
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Second)
	cfg.Job = cmp.Or(cfg.Job, "semsync")
	if cfg.Interval < time.Second || cfg.Timeout < 0 {
		return nil, invalid("push_interval", fmt.Errorf("is %s, must be at least 1s", cfg.Interval))
	}
	endpoint, user, err := parseEndpoint(cfg.Endpoint.Reveal())
	if err != nil {
		return nil, invalid("metrics_endpoint", err)
	}
	p := &Pusher{cfg: cfg, logger: logger, client: newStatusClient(cfg.Timeout)}
	p.pusher = push.New(endpoint, cfg.Job).Gatherer(gatherer).Client(p.client)
	if cfg.Instance != "" {
		p.pusher.Grouping("instance", cfg.Instance)
	}
	if user != nil {
		password, _ := user.Password()
		p.pusher.BasicAuth(user.Username(), password)
	}
	if err := p.pusher.Error(); err != nil {
		return nil, invalid("metrics push", err)
	}
	return p, nil
}

// parseEndpoint gives the address without its user and without /metrics, which
// the push client puts at the end itself.
func parseEndpoint(text string) (string, *url.Userinfo, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", nil, errors.New("is not of the form http://host:port or https://host:port")
	}
	u.Path, u.RawPath = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/metrics"), ""
	if u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Path, "/metrics/") {
		return "", nil, errors.New("must end with /metrics or before it; job and instance are added")
	}
	user := u.User
	u.User = nil
	return u.String(), user, nil
}

// Run pushes at once, at every interval, and a last time when ctx ends, so
// that a short run leaves its figures. Failures are logged when they begin and
// when they end; they never end Run, which returns nil.
func (p *Pusher) Run(ctx context.Context) error {
	defer p.client.CloseIdleConnections()
	ticker := time.NewTicker(p.cfg.Interval)
	defer ticker.Stop()
	failing := false
	for {
		failing = p.push(ctx, failing)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			p.push(context.WithoutCancel(ctx), failing)
			return nil
		}
	}
}

// push sends the metrics once and gives whether that failed; failing is how it
// went before.
func (p *Pusher) push(ctx context.Context, failing bool) bool {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	p.client.forget()
	err := p.client.explain(p.pusher.PushContext(ctx))
	switch {
	case errors.Is(err, context.Canceled):
		return failing // we are ending; it says nothing about the gateway
	case err != nil && !failing:
		p.logger.WarnContext(ctx, "metrics cannot be pushed", "error", err)
	case err == nil && failing:
		p.logger.InfoContext(ctx, "metrics are pushed again")
	}
	return err != nil
}
