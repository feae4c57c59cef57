package wire_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	semsyncv1 "github.com/semsync/semsync/internal/gen/semsync/v1"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/wire"
)

var (
	kinds = []metadata.EventKind{
		metadata.EventPlanned, metadata.EventClaimed, metadata.EventCheckpoint, metadata.EventFailed,
		metadata.EventBatchDone, metadata.EventFinished, metadata.EventCancel,
	}
	statuses = []metadata.RunStatus{
		"", metadata.StatusPlanning, metadata.StatusRunning, metadata.StatusAwaitingApproval, metadata.StatusCompleted,
		metadata.StatusCompletedWithErrors, metadata.StatusFailed, metadata.StatusCancelled, metadata.StatusTimedOut,
		metadata.StatusDryRun,
	}
)

// drawEvent gives any event that EncodeEvent must keep as it is.
func drawEvent(t *rapid.T) metadata.Event {
	count := rapid.IntRange(0, math.MaxInt32)
	e := metadata.Event{
		Batch:    rapid.IntRange(-1, math.MaxInt32).Draw(t, "batch"),
		Sequence: rapid.Int64().Draw(t, "sequence"),
		Kind:     rapid.SampledFrom(kinds).Draw(t, "kind"),
		Worker:   rapid.StringN(0, 64, wire.MaxWorker).Draw(t, "worker"),
		Status:   rapid.SampledFrom(statuses).Draw(t, "status"),
		Done:     count.Draw(t, "done"),
		Failed:   count.Draw(t, "failed"),
		Retried:  count.Draw(t, "retried"),
		Fields:   rapid.Int64Min(0).Draw(t, "fields"),
		Message:  rapid.StringN(0, 400, wire.MaxMessage).Draw(t, "message"),
	}
	copy(e.Run[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "run"))
	if rapid.Bool().Draw(t, "timed") {
		seconds := rapid.Int64Range(-62135596799, 253402300799).Draw(t, "seconds") // years 1 to 9999
		e.At = time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")).UTC()
	}
	return e
}

func TestEventComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawEvent(t)
		data, err := wire.EncodeEvent(want)
		require.NoError(t, err)
		require.LessOrEqual(t, len(data), wire.MaxEvent)
		got, err := wire.DecodeEvent(data)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(want, got))
		require.Equal(t, want.ID(), got.ID())
	})
}

func TestEncodeMendsTextForPeople(t *testing.T) {
	e := metadata.Event{Kind: metadata.EventFailed, Batch: -1, Message: "bad \xff byte", Worker: strings.Repeat("é", wire.MaxWorker)}
	data, err := wire.EncodeEvent(e)
	require.NoError(t, err)
	got, err := wire.DecodeEvent(data)
	require.NoError(t, err)
	require.Equal(t, "bad \uFFFD byte", got.Message)
	require.Len(t, got.Worker, wire.MaxWorker)

	e.Message = "x" + strings.Repeat("é", wire.MaxMessage)
	data, err = wire.EncodeEvent(e)
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), wire.MaxEvent)
	got, err = wire.DecodeEvent(data)
	require.NoError(t, err)
	require.True(t, utf8.ValidString(got.Message))
	require.Len(t, got.Message, wire.MaxMessage-1, "cut before the rune that does not fit")
}

func TestEncodeRefuses(t *testing.T) {
	good := metadata.Event{Run: uuid.New(), Kind: metadata.EventPlanned, Batch: -1}
	tests := []struct {
		name string
		edit func(*metadata.Event)
		want error
	}{
		{"no kind", func(e *metadata.Event) { e.Kind = "" }, wire.ErrUnknown},
		{"strange kind", func(e *metadata.Event) { e.Kind = "a.b" }, wire.ErrUnknown},
		{"strange status", func(e *metadata.Event) { e.Status = "odd" }, wire.ErrUnknown},
		{"batch below -1", func(e *metadata.Event) { e.Batch = -2 }, wire.ErrInvalid},
		{"batch too large", func(e *metadata.Event) { e.Batch = math.MaxInt32 + 1 }, wire.ErrInvalid},
		{"negative done", func(e *metadata.Event) { e.Done = -1 }, wire.ErrInvalid},
		{"negative failed", func(e *metadata.Event) { e.Failed = -1 }, wire.ErrInvalid},
		{"retried too large", func(e *metadata.Event) { e.Retried = math.MaxInt32 + 1 }, wire.ErrInvalid},
		{"negative fields", func(e *metadata.Event) { e.Fields = -1 }, wire.ErrInvalid},
		{"year 12000", func(e *metadata.Event) { e.At = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) }, wire.ErrInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := good
			test.edit(&e)
			_, err := wire.EncodeEvent(e)
			require.ErrorIs(t, err, test.want)
		})
	}
	_, err := wire.EncodeEvent(good)
	require.NoError(t, err)
}

