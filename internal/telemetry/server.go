package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/semsync/semsync/internal/metadata"
)

// ServerConfig says where a Server listens.
type ServerConfig struct {
	// Addr is host:port; port 0 takes a free one. Default 127.0.0.1:9464.
	Addr string
	// Token is asked for, as "Authorization: Bearer …", by what is mounted
	// with Handle. Metrics and health need none. "" means that none is asked
	// for, which is allowed on loopback only.
	Token metadata.Secret
	// CheckTimeout is how long /readyz waits for each check; default 2 s.
	CheckTimeout time.Duration
	// StopTimeout is how long Run waits for requests in hand; default 10 s.
	StopTimeout time.Duration
}

// DefaultAddr is where a Server listens by default.
const DefaultAddr = "127.0.0.1:9464"

// Server serves /metrics, /healthz, /readyz and what else is mounted on it.
// Mount first, then Listen if the address is wanted before Run, then Run. Addr
// may be asked from anywhere once Ready is closed.
type Server struct {
	cfg      ServerConfig
	logger   *slog.Logger
	mux      *http.ServeMux
	checkers []*checker
	mounted  bool // something asks for the token

	listener net.Listener
	ready    chan struct{} // closed when Run serves
}

// NewServer makes a server that gathers metrics from the gatherer and asks the
// checks for readiness.
func NewServer(cfg ServerConfig, gatherer prometheus.Gatherer, logger *slog.Logger, checks ...Check) (*Server, error) {
	cfg.Addr = cmp.Or(cfg.Addr, DefaultAddr)
	cfg.CheckTimeout = cmp.Or(cfg.CheckTimeout, 2*time.Second)
	cfg.StopTimeout = cmp.Or(cfg.StopTimeout, 10*time.Second)
	if cfg.CheckTimeout < 0 || cfg.StopTimeout < 0 {
		return nil, invalid("health server", errors.New("time-outs must be positive"))
	}
	s := &Server{cfg: cfg, logger: logger, mux: http.NewServeMux(), ready: make(chan struct{})}
	for _, check := range checks {
		if check.Name == "" || check.Run == nil {
			return nil, invalid("health server", errors.New("a check needs a name and a function"))
		}
		s.checkers = append(s.checkers, &checker{check: check, timeout: cfg.CheckTimeout, logger: logger})
	}
	s.mux.Handle("GET /metrics", promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{
		ErrorLog: promLog{logger}, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: 30 * time.Second,
	}))
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /readyz", s.readyz)
	return s, nil
}

// Handle mounts a handler behind the server's token. The pattern is one of
// http.ServeMux, and as there, one that conflicts with another panics. To be
// called before Listen.
func (s *Server) Handle(pattern string, handler http.Handler) {
	s.mounted = true
	s.mux.Handle(pattern, s.authorize(handler))
}

// HandleOwn mounts a handler that checks on its own who asks, such as an API
// with roles. To be called before Listen.
func (s *Server) HandleOwn(pattern string, handler http.Handler) { s.mux.Handle(pattern, handler) }

// Listen opens the port. It refuses, with a *metadata.Fault of kind invalid,
// an address off loopback when something is mounted that would need a token
// and there is none.
func (s *Server) Listen(ctx context.Context) error {
	if s.mounted && s.cfg.Token == "" && !loopback(s.cfg.Addr) {
		return &metadata.Fault{
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "listen on", Subject: s.cfg.Addr,
			Err: errors.New("the address can be reached from other machines and no token is set"), Hint: "set a token or listen on 127.0.0.1",
		}
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return &metadata.Fault{
			Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "listen on", Subject: s.cfg.Addr, Err: err,
			Hint: "choose another address",
		}
	}
	s.listener = listener
	return nil
}

// Addr gives the address that Listen opened, nil before.
func (s *Server) Addr() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Ready is closed when Run serves.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Run serves until ctx ends, then lets the requests in hand finish for up to
// the stop time-out. It listens first if nobody has called Listen. It is
// called once.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		if err := s.Listen(ctx); err != nil {
			return err
		}
	}
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := s.httpServer(requests)
	var serving sync.WaitGroup
	failed := make(chan error, 1)
	serving.Go(func() { failed <- server.Serve(s.listener) })
	defer serving.Wait()
	close(s.ready)
	select {
	case err := <-failed:
		return fmt.Errorf("serve health and metrics: %w", err)
	case <-ctx.Done():
	}
	return s.stop(requests, server)
}

func (s *Server) stop(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.StopTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		s.logger.WarnContext(ctx, "requests were cut off at the end", "error", err)
		_ = server.Close() // the error of the listener, which Shutdown has closed
	}
	return nil
}

// httpServer has every time-out that net/http knows. A handler that streams
// sets its own write deadline with http.ResponseController.
func (s *Server) httpServer(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:           s.mux,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
}

// promLog passes the metrics handler's complaints on.
type promLog struct{ logger *slog.Logger }

func (l promLog) Println(v ...any) {
	l.logger.Error("metrics cannot be gathered", "error", strings.TrimSpace(fmt.Sprintln(v...)))
}
