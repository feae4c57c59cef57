package source

import (
	"fmt"
	"math/big"
)

// places is from how many places of a key's range rows are read.
const places = 8

// Range is one stretch of a key that is to be read in order of the key.
type Range struct {
	From string // the least key
	Rows int    // how many rows to read at most
}

// Spread calls read for stretches of an integer key whose least and greatest values are given, so
// that most rows in all come from places spread evenly over the range. read
// gives the key of the last row that it read, and how many there were. Rows
// are never read twice. Where low is "", the table is empty.
func Spread(low, high string, most int, read func(Range) (last string, rows int, err error)) error {
	if low == "" {
		return nil
	}
	first, last, err := bounds(low, high)
	if err != nil {
		return err
	}
	width := new(big.Int).Sub(last, first)
	next := first
	stretches := min(places, most)
	for i := range stretches {
		part := new(big.Int).Div(new(big.Int).Mul(width, big.NewInt(int64(i))), big.NewInt(places))
		from := part.Add(part, first)
		if from.Cmp(next) < 0 {
			from = next
		}
		if from.Cmp(last) > 0 {
			return nil
		}
		if most <= 0 {
			return nil
		}
		left := stretches - i
		key, rows, err := read(Range{From: from.String(), Rows: (most + left - 1) / left})
		if err != nil || rows == 0 {
			return err
		}
		most -= rows
		reached, ok := new(big.Int).SetString(key, 10)
		if !ok {
			return errKey
		}
		next = reached.Add(reached, big.NewInt(1))
	}
	return nil
}

func bounds(low, high string) (first, last *big.Int, err error) {
	first, ok := new(big.Int).SetString(low, 10)
	if !ok {
		return nil, nil, errKey
	}
	if last, ok = new(big.Int).SetString(high, 10); !ok {
		return nil, nil, errKey
	}
	return first, last, nil
}

var errKey = fmt.Errorf("%w: a key is not an integer", errSample)
