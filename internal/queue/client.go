package queue

import (
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// A command outlives an absence of Redis of about four seconds when its
// context does: nine tries with these pauses in between, which double.
const (
	minRetries  = 8
	minPause    = 20 * time.Millisecond
	maxPause    = 2 * time.Second
	dialTimeout = 3 * time.Second
	// ioTimeout is how long a reply may take. A fetch whose reply is not
	// waited for strands a task until its lease ends, so it is not short.
	ioTimeout = 5 * time.Second
)

var errURL = errors.New("redis: url is not one of the form redis://user:password@host:port/db")

// The client library writes to standard error what it also returns as an
// error, and only a global setting keeps it from doing so.
var muteLibrary = sync.OnceFunc(logging.Disable)

// NewClient makes the Redis client that the other parts of the package share.
// It does not connect yet; Dispatcher.Ping does. Whoever makes it closes it.
// No error holds a secret.
func NewClient(options Options) (redis.UniversalClient, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	muteLibrary()
	switch {
	case options.Sentinel.used():
		return redis.NewFailoverClient(options.failover()), nil
	case len(options.Cluster) > 0:
		return redis.NewClusterClient(options.cluster()), nil
	default:
		single, err := options.single()
		if err != nil {
			return nil, err
		}
		return redis.NewClient(single), nil
	}
}

func (o Options) single() (*redis.Options, error) {
	single := &redis.Options{Addr: o.Addr, Username: o.Username, Password: o.Password.Reveal(), DB: o.DB}
	if o.URL != "" {
		var err error
		if single, err = redis.ParseURL(o.URL.Reveal()); err != nil {
			return nil, errURL // the cause may quote the password
		}
	}
	if o.TLS != nil {
		single.TLSConfig = o.TLS
	}
	single.Dialer = o.Dialer
	single.MaxRetries = max(single.MaxRetries, minRetries)
	single.MinRetryBackoff, single.MaxRetryBackoff = minPause, maxPause
	single.DialTimeout, single.ReadTimeout, single.WriteTimeout = dialTimeout, ioTimeout, ioTimeout
	single.ContextTimeoutEnabled = true
	single.DisableIdentity = true
	single.MaintNotificationsConfig = noNotifications()
	return single, nil
}

func (o Options) failover() *redis.FailoverOptions {
	return &redis.FailoverOptions{
		MasterName: o.Sentinel.Master, SentinelAddrs: o.Sentinel.Addrs,
		SentinelUsername: o.Sentinel.Username, SentinelPassword: o.Sentinel.Password.Reveal(),
		Username: o.Username, Password: o.Password.Reveal(), DB: o.DB, TLSConfig: o.TLS, Dialer: o.Dialer,
		MaxRetries: minRetries, MinRetryBackoff: minPause, MaxRetryBackoff: maxPause,
		DialTimeout: dialTimeout, ReadTimeout: ioTimeout, WriteTimeout: ioTimeout,
		ContextTimeoutEnabled: true, DisableIdentity: true,
	}
}

func (o Options) cluster() *redis.ClusterOptions {
	return &redis.ClusterOptions{
		Addrs: o.Cluster, Username: o.Username, Password: o.Password.Reveal(), TLSConfig: o.TLS, Dialer: o.Dialer,
		MaxRetries: minRetries, MinRetryBackoff: minPause, MaxRetryBackoff: maxPause,
		DialTimeout: dialTimeout, ReadTimeout: ioTimeout, WriteTimeout: ioTimeout,
		ContextTimeoutEnabled: true, DisableIdentity: true, MaintNotificationsConfig: noNotifications(),
	}
}

// noNotifications keeps the client from asking the server to announce its
// maintenance, which many servers and proxies do not know.
func noNotifications() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}
