package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// maxAnswer bounds what is read of an answer, in bytes. Only its status matters; reading it lets the connection be used again.
const maxAnswer = 64 << 10

// poster posts JSON to one address.
type poster struct {
	channel string
	url     metadata.Secret
	client  *http.Client
}

// newPoster makes a poster that follows no redirect, asks no proxy and dials no link-local address,
// behind which clouds keep credentials.
func newPoster(channel string, address metadata.Secret, timeout time.Duration) (*poster, error) {
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fault(metadata.FaultInvalid, metadata.ClassInvalid, channel, "", errors.New("its address is not of the form https://host/path"))
	}
	dialer := &net.Dialer{Timeout: timeout, Control: refuseLinkLocal}
	return &poster{channel: channel, url: address, client: &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout, ForceAttemptHTTP2: true, MaxIdleConns: 2, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: maxAnswer,
		},
	}}, nil
}

var errLinkLocal = errors.New("link-local addresses are not dialled")

// refuseLinkLocal looks at the address after its name was resolved.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := to.Addr().Unmap(); ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return errLinkLocal
	}
	return nil
}

// post sends a body and judges the answer.
func (p *poster) post(ctx context.Context, body []byte, header http.Header) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url.Reveal(), bytes.NewReader(body))
	if err != nil {
		return fault(metadata.FaultInvalid, metadata.ClassInvalid, p.channel, "", errors.New("its address is not valid"))
	}
	req.Header = header
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "semsync")
	resp, err := p.client.Do(req)
	if err != nil {
		return p.unreachable(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()                         // the answer is known
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // a body cut short changes nothing
	return p.judge(resp)
}

// unreachable explains why there was no answer, without the address that net/http puts into its errors.
func (p *poster) unreachable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, context.Canceled) {
		return fault(metadata.FaultStopped, "", p.channel, "", errors.New("stopped while sending"))
	}
	if errors.Is(err, errLinkLocal) {
		return fault(metadata.FaultDenied, metadata.ClassPermission, p.channel, "", errLinkLocal)
	}
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return fault(metadata.FaultTransient, metadata.ClassConnectionTimeout, p.channel, "", errors.New("no answer in time"))
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	text := redact(err.Error(), p.url.Reveal(), mustHost(p.url))
	return fault(metadata.FaultTransient, metadata.ClassConnectionLost, p.channel, "", errors.New(clip(clean(text), 300)))
}

// mustHost is the host of an address that was parsed before.
func mustHost(address metadata.Secret) string {
	u, err := url.Parse(address.Reveal())
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// judge turns the status of an answer into its meaning.
func (p *poster) judge(resp *http.Response) error {
	status := fmt.Errorf("the answer was %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return fault(metadata.FaultInvalid, metadata.ClassInvalid, p.channel, "redirects are not followed: configure the final address", status)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		f := fault(metadata.FaultTransient, metadata.ClassUnavailable, p.channel, "", status)
		f.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
		if code == http.StatusTooManyRequests {
			f.Kind, f.Class = metadata.FaultThrottled, metadata.ClassRateLimit
		}
		return f
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return fault(metadata.FaultDenied, metadata.ClassPermission, p.channel, "check its address and credentials", status)
	case code == http.StatusNotFound, code == http.StatusGone:
		return fault(metadata.FaultMissing, metadata.ClassNotFound, p.channel, "the webhook was removed, or its address is wrong", status)
	default:
		return fault(metadata.FaultInvalid, metadata.ClassInvalid, p.channel, "", status)
	}
}

// retryAfter reads the header of that name, seconds or a date; 0 for neither.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
