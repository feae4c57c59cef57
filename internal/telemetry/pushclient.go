package telemetry

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// statusClient is an HTTP client that follows no redirects, uses no proxy and
// remembers what came of the last request, since the push package's errors
// repeat the address and the answer. One push at a time uses it.
type statusClient struct {
	http.Client
	status int   // of the last answer, 0 when there was none
	err    error // of the last request
}

func newStatusClient(timeout time.Duration) *statusClient {
	return &statusClient{Client: http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: timeout}).DialContext,
			TLSHandshakeTimeout:   timeout,
			ResponseHeaderTimeout: timeout,
			MaxIdleConns:          1,
			ForceAttemptHTTP2:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// forget drops the outcome of an earlier push.
func (c *statusClient) forget() { c.status, c.err = 0, nil }

// Do sends a request and notes the outcome.
func (c *statusClient) Do(r *http.Request) (*http.Response, error) {
	resp, err := c.Client.Do(r) //nolint:gosec // the configuration says where to
	c.err = err
	if err == nil {
		c.status = resp.StatusCode
	}
	return resp, err
}

// explain turns an error of a push into one that is safe to show.
func (c *statusClient) explain(err error) error {
	if err == nil {
		return nil
	}
	if c.status != 0 {
		return fmt.Errorf("the gateway answered %d %s", c.status, http.StatusText(c.status))
	}
	if wrapped, ok := errors.AsType[*url.Error](c.err); ok {
		return wrapped.Err // without the address
	}
	return err // of gathering
}
