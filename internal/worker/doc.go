// Package worker does the work of a run: it claims tables in the ledger, reads
// them from their source, works out what they mean, merges that with what people
// wrote, and commits checkpoint by checkpoint.
//
// # One table's way through a worker
//
// The queue hands a batch to [Worker.Handle]. Nothing of that is believed but
// the batch's name: Claim asks the ledger which of its tables are free, and takes them
// under this process's id and a new attempt number. From then on:
//
//	claimed ──read──▶ thought about ──Commit──▶ done or skipped, with effects
//	   │                                          │ not ours any more: nothing written
//	   ├── fault ──Settle──▶ pending again, or failed when its tries are over
//	   └── stop, outage ──Release──▶ pending again, nothing counted
//
// A crash between any two steps leaves rows that are leased to a process whose
// heartbeat runs out; whoever sees that first sets them free. What was committed
// is done, and what was not has left no trace. A worker that sleeps through its
// own lease finds at Commit that the rows are not its own any more.
//
// Tables whose worker died are claimed one at a time, so that one which kills
// its process is found out and set aside without harming its neighbours.
package worker
