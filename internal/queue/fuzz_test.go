package queue

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// FuzzDecode reads tasks that anybody may have put into Redis.
func FuzzDecode(f *testing.F) {
	task, err := newTask(metadata.BatchRef{Run: uuid.Max, Batch: 3, Generation: 2})
	require.NoError(f, err)
	f.Add(taskType, task.Payload(), taskID(metadata.BatchRef{Run: uuid.Max, Batch: 3}))
	f.Add("", []byte("null"), "")
	f.Add(taskType, []byte(`{"run":"00000000-0000-0000-0000-000000000000"}`), "::")
	f.Add(taskType, []byte(`{"Batch":-1,"Batch":1e3}`), "{urn:uuid:x}:1:1")
	f.Fuzz(func(t *testing.T, kind string, payload []byte, id string) {
		ref, err := decode(kind, payload)
		if err != nil {
			require.Equal(t, metadata.FaultInvalid, metadata.AsFault(err).Kind)
		} else {
			task, err := newTask(ref)
			require.NoError(t, err)
			again, err := decode(task.Type(), task.Payload())
			require.NoError(t, err)
			require.Equal(t, ref, again)
		}
		if ref, err := parseTaskID(id); err == nil {
			again, err := parseTaskID(taskID(ref))
			require.NoError(t, err)
			require.Equal(t, ref, again)
		}
	})
}

// FuzzUnpack reads schemas that anybody may have put into Redis.
func FuzzUnpack(f *testing.F) {
	pack := func(texts ...string) []byte {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b)
		require.NoError(f, err)
		for _, text := range texts {
			_, err = w.Write([]byte(text))
			require.NoError(f, err)
		}
		require.NoError(f, w.Close())
		return b.Bytes()
	}
	table, err := json.Marshal(metadata.Table{ID: metadata.TableID{Source: "s", Database: "d", Name: "t"}, Fields: []metadata.Field{{Name: "f"}}})
	require.NoError(f, err)
	f.Add(pack(string(table), string(table)))
	f.Add(pack("null", "{}", "[]"))
	f.Add(pack())
	f.Add([]byte("\x28\xb5\x2f\xfd"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		start := time.Now()
		tables, err := unpack(bytes.NewReader(packed))
		require.Less(t, time.Since(start), 10*time.Second)
		if err != nil {
			require.Empty(t, tables)
			return
		}
		for _, table := range tables {
			require.NotNil(t, table)
		}
	})
}
