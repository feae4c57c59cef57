package events

import (
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// dialTimeout bounds one try to connect to one address.
const dialTimeout = 2 * time.Second

// dial starts the connection, which then comes and goes by itself.
func (b *Bus) dial() error {
	conn, err := nats.Connect(b.cfg.URL, b.options()...)
	if err != nil {
		return err
	}
	b.js, err = jetstream.New(conn,
		jetstream.WithPublishAsyncTimeout(ackTimeout),
		jetstream.WithPublishAsyncMaxPending(2*window),
	)
	if err != nil {
		conn.Close()
		return err
	}
	b.conn = conn
	return nil
}

func (b *Bus) options() []nats.Option {
	options := []nats.Option{
		nats.Name(b.cfg.Name),
		nats.Timeout(dialTimeout),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(), // a token may be put right while we run
		nats.CustomReconnectDelay(func(round int) time.Duration { return (&backoff{tries: round}).next() }),
		nats.ReconnectBufSize(-1), // we have our own buffer, and want to know at once
		nats.PingInterval(15 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.NoCallbacksAfterClientClose(),
		nats.ConnectHandler(func(*nats.Conn) { b.up() }),
		nats.ReconnectHandler(func(*nats.Conn) { b.up() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { b.down(err) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { b.down(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.logger.Debug("nats reports an error", "error", b.redact.text(err.Error()))
		}),
	}
	if b.cfg.InProcess != nil {
		options = append(options, nats.InProcessServer(b.cfg.InProcess))
	}
	if b.cfg.Credentials != "" {
		options = append(options, nats.UserCredentials(b.cfg.Credentials))
	}
	if b.cfg.Token != "" {
		options = append(options, nats.Token(b.cfg.Token.Reveal()))
	}
	if b.cfg.TLS != nil {
		options = append(options, nats.Secure(b.cfg.TLS))
	}
	return options
}

// up is called when a connection has been made. A session of an earlier
// connection, if one is left, is over.
func (b *Bus) up() {
	b.gate.shut(nil)
	b.nudge()
	if b.away.Swap(false) {
		b.logger.Info("nats is connected")
	}
}

// down is called when the connection is lost, and when it cannot be made.
func (b *Bus) down(err error) {
	b.gate.shut(nil)
	if b.away.Swap(true) {
		return // said already
	}
	text := "closed by the server"
	if err != nil {
		text = b.redact.text(err.Error())
	}
	b.logger.Warn("nats is away; runs go on without live events", "error", text)
}
