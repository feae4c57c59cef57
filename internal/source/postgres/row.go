package postgres

import (
	"encoding/binary"
	"math"
	"time"
)

// row is one row of an answer in PostgreSQL's binary format. A value that is
// NULL or has another form than was asked for is read as zero.
// https://www.postgresql.org/docs/current/protocol-overview.html
type row [][]byte

func (r row) text(i int) string { return string(r[i]) }

func (r row) null(i int) bool { return r[i] == nil }

// number reads smallint, integer, bigint and oid.
func (r row) number(i int) int64 {
	switch v := r[i]; len(v) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(v))) //nolint:gosec // the wire form of a smallint
	case 4:
		return int64(int32(binary.BigEndian.Uint32(v))) //nolint:gosec // the wire form of an integer
	case 8:
		return int64(binary.BigEndian.Uint64(v)) //nolint:gosec // the wire form of a bigint
	default:
		return 0
	}
}

func (r row) oid(i int) uint32 { return uint32(r.number(i)) } //nolint:gosec // wraps as the wire form does

func (r row) attnum(i int) int16 { return int16(r.number(i)) } //nolint:gosec // attribute numbers have 16 bits everywhere

// double reads double precision.
func (r row) double(i int) float64 { return math.Float64frombits(uint64(r.number(i))) } //nolint:gosec // its bits

// char reads "char", 0 for the empty one.
func (r row) char(i int) byte {
	if len(r[i]) != 1 {
		return 0
	}
	return r[i][0]
}

func (r row) truth(i int) bool { return r.char(i) == 1 }

// attnums reads smallint[] and int2vector.
func (r row) attnums(i int) []int16 {
	elements := list(r[i])
	out := make([]int16, len(elements))
	for j := range out {
		out[j] = row(elements).attnum(j)
	}
	return out
}

// texts reads text[].
func (r row) texts(i int) []string {
	elements := list(r[i])
	out := make([]string, len(elements))
	for j, element := range elements {
		out[j] = string(element)
	}
	return out
}

// list takes an array of one dimension apart: the number of dimensions, flags,
// the elements' type, their number and the lower bound, 4 bytes each, then
// each element after its length.
func list(v []byte) [][]byte {
	const header = 20
	if len(v) < header {
		return nil
	}
	out := make([][]byte, 0, min(len(v), int(binary.BigEndian.Uint32(v[12:]))))
	for v = v[header:]; len(v) >= 4; {
		length := int(int32(binary.BigEndian.Uint32(v))) //nolint:gosec // -1 is NULL
		v = v[4:]
		if length < 0 || length > len(v) {
			out = append(out, nil)
			continue
		}
		out, v = append(out, v[:length]), v[length:]
	}
	return out
}

// time reads timestamptz: microseconds since 2000. It is false for infinities.
func (r row) time(i int) (time.Time, bool) {
	micros := r.number(i)
	if r.null(i) || micros == math.MaxInt64 || micros == math.MinInt64 {
		return time.Time{}, false
	}
	const epoch = 946_684_800
	return time.Unix(epoch+micros/1e6, micros%1e6*1e3).UTC(), true
}
