package events

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/semsync/semsync/internal/metadata"
)

// Config says where the server is and how the stream is kept.
type Config struct {
	// URL of the server, or several divided by commas. It may hold a user and
	// a password or a token. Not needed with InProcess.
	URL string
	// Credentials is the path of a credentials file (JWT and seed); "" for none.
	Credentials string
	// Token to authenticate with; "" for none.
	Token metadata.Secret
	// TLS settings; nil leaves it to the URL and to what the server demands.
	TLS *tls.Config
	// Replicas of the stream, 1 to 5; default 1.
	Replicas int
	// Name of this client in the server's monitoring; default "semsync".
	Name string
	// Stream is the stream's name; default SEMSYNC_EVENTS.
	Stream string
	// MaxAge of an event in the stream; default 24 h, at least 1 min.
	MaxAge time.Duration
	// MaxBytes of the stream, after which the oldest events go; default
	// 256 MiB, at least 1 MiB.
	MaxBytes int64
	// Buffer is how many events wait for the server before new ones are
	// dropped; default 4096.
	Buffer int
	// InProcess provides connections to a server inside this process; nil for
	// a server on the network.
	InProcess nats.InProcessConnProvider
}

// The defaults of Config.
const (
	DefaultStream   = "SEMSYNC_EVENTS"
	DefaultMaxAge   = 24 * time.Hour
	DefaultMaxBytes = 256 << 20
	DefaultBuffer   = 4096
)

func (c Config) withDefaults() Config {
	c.Replicas = cmp.Or(c.Replicas, 1)
	c.Name = cmp.Or(c.Name, "semsync")
	c.Stream = cmp.Or(c.Stream, DefaultStream)
	c.MaxAge = cmp.Or(c.MaxAge, DefaultMaxAge)
	c.MaxBytes = cmp.Or(c.MaxBytes, DefaultMaxBytes)
	c.Buffer = cmp.Or(c.Buffer, DefaultBuffer)
	return c
}

// Validate says which field breaks which rule, as a *metadata.Fault of kind
// invalid. Fields that are zero have their defaults. The text never holds a
// secret.
func (c Config) Validate() error {
	c = c.withDefaults()
	switch {
	case c.Replicas < 1 || c.Replicas > 5:
		return invalid("replicas", fmt.Sprintf("is %d, must be 1 to 5", c.Replicas))
	case c.MaxAge < time.Minute:
		return invalid("max_age", fmt.Sprintf("is %s, must be at least 1m", c.MaxAge))
	case c.MaxBytes < 1<<20:
		return invalid("max_bytes", fmt.Sprintf("is %d, must be at least 1 MiB", c.MaxBytes))
	case c.Buffer < 1 || c.Buffer > 1<<20:
		return invalid("buffer", fmt.Sprintf("is %d, must be 1 to %d", c.Buffer, 1<<20))
	case strings.ContainsAny(c.Stream, ".*>/\\ \t\r\n"):
		return invalid("stream", "must not hold dots, wildcards, slashes or spaces")
	}
	if err := c.validateCredentials(); err != nil {
		return err
	}
	_, err := c.servers()
	return err
}

func (c Config) validateCredentials() error {
	if c.Credentials == "" {
		return nil
	}
	if _, err := os.Stat(c.Credentials); err != nil {
		return invalid("credentials", "cannot be read: "+err.Error())
	}
	return nil
}

// servers gives the parsed addresses. Its errors do not repeat them, since a
// password may be in them.
func (c Config) servers() ([]*url.URL, error) {
	if c.InProcess != nil {
		return nil, nil
	}
	if strings.TrimSpace(c.URL) == "" {
		return nil, invalid("url", "is missing")
	}
	var servers []*url.URL
	for i, text := range strings.Split(c.URL, ",") {
		text = strings.TrimSpace(text)
		if !strings.Contains(text, "://") {
			text = "nats://" + text
		}
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" {
			return nil, invalid("url", fmt.Sprintf("address %d is not of the form nats://host:port", i+1))
		}
		switch u.Scheme {
		case "nats", "tls", "ws", "wss":
		default:
			return nil, invalid("url", fmt.Sprintf("address %d has the scheme %q, must be nats, tls, ws or wss", i+1, u.Scheme))
		}
		servers = append(servers, u)
	}
	return servers, nil
}

func invalid(field, rule string) error {
	return &metadata.Fault{
		Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid,
		Op: "configure nats", Subject: field, Err: errors.New(rule),
	}
}
