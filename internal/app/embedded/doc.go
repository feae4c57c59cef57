// Package embedded runs inside the process what the fleet form runs as
// servers of its own: the Redis protocol and NATS with JetStream. Neither
// listens on the network; clients reach them through in-memory connections.
//
// Nothing kept here is the truth. The queue lives in memory and is rebuilt
// from the ledger; the event stream lives in a folder that may be deleted.
// The folder lock keeps a second process away from the same data.
package embedded
