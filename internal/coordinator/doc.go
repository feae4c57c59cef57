// Package coordinator leads runs: it fires schedules, plans, dispatches
// batches to the queue, follows the ledger and ends runs.
//
// # Leadership
//
// Any number of coordinators may run; [Coordinator.Run] campaigns for the one
// lease, and only its holder does anything. The lease is renewed every third of
// its TTL; a holder that could not for two thirds stops by itself. Safety does
// not rest on that: each transaction is fenced by the lease's epoch in the layer.
//
// # A run's states, and who writes them
//
//	planning ──CompletePlan──▶ running ──Advance, nothing left──▶ completed, completed_with_errors,
//	   │  ▲                     ▲   │                              failed, dry_run
//	   │  └─ crash: begin anew  │   ├── deadline ──Advance──▶ timed_out
//	   │                        │   └── cancel requested, tables in hand done ──Advance──▶ cancelled
//	   ├──FailPlan──▶ failed    │
//	   └──CompletePlan, too many drops──▶ awaiting_approval
//
// Each arrow is one transaction. A crash between two leaves the state before the
// second, and the next leader does what that state calls for: there is no other
// way of going on, and so no path for recovery. What each tick of the loop
// does, it does to every run that has not ended:
//
//  1. plan it, when it waits to be planned,
//  2. set free what dead workers had,
//  3. enqueue batches that have something to do and that nobody has,
//  4. refresh its row, and end it when nothing is left.
//
// Events from the bus only make the next tick come sooner.
package coordinator
