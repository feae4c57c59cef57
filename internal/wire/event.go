package wire

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	semsyncv1 "github.com/semsync/semsync/internal/gen/semsync/v1"
	"github.com/semsync/semsync/internal/metadata"
)

// The bounds of an event's encoded form, in bytes.
const (
	// MaxEvent is the longest encoded event that is made or accepted.
	MaxEvent = 64 << 10
	// MaxMessage is the longest message; EncodeEvent cuts a longer one.
	MaxMessage = 16 << 10
	// MaxWorker is the longest worker id; EncodeEvent cuts a longer one.
	MaxWorker = 256
)

// ErrInvalid is in the chain of every error for an event that breaks a rule.
var ErrInvalid = errors.New("invalid event")

// ErrUnknown is in the chain of the error for an event whose kind or status
// this version has no word for. A newer program may have sent it: skip it.
var ErrUnknown = errors.New("unknown to this version")

// EncodeEvent gives the bytes of an event. A message that is not UTF-8 or is
// too long is mended rather than refused, since it is only there to be read;
// anything else out of bounds is an ErrInvalid or, for a kind or a status
// that is none, an ErrUnknown.
func EncodeEvent(e metadata.Event) ([]byte, error) {
	pb, err := toProto(e)
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(pb)
	if err != nil {
		return nil, fmt.Errorf("encode event: %w: %w", ErrInvalid, err)
	}
	return data, nil
}

// DecodeEvent gives the event in data. Its time is in UTC. Errors have
// ErrInvalid or ErrUnknown in their chain.
func DecodeEvent(data []byte) (metadata.Event, error) {
	if len(data) > MaxEvent {
		return metadata.Event{}, fmt.Errorf("decode event: %w: %d bytes, at most %d are allowed", ErrInvalid, len(data), MaxEvent)
	}
	var pb semsyncv1.Event
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, &pb); err != nil {
		return metadata.Event{}, fmt.Errorf("decode event: %w: %w", ErrInvalid, err)
	}
	e, err := fromProto(&pb)
	if err != nil {
		return metadata.Event{}, fmt.Errorf("decode event: %w", err)
	}
	return e, nil
}

func toProto(e metadata.Event) (*semsyncv1.Event, error) {
	kind, ok := kindToProto[e.Kind]
	if !ok {
		return nil, fmt.Errorf("kind %q is %w", e.Kind, ErrUnknown)
	}
	status, ok := statusToProto[e.Status]
	if !ok {
		return nil, fmt.Errorf("status %q is %w", e.Status, ErrUnknown)
	}
	pb := &semsyncv1.Event{
		RunId:    e.Run[:],
		Sequence: e.Sequence,
		Kind:     kind,
		Worker:   mend(e.Worker, MaxWorker),
		Status:   status,
		Message:  mend(e.Message, MaxMessage),
	}
	if !e.At.IsZero() {
		pb.At = timestamppb.New(e.At)
		if err := pb.At.CheckValid(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	return pb, countsToProto(e, pb)
}

func countsToProto(e metadata.Event, pb *semsyncv1.Event) error {
	for _, c := range []struct {
		name string
		from int
		to   *uint32
	}{{"done", e.Done, &pb.Done}, {"failed", e.Failed, &pb.Failed}, {"retried", e.Retried, &pb.Retried}} {
		if c.from < 0 || c.from > math.MaxInt32 {
			return fmt.Errorf("%w: %s is %d", ErrInvalid, c.name, c.from)
		}
		*c.to = uint32(c.from)
	}
	if e.Fields < 0 {
		return fmt.Errorf("%w: fields is %d", ErrInvalid, e.Fields)
	}
	pb.Fields = uint64(e.Fields)
	if e.Batch < -1 || e.Batch > math.MaxInt32 {
		return fmt.Errorf("%w: batch is %d", ErrInvalid, e.Batch)
	}
	if e.Batch >= 0 {
		pb.Batch = new(uint32(e.Batch))
	}
	return nil
}

func fromProto(pb *semsyncv1.Event) (metadata.Event, error) {
	kind, ok := kindFromProto[pb.GetKind()]
	if !ok {
		return metadata.Event{}, fmt.Errorf("kind %d is %w", pb.GetKind(), ErrUnknown)
	}
	status, ok := statusFromProto[pb.GetStatus()]
	if !ok {
		return metadata.Event{}, fmt.Errorf("status %d is %w", pb.GetStatus(), ErrUnknown)
	}
	if err := check(pb); err != nil {
		return metadata.Event{}, err
	}
	e := metadata.Event{
		Run:      metadata.RunID(pb.GetRunId()),
		Batch:    -1,
		Sequence: pb.GetSequence(),
		Kind:     kind,
		Worker:   pb.GetWorker(),
		Status:   status,
		Done:     int(pb.GetDone()),
		Failed:   int(pb.GetFailed()),
		Retried:  int(pb.GetRetried()),
		Fields:   int64(pb.GetFields()), //nolint:gosec // check has refused what does not fit
		Message:  pb.GetMessage(),
	}
	if pb.Batch != nil {
		e.Batch = int(pb.GetBatch())
	}
	if pb.GetAt() != nil {
		e.At = pb.GetAt().AsTime()
	}
	return e, nil
}

// check refuses what the domain's types could not hold or EncodeEvent would
// not have made.
func check(pb *semsyncv1.Event) error {
	if len(pb.GetRunId()) != len(metadata.RunID{}) {
		return fmt.Errorf("%w: run id of %d bytes", ErrInvalid, len(pb.GetRunId()))
	}
	if len(pb.GetMessage()) > MaxMessage || len(pb.GetWorker()) > MaxWorker {
		return fmt.Errorf("%w: message of %d bytes, worker id of %d", ErrInvalid, len(pb.GetMessage()), len(pb.GetWorker()))
	}
	for _, n := range []uint32{pb.GetBatch(), pb.GetDone(), pb.GetFailed(), pb.GetRetried()} {
		if n > math.MaxInt32 {
			return fmt.Errorf("%w: number %d is too large", ErrInvalid, n)
		}
	}
	if pb.GetFields() > math.MaxInt64 {
		return fmt.Errorf("%w: number %d is too large", ErrInvalid, pb.GetFields())
	}
	if pb.GetAt() == nil {
		return nil
	}
	if err := pb.GetAt().CheckValid(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if pb.GetAt().AsTime().Equal(time.Time{}) {
		return fmt.Errorf("%w: the zero time is written by leaving it out", ErrInvalid)
	}
	return nil
}

// mend makes s valid UTF-8 of at most limit bytes, cut between two runes.
func mend(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
