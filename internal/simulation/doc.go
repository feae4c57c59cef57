// Package simulation runs the protocol between coordinators, workers, ledger, queue and bus in virtual time under
// a seeded scheduler, thousands of worlds a minute, and looks for a world that ends badly. It is for tests only.
//
// # What is modelled
//
// [Ledger] is the layer's database: runs, run tables, batches, leases of workers and of the leader, fires of schedules,
// table states, source states, the outbox. Each of its operations is one atomic step with exactly the meaning of the SQL;
// layertest.Conform applies random sequences of operations to it and to the real layers and compares all that can be seen.
//
// A coordinator is the loop of internal/coordinator (campaign, keep, tick, plan, dispatch, fire) with the notifier beside it;
// a worker is that of internal/worker (heartbeat, handle, read, commit, settle, release, work without the queue). Both are step
// functions: a process does something between two awaits only, and each call to the database, the queue or a source has three
// moments: it is sent, it takes effect, its answer arrives. A crash or a pause may fall between any two of them; an answer may say
// "failed" though the effect was there.
//
// The queue loses, duplicates and delays tasks, forgets everything, goes back to an earlier state and is away. The bus loses,
// duplicates and delays hints. Each process has a clock of its own that is wrong and drifts. Sources change, also back to what
// they were, drop tables and bring them back, fail, and hide tables when grants are lost. Some tables kill their worker.
//
// Faults stop after a bounded time. Then all runs must end by themselves, one more run must find a quiet world, and
// the layer must be what the source is. What must hold on the way is checked at the step that would break it; see [watch].
//
// # What is not modelled
//
// One source with one database; parallel_mode table. No renames, dry runs, approvals, held plans, validation, definitions or
// retention, and no fields: a table's content is one number. A transaction has no inside: what isolation levels and locks owe is
// the layer's own suite's business. Reading does not run ahead of committing within a claim. A commit is never refused for
// what is in it, and so is never split. The notifier sends on one channel, and never gives up.
//
// # Fences
//
// Each guard of the protocol has a name ([Fence]) and can be taken out. The tests do so one at a time and must find a world
// that ends badly; a guard without which all worlds end well is either not needed or not tested.
package simulation