func TestDecodeRefuses(t *testing.T) {
	run := uuid.New()
	good := func() *semsyncv1.Event {
		return &semsyncv1.Event{RunId: run[:], Kind: semsyncv1.EventKind_EVENT_KIND_PLANNED}
	}
	tests := []struct {
		name string
		edit func(*semsyncv1.Event)
		want error
	}{
		{"no kind", func(e *semsyncv1.Event) { e.Kind = 0 }, wire.ErrUnknown},
		{"kind of a newer version", func(e *semsyncv1.Event) { e.Kind = 4711 }, wire.ErrUnknown},
		{"status of a newer version", func(e *semsyncv1.Event) { e.Status = 4711 }, wire.ErrUnknown},
		{"no run", func(e *semsyncv1.Event) { e.RunId = nil }, wire.ErrInvalid},
		{"long run id", func(e *semsyncv1.Event) { e.RunId = make([]byte, 17) }, wire.ErrInvalid},
		{"long message", func(e *semsyncv1.Event) { e.Message = strings.Repeat("x", wire.MaxMessage+1) }, wire.ErrInvalid},
		{"long worker", func(e *semsyncv1.Event) { e.Worker = strings.Repeat("x", wire.MaxWorker+1) }, wire.ErrInvalid},
		{"huge batch", func(e *semsyncv1.Event) { e.Batch = proto.Uint32(math.MaxUint32) }, wire.ErrInvalid},
		{"huge count", func(e *semsyncv1.Event) { e.Done = math.MaxUint32 }, wire.ErrInvalid},
		{"huge fields", func(e *semsyncv1.Event) { e.Fields = math.MaxUint64 }, wire.ErrInvalid},
		{"impossible time", func(e *semsyncv1.Event) { e.At = &timestamppb.Timestamp{Nanos: -1} }, wire.ErrInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pb := good()
			test.edit(pb)
			data, err := proto.Marshal(pb)
			require.NoError(t, err)
			_, err = wire.DecodeEvent(data)
			require.ErrorIs(t, err, test.want)
		})
	}
	data, err := proto.Marshal(good())
	require.NoError(t, err)
	_, err = wire.DecodeEvent(data)
	require.NoError(t, err)

	_, err = wire.DecodeEvent(make([]byte, wire.MaxEvent+1))
	require.ErrorIs(t, err, wire.ErrInvalid)
	_, err = wire.DecodeEvent([]byte{0xff})
	require.ErrorIs(t, err, wire.ErrInvalid)
	_, err = wire.DecodeEvent(nil)
	require.ErrorIs(t, err, wire.ErrUnknown)
}

// A newer sender may add fields; they must not make its events unreadable.
func TestDecodeIgnoresNewFields(t *testing.T) {
	want := metadata.Event{Run: uuid.New(), Batch: 3, Kind: metadata.EventClaimed}
	data, err := wire.EncodeEvent(want)
	require.NoError(t, err)
	data = append(data, 0xfa, 0x3f, 0x01, 'x') // field 1023, one byte long
	got, err := wire.DecodeEvent(data)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func FuzzDecodeEvent(f *testing.F) {
	for i, kind := range kinds {
		data, err := wire.EncodeEvent(metadata.Event{
			Run: uuid.New(), Batch: i - 1, Kind: kind, Status: statuses[i], At: time.Unix(int64(i), 5), Done: i, Message: "m", Worker: "w",
		})
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := wire.DecodeEvent(data)
		if err != nil {
			if len(data) == 0 {
				require.ErrorIs(t, err, wire.ErrUnknown)
			}
			return
		}
		again, err := wire.EncodeEvent(e)
		require.NoError(t, err, "what was accepted can be sent on")
		back, err := wire.DecodeEvent(again)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(e, back))
	})
}
