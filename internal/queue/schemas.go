package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/redis/go-redis/v9"

	"github.com/semsync/semsync/internal/metadata"
)

// maxSchemas is how many bytes the schemas of one batch may have when unpacked.
const maxSchemas = 256 << 20

// Schemas keeps the tables that a coordinator has read, compressed and batch by batch, so that the workers need not
// ask the source for them again. What is not there any more is simply read from the source: nothing depends on it.
// It is safe for concurrent use.
type Schemas struct {
	rdb    redis.UniversalClient
	prefix string
	ttl    time.Duration
}

// NewSchemas makes a cache whose entries live for ttl, at least a second.
func NewSchemas(rdb redis.UniversalClient, queue string, ttl time.Duration) *Schemas {
	return &Schemas{rdb: rdb, prefix: "semsync:{" + queue + "}:schemas:", ttl: max(ttl, time.Second)}
}

func (s *Schemas) key(run metadata.RunID, batch int) string {
	return s.prefix + run.String() + ":" + strconv.Itoa(batch)
}

// Block begins the tables of one batch.
func (s *Schemas) Block(run metadata.RunID, batch int) (*SchemaBlock, error) {
	b := &SchemaBlock{s: s, key: s.key(run, batch)}
	var err error
	if b.packer, err = zstd.NewWriter(&b.packed, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, fmt.Errorf("begin a block of schemas: %w", err)
	}
	b.encoder = json.NewEncoder(b.packer)
	return b, nil
}

// SchemaBlock takes the tables of one batch. It keeps their packed form only.
type SchemaBlock struct {
	s       *Schemas
	key     string
	packed  bytes.Buffer
	packer  *zstd.Encoder
	encoder *json.Encoder
}

// Add packs a table.
func (b *SchemaBlock) Add(t *metadata.Table) error { return b.encoder.Encode(t) }

// Store hands the block over to Redis.
func (b *SchemaBlock) Store(ctx context.Context) error {
	if err := b.packer.Close(); err != nil {
		return fmt.Errorf("pack schemas: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, limiterTimeout*5)
	defer cancel()
	if err := b.s.rdb.Set(ctx, b.key, b.packed.Bytes(), b.s.ttl).Err(); err != nil {
		return fmt.Errorf("store schemas: %w", err)
	}
	return nil
}

// Get gives the tables that are kept for a batch; none when they are not there any more.
func (s *Schemas) Get(ctx context.Context, run metadata.RunID, batch int) ([]*metadata.Table, error) {
	ctx, cancel := context.WithTimeout(ctx, limiterTimeout*5)
	defer cancel()
	packed, err := s.rdb.Get(ctx, s.key(run, batch)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get schemas: %w", err)
	}
	return unpack(bytes.NewReader(packed))
}

func unpack(packed io.Reader) ([]*metadata.Table, error) {
	unpacker, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxSchemas))
	if err != nil {
		return nil, fmt.Errorf("unpack schemas: %w", err)
	}
	defer unpacker.Close()
	decoder := json.NewDecoder(io.LimitReader(unpacker, maxSchemas))
	var out []*metadata.Table
	for {
		t := &metadata.Table{}
		switch err := decoder.Decode(t); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("unpack schemas: %w", err)
		}
		out = append(out, t)
	}
}
