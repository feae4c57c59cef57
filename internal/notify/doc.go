// Package notify tells people what happened to runs: through Slack, by mail
// and to webhooks.
//
// # The life of a notice
//
//	happening ──Tell──▶ waiting ──Claim──▶ held ──arrived──▶ sent
//	                      ▲                 │ ├──can never arrive──▶ given up
//	                      └──may arrive later┘ └──a day has passed──▶ given up
//
// A happening is a row that the layer writes in the transaction that makes it
// true. [Notifier] turns it into notices, one for each event that it holds
// and each target that wants it, in one transaction that also marks it told. Each
// notice is a row of its own with its own attempts, so a target that is
// away neither repeats nor delays what others get; each channel has a loop of its own.
//
// What a crash leaves, and who goes on with it:
//
//   - after the happening, before Tell: an untold happening; whoever leads next tells it.
//   - within Tell: nothing of it, for it is one transaction.
//   - after Claim, before sending: a held notice; its hold runs out, and it is sent then.
//   - after sending, before saying so: the same, so it is sent once more, with the same
//     key: the Idempotency-Key of a webhook, the Message-ID of a mail. Slack knows no such key.
//   - after saying so: nothing is left to do.
//
// In all other cases a notice leaves once. Nothing here can block or fail a
// run: runs end without asking, and what goes wrong is kept in the notice's row, logged and counted.
//
// Only the coordinator that leads does this, but nothing rests on that: Tell, Claim and
// their kin are transactions of which one caller wins.
package notify
