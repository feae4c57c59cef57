package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sethvargo/go-retry"

	"github.com/semsync/semsync/internal/metadata"
)

// settleTimeout bounds the recording of an outcome, which goes on though the process is stopping: an arrived
// notice that is not recorded is sent again.
const settleTimeout = 5 * time.Second

// sendAll sends what is due on a channel, one after another.
func (n *Notifier) sendAll(ctx context.Context, c Channel) error {
	for ctx.Err() == nil {
		d, ok, err := n.outbox.ClaimDelivery(ctx, n.cfg.ID, c.Name(), n.cfg.Hold)
		if err != nil || !ok {
			return err
		}
		if err := n.send(ctx, c, d); err != nil {
			return err
		}
	}
	return nil
}

// send tries a notice once and records what came of it. Its error is the outbox's.
func (n *Notifier) send(ctx context.Context, c Channel, d metadata.Delivery) error {
	var notice Notice
	err := json.Unmarshal(d.Notice, &notice)
	if err != nil {
		err = fault(metadata.FaultBug, metadata.ClassBug, c.Name(), "", fmt.Errorf("decode the notice: %w", err))
	} else {
		err = c.Send(ctx, &notice, d.Target)
	}
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err == nil {
		n.metrics.count(c.Name(), "sent")
		return n.outbox.DeliverySent(settle, d.DeliveryKey)
	}
	again := n.again(d, err)
	if again < 0 {
		n.gaveUp(ctx, d.DeliveryKey, err)
	} else {
		n.metrics.count(c.Name(), "retried")
		n.logger.WarnContext(ctx, "a notice could not be sent yet", "channel", c.Name(), "target", d.Target, "notice", notice.ID,
			"attempt", d.Attempts, "again_after", again.Round(time.Millisecond), "error", err)
	}
	return n.outbox.DeliveryFailed(settle, d.DeliveryKey, n.cfg.ID, metadata.AsFault(err).Error(), again)
}

// again is the pause before the next attempt; negative when there is to be none.
func (n *Notifier) again(d metadata.Delivery, err error) time.Duration {
	retry, atLeast := retryable(err)
	if !retry {
		return -1
	}
	if metadata.AsFault(err).Kind == metadata.FaultStopped {
		return 0 // whoever leads next goes on at once
	}
	wait := max(delay(n.cfg.RetryDelay, d.Attempts), atLeast)
	if time.Since(d.CreatedAt)+wait > n.cfg.GiveUpAfter {
		return -1
	}
	return wait
}

// maxDelay bounds the pause between two attempts.
const maxDelay = 30 * time.Minute

// delay is the pause after the given attempt, from 1: base, doubled each time, more or less a fifth of it.
func delay(base time.Duration, attempt int) time.Duration {
	b := retry.WithJitterPercent(20, retry.WithCappedDuration(maxDelay, retry.NewExponential(base)))
	var d time.Duration
	for range min(attempt, 64) { // by then it has long been at its bound
		d, _ = b.Next()
	}
	return d
}
