package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Outbox keeps happenings and notices. The layer is one; its methods are described there.
type Outbox interface {
	Facts
	Happenings(ctx context.Context, limit int) ([]metadata.Happening, error)
	Tell(ctx context.Context, happening string, deliveries []metadata.Delivery) error
	ClaimDelivery(ctx context.Context, holder, channel string, ttl time.Duration) (d metadata.Delivery, ok bool, err error)
	DeliverySent(ctx context.Context, k metadata.DeliveryKey) error
	DeliveryFailed(ctx context.Context, k metadata.DeliveryKey, holder, reason string, again time.Duration) error
	GiveUpDeliveries(ctx context.Context, age time.Duration) ([]metadata.DeliveryKey, error)
}

// Leadership tells whether this process leads, and whether it ever did. A coordinator is one.
type Leadership interface {
	Leading() bool
	HasLed() bool
}

// Config is how a notifier works.
type Config struct {
	ID string // new for each process start
	// Tick is the pause between two looks at the outbox; default 2 s.
	Tick time.Duration
	// Hold is how long nobody else sends what this process has begun to send; default 1 min.
	// It must be longer than an attempt takes.
	Hold time.Duration
	// RetryDelay is the pause after the first failure, doubled after each, up to 30 min; default 10 s.
	RetryDelay time.Duration
	// GiveUpAfter is how old a notice may become; default 24 h.
	GiveUpAfter time.Duration
	// Grace is how long sending may go on when the notifier is stopped; default 5 s.
	Grace time.Duration
}

// Notifier sends what the outbox holds, while its process leads.
type Notifier struct {
	cfg      Config
	outbox   Outbox
	channels []Channel
	leader   Leadership
	logger   *slog.Logger
	metrics  *Metrics
}

// New checks the configuration. Without channels, a notifier marks happenings told, so that they are
// not told later when channels are configured.
func New(cfg Config, outbox Outbox, channels []Channel, leader Leadership, logger *slog.Logger, metrics *Metrics) (*Notifier, error) {
	if cfg.ID == "" {
		return nil, errors.New("notify: an id is needed")
	}
	for _, d := range []struct {
		value *time.Duration
		or    time.Duration
	}{
		{&cfg.Tick, 2 * time.Second},
		{&cfg.Hold, time.Minute},
		{&cfg.RetryDelay, 10 * time.Second},
		{&cfg.GiveUpAfter, 24 * time.Hour},
		{&cfg.Grace, 5 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.or
		}
		if *d.value < 0 {
			return nil, errors.New("notify: times must be positive")
		}
	}
	return &Notifier{cfg: cfg, outbox: outbox, channels: channels, leader: leader, logger: logger, metrics: metrics}, nil
}

// Run tells and sends until ctx ends. A process that has led until then tells what is untold, and
// tries each due notice once more, for as long as Grace allows: a run's end is told by the very command that ran it.
func (n *Notifier) Run(ctx context.Context) error {
	work, cancel := outlive(ctx, n.cfg.Grace)
	defer cancel()
	told := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(told)
		n.loop(ctx, work, nil, func(ctx context.Context) error { return errors.Join(n.tellAll(ctx), n.giveUp(ctx)) })
	})
	for _, c := range n.channels {
		wg.Go(func() { n.loop(ctx, work, told, func(ctx context.Context) error { return n.sendAll(ctx, c) }) })
	}
	wg.Wait()
	return nil
}

// outlive gives a context that ends some time after another one.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return out, cancel
}

// loop does a step at every tick while the process leads, until ctx ends; and, when it has
// led, a last time when last is closed. The steps have the context work.
func (n *Notifier) loop(ctx, work context.Context, last <-chan struct{}, step func(context.Context) error) {
	ticker := time.NewTicker(n.cfg.Tick)
	defer ticker.Stop()
	failing := false
	try := func() {
		err := step(work)
		if err != nil && !failing && work.Err() == nil {
			n.logger.WarnContext(ctx, "notices cannot be worked on; they wait", "error", err)
		}
		failing = err != nil
	}
	for ctx.Err() == nil {
		if n.leader.Leading() {
			try()
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	if last != nil {
		<-last
	}
	if n.leader.HasLed() {
		try()
	}
}

// tellAll turns happenings into notices.
func (n *Notifier) tellAll(ctx context.Context) error {
	const some = 50
	for {
		list, err := n.outbox.Happenings(ctx, some)
		if err != nil {
			return err
		}
		for _, h := range list {
			deliveries, err := n.deliveries(ctx, h)
			if err != nil {
				return err
			}
			if err := n.outbox.Tell(ctx, h.Key, deliveries); err != nil {
				return err
			}
		}
		if len(list) < some {
			return nil
		}
	}
}

func (n *Notifier) deliveries(ctx context.Context, h metadata.Happening) ([]metadata.Delivery, error) {
	if time.Since(h.At) > n.cfg.GiveUpAfter {
		return nil, nil // nobody led for a day: this is no news any more
	}
	wanted := func(e Event) bool { return slices.ContainsFunc(n.channels, func(c Channel) bool { return c.Wants(e) }) }
	notices, err := collect(ctx, n.outbox, h, wanted)
	if err != nil {
		return nil, err
	}
	var out []metadata.Delivery
	for _, notice := range notices {
		body, err := json.Marshal(notice)
		if err != nil {
			return nil, fmt.Errorf("encode notice %s: %w", notice.ID, err)
		}
		for _, c := range n.channels {
			if !c.Wants(notice.Event) {
				continue
			}
			for _, target := range c.Targets() {
				key := metadata.DeliveryKey{Happening: h.Key, Event: string(notice.Event), Channel: c.Name(), Target: target}
				out = append(out, metadata.Delivery{DeliveryKey: key, Notice: body})
			}
		}
	}
	return out, nil
}

// giveUp ends notices that are too old, those of channels that are not configured any more among them.
func (n *Notifier) giveUp(ctx context.Context) error {
	keys, err := n.outbox.GiveUpDeliveries(ctx, n.cfg.GiveUpAfter)
	for _, k := range keys {
		n.gaveUp(ctx, k, fmt.Errorf("it did not arrive within %s", n.cfg.GiveUpAfter))
	}
	return err
}

func (n *Notifier) gaveUp(ctx context.Context, k metadata.DeliveryKey, why error) {
	n.metrics.count(k.Channel, "given_up")
	n.logger.ErrorContext(ctx, "a notice was given up", "channel", k.Channel, "target", k.Target, "notice", k.Happening+"/"+k.Event, "error", why)
}
