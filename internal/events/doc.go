// Package events carries hints about runs between processes over NATS
// JetStream. It is the only user of the NATS client.
//
// A Bus never makes anybody wait and never fails anybody's work: what cannot
// be sent is kept in a bounded buffer and dropped when that is full, and the
// counts say so. Readers learn what they missed from the ledger.
//
// # Sessions
//
// A session is a stretch of time in which the server is connected and the
// stream is known to be there. The keeper (keeper.go) opens one whenever the
// connection comes up or somebody found the stream missing: it makes or
// updates the stream, then opens the gate (session.go). The publisher and the
// subscriptions wait at the gate, work while the session lasts, and report a
// missing stream by ending it.
//
//	connected ─▶ stream made ─▶ session ─▶ publish, follow
//	    ▲                          │
//	    └──── lost, or no stream ◀─┘
//
// # Delivery
//
// Messages go on the subject semsync.v1.run.<run_id>.<kind> with the event's
// id, by which the stream drops what is published twice within two minutes. A
// subscription keeps the ids of the last 8192 events and drops those that come
// again. It remembers its place in the stream; when the stream is another one
// than before, or is shorter than that place, it reads from the beginning.
package events
