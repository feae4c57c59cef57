package simulation

import "time"

// tell turns happenings into notices, while the process leads.
func (c *coordinator) tell() {
	again := func() { c.after(2*tick, c.tell) }
	if c.term == nil {
		again()
		return
	}
	var keys []string
	c.call("happenings", func() error { keys = c.w.ledger.Happenings(); return nil }, func(err error) {
		if err != nil {
			again()
			return
		}
		c.tellEach(keys, again)
	})
}

func (c *coordinator) tellEach(keys []string, then func()) {
	if len(keys) == 0 {
		then()
		return
	}
	c.call("tell", func() error { c.w.ledger.Tell(keys[0]); return nil }, func(err error) {
		if err != nil {
			then()
			return
		}
		c.tellEach(keys[1:], then)
	})
}

// send sends what is due, one after another.
func (c *coordinator) send() {
	again := func() { c.after(2*tick, c.send) }
	if c.term == nil {
		again()
		return
	}
	w := c.w
	var n *Notice
	var claimed time.Duration
	c.call("claim notice", func() error { n, claimed = w.ledger.ClaimDelivery(c.id, hold), w.now; return nil }, func(err error) {
		if err != nil || n == nil {
			again()
			return
		}
		c.after(w.latency(), func() { c.deliver(n, claimed) })
	})
}

// deliver sends one notice and records what came of it. The other side may have it though the answer says otherwise,
// and the record may not be made in time: both are at most one notice too many for each time they happen.
func (c *coordinator) deliver(n *Notice, claimed time.Duration) {
	w := c.w
	again := func() { c.after(w.latency(), c.send) }
	arrives := !w.fault(0.1)
	answered := arrives && !w.fault(0.05)
	if arrives {
		if w.now-claimed >= hold { // its sender slept through its hold, and another one may have sent it
			w.watch.excuse(n.Key)
		}
		w.watch.sent(n.Key)
		w.watch.excuse(n.Key) // until it is known to be recorded
	}
	if !answered {
		c.call("notice failed", func() error { w.ledger.DeliveryFailed(n, c.id, 5*time.Second); return nil }, func(error) { again() })
		return
	}
	c.call("notice sent", func() error {
		if w.now-claimed < hold {
			w.watch.excused[n.Key]--
		}
		w.ledger.DeliverySent(n)
		return nil
	}, func(error) { again() })
}
