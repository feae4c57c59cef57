package queue

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func TestTaskIDComesBack(t *testing.T) {
	ref := metadata.BatchRef{Run: uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057"), Batch: 12, Generation: 3}
	require.Equal(t, "01890a5d-ac96-774b-bcce-b302099a8057:12:3", taskID(ref))
	back, err := parseTaskID(taskID(ref))
	require.NoError(t, err)
	require.Equal(t, ref, back)
	for _, id := range []string{"", "a:b:c", "01890a5d-ac96-774b-bcce-b302099a8057:12", taskID(ref) + ":4"} {
		_, err := parseTaskID(id)
		require.Error(t, err, id)
	}
}

func TestDecode(t *testing.T) {
	ref := metadata.BatchRef{Run: uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057"), Batch: 12, Generation: 3}
	task, err := newTask(ref)
	require.NoError(t, err)
	require.JSONEq(t, `{"run":"01890a5d-ac96-774b-bcce-b302099a8057","batch":12,"generation":3}`, string(task.Payload()))
	back, err := decode(task.Type(), task.Payload())
	require.NoError(t, err)
	require.Equal(t, ref, back)

	_, err = decode("other:kind", task.Payload())
	require.Equal(t, metadata.FaultInvalid, metadata.AsFault(err).Kind)
	for _, payload := range []string{
		"", "{}", "null", "[]", "\x00\xff", `{"run":"x"}`, string(task.Payload()) + "x",
		`{"run":"00000000-0000-0000-0000-000000000000","batch":1}`,
		`{"run":"01890a5d-ac96-774b-bcce-b302099a8057","batch":-1}`,
		`{"run":"01890a5d-ac96-774b-bcce-b302099a8057","generation":-1}`,
		`{"run":"01890a5d-ac96-774b-bcce-b302099a8057","batch":99999999999999999999}`,
	} {
		_, err := decode(taskType, []byte(payload))
		require.Equal(t, metadata.FaultInvalid, metadata.AsFault(err).Kind, payload)
	}
}

func TestTaskTimeout(t *testing.T) {
	require.Equal(t, 2*time.Second+overtime, taskTimeout(1001*time.Millisecond), "whole seconds, rounded up")
	require.Equal(t, time.Second+overtime, taskTimeout(time.Nanosecond))
	require.Equal(t, time.Minute+overtime, taskTimeout(time.Minute))
	require.Equal(t, noTimeout, taskTimeout(0), "none is not Asynq's 30 minutes")
	require.Equal(t, noTimeout, taskTimeout(-1))
	require.Equal(t, noTimeout, taskTimeout(math.MaxInt64))
}

func TestPlainText(t *testing.T) {
	require.Equal(t, "caf\u00e9", plainText("caf\u00e9"))
	require.Equal(t, "\uFFFDtable\uFFFD", plainText("\xfftable\x80"))
	long := plainText(strings.Repeat("\u00e9", maxErrorText))
	require.LessOrEqual(t, len(long), maxErrorText+10)
	require.Equal(t, long, strings.ToValidUTF8(long, ""))
}
