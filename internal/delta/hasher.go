package delta

import (
	"crypto/md5" //nolint:gosec // a checksum the user may choose; nothing secret rests on it
	"crypto/sha256"
	"encoding/hex"

	"github.com/zeebo/xxh3"

	"github.com/semsync/semsync/internal/metadata"
)

// Hasher makes fingerprints with buffers that it uses again. It is for one
// goroutine at a time.
type Hasher struct {
	algorithm string
	parts     parts
	buf       []byte // the canonical form
	order     []int  // scratch for sorting
	hex       [2 * sha256.Size]byte
}

// Hasher gives a new hasher of the detector's settings.
func (d *Detector) Hasher() *Hasher {
	return &Hasher{algorithm: d.settings.Algorithm, parts: d.parts}
}

// Fingerprint is as the detector's.
func (h *Hasher) Fingerprint(t *metadata.Table) string { return string(h.sum(t)) }

// Matches tells whether the table's fingerprint is the given one, without
// making a string of it.
func (h *Hasher) Matches(t *metadata.Table, fingerprint string) bool {
	return string(h.sum(t)) == fingerprint
}

// sum gives the fingerprint in a buffer that is good until the next call.
func (h *Hasher) sum(t *metadata.Table) []byte {
	h.buf = h.encode(h.buf[:0], t)
	switch h.algorithm {
	case MD5:
		sum := md5.Sum(h.buf) //nolint:gosec // a checksum the user may choose; nothing secret rests on it
		return h.hex[:hex.Encode(h.hex[:], sum[:])]
	case XXH3:
		sum := xxh3.Hash128(h.buf).Bytes()
		return h.hex[:hex.Encode(h.hex[:], sum[:])]
	default:
		sum := sha256.Sum256(h.buf)
		return h.hex[:hex.Encode(h.hex[:], sum[:])]
	}
}
