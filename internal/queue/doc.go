// Package queue carries batches from the coordinator to the workers through
// Asynq and Redis, and holds the fleet-wide limit of queries at a source.
//
// Redis is a dispatch cache: whatever is in it can be thrown away and is then
// enqueued anew from the ledger. A batch may therefore be delivered twice, or
// late, or to two workers at once; the ledger's claims make that harmless, and
// a handler that finds nothing to claim returns nil or a fault of kind
// conflict, which both end the task.
//
// What Asynq v0.26 does by itself and what this package does about it:
//
//   - A write that ends a task (done, retry, archive) and fails is repeated with
//     a context that is cancelled already, so that the task runs again. The
//     server's client gives these writes contexts that live until the task's
//     lease ends; see boundClient.
//   - Such a write whose answer gets lost, or that finds Redis wiped, is repeated
//     in vain for half a minute, and may end a newer task with the same id. Not
//     to find the task counts as success.
//   - The loops of a server use contexts without an end, so that a server could
//     not stop while Redis hangs, and fetch again at once after an error that
//     comes back quickly. The server's client ends the one and slows the other.
//   - When a task's time is up it is written back for another delivery while
//     its handler still runs. The handler's context ends [overtime] earlier.
//   - On shutdown tasks are given back before their contexts end. Handlers get
//     their contexts ended first, and Run waits for them.
//   - A task without a time-out gets one of 30 minutes. A batch without one gets
//     ten years.
//   - A killed process costs each task that it held a retry, and a task without
//     retries left is archived. An expired lease counts as no failure, and a
//     task has more retries than the ledger will ever use.
//   - An error's text that is not UTF-8 keeps the task from being written at
//     all, and one whose Error method panics ends the process. Handlers' errors
//     are turned into plain text first.
//   - A queue's name is announced once per client, so that nobody finds the
//     queue after a FLUSHALL. Whoever does not find it announces it again.
//   - An answer that gets lost makes our own task a conflict. A conflict of task
//     ids is success.
//   - Unique locks, groups, the scheduler, deadlines and retention are not used.
package queue
