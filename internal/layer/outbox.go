package layer

import (
	"context"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Outbox keeps what happened until everybody who wants to know it was told. Its
// methods are not fenced by the coordinator's lease: each is one transaction that
// several processes may try at once, and that one of them does.
type Outbox interface {
	// Happenings gives happenings that were not told yet, oldest first.
	Happenings(ctx context.Context, limit int) ([]metadata.Happening, error)
	// ChangesOf streams the changes that a finished run logged since its previous end.
	ChangesOf(ctx context.Context, h metadata.Happening, yield func(metadata.Change) error) error
	// FindingsOf streams open findings that a run added: Attribute is the type of the finding, New its message, Reason its severity.
	FindingsOf(ctx context.Context, run metadata.RunID, yield func(metadata.Change) error) error
	// FailedOf streams the tables that failed in a run: Attribute is the class of the fault, New its text.
	FailedOf(ctx context.Context, run metadata.RunID, yield func(metadata.Change) error) error
	// Tell adds the deliveries of a happening and marks it told. Telling it twice tells it once.
	Tell(ctx context.Context, happening string, deliveries []metadata.Delivery) error
	// ClaimDelivery leases a due delivery of the channel to the holder for ttl and counts the attempt;
	// ok is false when there is none.
	ClaimDelivery(ctx context.Context, holder, channel string, ttl time.Duration) (d metadata.Delivery, ok bool, err error)
	// DeliverySent records that the notice arrived, whoever holds it now.
	DeliverySent(ctx context.Context, k metadata.DeliveryKey) error
	// DeliveryFailed records why the holder could not deliver, and when it is to be tried again; a negative
	// duration gives it up. It does nothing when the holder has lost the delivery.
	DeliveryFailed(ctx context.Context, k metadata.DeliveryKey, holder, reason string, again time.Duration) error
	// GiveUpDeliveries gives up deliveries that are older than age and that nobody holds, and gives their keys.
	GiveUpDeliveries(ctx context.Context, age time.Duration) ([]metadata.DeliveryKey, error)
}
