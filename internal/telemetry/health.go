package telemetry

import (
	"encoding/json"
	"net/http"
	"sync"
)

// healthz answers as long as the process can.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	s.reply(w, http.StatusOK, map[string]bool{"alive": true})
}

// readyz answers 200, or 503 when a dependency is missing that is not optional.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	body := struct {
		Ready  bool          `json:"ready"`
		Checks []CheckResult `json:"checks"`
	}{Ready: true, Checks: make([]CheckResult, len(s.checkers))}
	ctx := r.Context()
	var group sync.WaitGroup
	for i, c := range s.checkers {
		group.Go(func() { body.Checks[i] = c.result(ctx) })
	}
	group.Wait()
	for _, result := range body.Checks {
		body.Ready = body.Ready && (result.OK || result.Optional)
	}
	status := http.StatusOK
	if !body.Ready {
		status = http.StatusServiceUnavailable
	}
	s.reply(w, status, body)
}

func (s *Server) reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.logger.Debug("a health answer was not taken", "error", err)
	}
}
