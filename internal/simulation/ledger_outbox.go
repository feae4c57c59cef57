package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Happening is a row of the outbox with its one delivery.
type Happening struct {
	Key     string
	Told    bool
	Notices []*Notice
}

// Notice is a row of outbox_deliveries.
type Notice struct {
	Key       string
	Attempts  int
	Sent      bool
	holder    string
	heldUntil time.Duration // 0 is nobody's
	due       time.Duration
}

// happened records what people may want to be told of.
func (l *Ledger) happened(kind metadata.HappeningKind, r *Run) {
	key := fmt.Sprintf("%d/%s/%d", r.ID, kind, r.Resumes)
	there := slices.ContainsFunc(l.outbox, func(h *Happening) bool { return h.Key == key })
	if there && l.guarded(OutboxKey) {
		return
	}
	l.outbox = append(l.outbox, &Happening{Key: key})
}

// Happenings gives those that nobody told yet.
func (l *Ledger) Happenings() (out []string) {
	for _, h := range l.outbox {
		if !h.Told {
			out = append(out, h.Key)
		}
	}
	return out
}

// Tell adds the notice of a happening, once.
func (l *Ledger) Tell(key string) {
	for _, h := range l.outbox {
		if h.Key != key || (h.Told && l.guarded(TellOnce)) {
			continue
		}
		h.Told = true
		h.Notices = append(h.Notices, &Notice{Key: key, due: l.Now})
	}
}

// ClaimDelivery leases a due notice.
func (l *Ledger) ClaimDelivery(holder string, ttl time.Duration) *Notice {
	var found *Notice
	for _, h := range l.outbox {
		for _, n := range h.Notices {
			held := n.heldUntil > l.Now && l.guarded(DeliveryHeld)
			if n.Sent || held || n.due > l.Now {
				continue
			}
			if found == nil || n.due < found.due || (n.due == found.due && n.Key < found.Key) {
				found = n
			}
		}
	}
	if found == nil {
		return nil
	}
	found.holder, found.heldUntil = holder, l.Now+ttl
	found.Attempts++
	return found
}

// DeliverySent records that a notice arrived.
func (l *Ledger) DeliverySent(n *Notice) { n.Sent, n.heldUntil = true, 0 }

// DeliveryFailed records that it did not, and when it is due again.
func (l *Ledger) DeliveryFailed(n *Notice, holder string, again time.Duration) {
	if !n.Sent && n.holder == holder && n.heldUntil != 0 {
		n.heldUntil, n.due = 0, l.Now+again
	}
}
