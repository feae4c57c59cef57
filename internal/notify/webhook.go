package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// The headers of a webhook.
const (
	HeaderKey       = "Idempotency-Key"   // the notice's id
	HeaderTimestamp = "Semsync-Timestamp" // seconds since 1970, of this attempt
	HeaderSignature = "Semsync-Signature" // see Sign
)

// WebhookConfig says where JSON is posted to.
type WebhookConfig struct {
	URL      metadata.Secret
	Headers  map[string]metadata.Secret // sent along; they cannot replace the ones above
	Secret   metadata.Secret            // of the signature; "" for no signature
	NotifyOn []Event
	// Timeout of one attempt; default 15 s.
	Timeout time.Duration
}

// Webhook posts notices as JSON.
type Webhook struct {
	events
	cfg  WebhookConfig
	post *poster
}

// NewWebhook checks the configuration.
func NewWebhook(cfg WebhookConfig) (*Webhook, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = sendTimeout
	}
	p, err := newPoster("webhook", cfg.URL, cfg.Timeout)
	if err != nil {
		return nil, err
	}
	return &Webhook{events: cfg.NotifyOn, cfg: cfg, post: p}, nil
}

// Name is webhook.
func (w *Webhook) Name() string { return "webhook" }

// Targets are the one address.
func (w *Webhook) Targets() []string { return []string{""} }

// Send posts a notice.
func (w *Webhook) Send(ctx context.Context, n *Notice, _ string) error {
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("encode the notice: %w", err)
	}
	header := http.Header{}
	for name, value := range w.cfg.Headers {
		header.Set(name, value.Reveal())
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	header.Set(HeaderKey, n.ID)
	header.Set(HeaderTimestamp, stamp)
	header.Del(HeaderSignature)
	if w.cfg.Secret != "" {
		header.Set(HeaderSignature, Sign(w.cfg.Secret, stamp, body))
	}
	return w.post.post(ctx, body, header)
}

// Sign gives "v1=" and the HMAC-SHA256, in hex, of the timestamp, a dot and the body. Who gets a webhook
// computes the same, compares in constant time, and refuses timestamps that are old.
func Sign(secret metadata.Secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}
