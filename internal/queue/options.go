package queue

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"github.com/semsync/semsync/internal/metadata"
)

// Options say where Redis is. One of Addr, URL, Sentinel and Cluster is set,
// or Dialer alone.
type Options struct {
	Addr     string // host:port of a single server
	Username string // "" for Redis' default user
	Password metadata.Secret
	DB       int // number of the database; 0 with Cluster
	// URL is redis://user:password@host:port/db, or rediss:// for TLS. It
	// holds user, password and database, which are not given beside it.
	URL metadata.Secret
	// TLS is how to speak TLS to the server, nil for not at all (with a
	// rediss URL: with the system's roots).
	TLS      *tls.Config
	Sentinel Sentinel
	Cluster  []string // host:port of some nodes of a cluster
	// Dialer makes connections instead of the network, for a server in this
	// process. Nil means the network.
	Dialer func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Sentinel says how to find a server that Redis Sentinel watches over. The
// zero value means that there is no Sentinel.
type Sentinel struct {
	Master   string   // the name Sentinel knows the server by
	Addrs    []string // host:port of the Sentinels
	Username string
	Password metadata.Secret
}

func (s Sentinel) used() bool { return s.Master != "" || len(s.Addrs) > 0 }

// Validate says what is wrong with the options, without any secret.
func (o Options) Validate() error {
	return errors.Join(o.validatePlace(), o.validateExtras())
}

func (o Options) validatePlace() error {
	places := 0
	for _, used := range []bool{o.Addr != "", o.URL != "", o.Sentinel.used(), len(o.Cluster) > 0} {
		if used {
			places++
		}
	}
	switch {
	case places > 1:
		return errors.New("redis: only one of addr, url, sentinel and cluster may be set")
	case places == 0 && o.Dialer == nil:
		return errors.New("redis: one of addr, url, sentinel and cluster must be set")
	case o.Sentinel.used() && (o.Sentinel.Master == "" || len(o.Sentinel.Addrs) == 0):
		return errors.New("redis: sentinel needs both the master's name and the sentinels' addresses")
	default:
		return nil
	}
}

func (o Options) validateExtras() error {
	switch {
	case o.DB < 0:
		return errors.New("redis: db must not be negative")
	case o.DB != 0 && len(o.Cluster) > 0:
		return errors.New("redis: a cluster has no db but 0")
	case o.URL != "" && (o.Username != "" || o.Password != "" || o.DB != 0):
		return errors.New("redis: user, password and db belong into the url when there is one")
	default:
		return nil
	}
}
