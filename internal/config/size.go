package config

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// ByteSize is a number of bytes, written as 8GB (powers of 1000), 512MiB
// (powers of 1024) or a plain number.
type ByteSize int64

var (
	sizeForm = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)$`)
	errSize  = errors.New("is not a size")
)

var sizeUnits = map[string]float64{
	"": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
	"ki": 1 << 10, "kib": 1 << 10, "mi": 1 << 20, "mib": 1 << 20, "gi": 1 << 30, "gib": 1 << 30, "ti": 1 << 40, "tib": 1 << 40,
}

func parseSize(text string) (ByteSize, error) {
	m := sizeForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, errSize
	}
	unit, ok := sizeUnits[strings.ToLower(m[2])]
	n, err := strconv.ParseFloat(m[1], 64)
	if !ok || err != nil || n*unit >= math.MaxInt64 {
		return 0, errSize
	}
	return ByteSize(n * unit), nil
}

// String writes the size in the largest unit that divides it.
func (s ByteSize) String() string {
	for _, u := range []struct {
		name string
		size ByteSize
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"TB", 1e12}, {"GB", 1e9}, {"MiB", 1 << 20}, {"MB", 1e6}, {"KiB", 1 << 10}, {"kB", 1e3}} {
		if s != 0 && s%u.size == 0 {
			return strconv.FormatInt(int64(s/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText gives the same as String.
func (s ByteSize) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
