package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/semsync/semsync/internal/metadata"
)

// Sampler is kept by readers that can read some rows of a table. It needs
// SELECT on the table, which nothing else of a reader does.
type Sampler interface {
	// Sample calls yield for at most opts.MaxRows rows, whose values are those of opts.Wanted(table)
	// in that order; the slice is good until yield returns. All is read in
	// read-only sessions, never with a scan of a whole large table, and the same
	// rows of an unchanged table each time where the engine allows it, so that what is
	// thought of a column does not waver.
	//
	// What must not be sampled, such as a view, which may compute anything, gives a
	// Sampled that says why, and no error. A refused permission is a fault of kind
	// denied, a passed time-out one of class query_timeout. No fault holds a value.
	// An error of yield ends the sample and is returned as it is.
	Sample(ctx context.Context, table *metadata.Table, opts SampleOptions, yield func(row []Value) error) (Sampled, error)
}

// SampleOptions say what to read of a table.
type SampleOptions struct {
	// MaxRows is how many rows are read at most; 0 means 100.
	MaxRows int
	// Timeout bounds the whole sample, and each of its queries on the server too; 0 means 10 s.
	Timeout time.Duration
	// Fields are the names of the wanted fields; nil means all.
	Fields []string
	// SkipTypes are data types that are not read, compared in lower case and without
	// what stands in parentheses: varchar stands for varchar(20).
	SkipTypes []string
	// Application names the run to the server, where it can be told.
	Application string
}

const (
	// MaxValueLength is how many characters of a value are read. The engine cuts the rest off.
	MaxValueLength = 256

	defaultSampleRows    = 100
	defaultSampleTimeout = 10 * time.Second
)

// Value is a value as text. It must not be stored, logged or sent on.
type Value struct {
	Text string
	Null bool
}

// Sampled says what came of a sample.
type Sampled struct {
	Rows int
	// Skipped says in words for a person why the table was not read, "" when it was.
	Skipped string
}

// Rows is how many rows are read at most.
func (o SampleOptions) Rows() int {
	if o.MaxRows <= 0 {
		return defaultSampleRows
	}
	return o.MaxRows
}

// Limit is the time-out of the whole sample.
func (o SampleOptions) Limit() time.Duration {
	if o.Timeout <= 0 {
		return defaultSampleTimeout
	}
	return o.Timeout
}

// Reading is how the sample's queries are sent.
func (o SampleOptions) Reading() Options {
	return Options{QueryTimeout: o.Limit(), Application: o.Application}
}

// Wanted gives the places in table.Fields of the fields that are read: those
// of Fields whose type can hold text or a number and is none of SkipTypes.
func (o SampleOptions) Wanted(table *metadata.Table) []int {
	var wanted []int
	for i := range table.Fields {
		field := &table.Fields[i]
		named := o.Fields == nil || slices.Contains(o.Fields, field.Name)
		if named && !unreadable(field.DataType) && !o.skips(field.DataType) {
			wanted = append(wanted, i)
		}
	}
	return wanted
}

func (o SampleOptions) skips(dataType string) bool {
	return slices.ContainsFunc(o.SkipTypes, func(skip string) bool {
		skip = strings.ToLower(strings.TrimSpace(skip))
		return skip == bare(dataType) || skip == strings.ToLower(dataType)
	})
}

// opaque are the types whose values are not the text or number of one thing.
var opaque = map[string]bool{
	"bytea": true, "blob": true, "tinyblob": true, "mediumblob": true, "longblob": true,
	"binary": true, "varbinary": true, "bit": true, "bit varying": true, "image": true, "raw": true,
	"json": true, "jsonb": true, "jsonpath": true, "xml": true, "hstore": true,
	"tsvector": true, "tsquery": true, "vector": true, "halfvec": true, "sparsevec": true,
	"geometry": true, "geography": true, "raster": true, "point": true, "line": true, "lseg": true, "box": true, "path": true,
	"polygon": true, "circle": true, "linestring": true, "multipoint": true, "multilinestring": true, "multipolygon": true,
	"geometrycollection": true, "geomcollection": true, "box2d": true, "box3d": true, "array": true, "map": true, "struct": true,
}

func unreadable(dataType string) bool {
	name := bare(dataType)
	return opaque[name] || strings.HasSuffix(dataType, "]") ||
		strings.HasSuffix(name, "range") // PostgreSQL's ranges and multiranges
}

// bare gives a type's name in lower case, without schema, size and what follows: "character varying".
func bare(dataType string) string {
	name, _, _ := strings.Cut(strings.ToLower(dataType), "(")
	name = strings.TrimSpace(name)
	if at := strings.LastIndexByte(name, '.'); at >= 0 {
		name = name[at+1:]
	}
	return strings.Trim(name, `"`)
}

// SampleFault makes of a fault in sampling a table one that holds no value. An
// engine, or a function in it, that stumbles over a value as a rule repeats it in its
// message, so of what the engine said only its code is kept; code is "" for
// what did not come from the engine.
func SampleFault(table metadata.TableID, fault *metadata.Fault, code string) *metadata.Fault {
	cleaned := *fault
	cleaned.Op, cleaned.Subject = "sample table", table.Qualified()
	switch {
	case fault.Kind == metadata.FaultStopped:
		cleaned.Err = context.Canceled
	case code != "":
		cleaned.Err = fmt.Errorf("%w: %s", errSample, code)
	}
	return &cleaned
}

var errSample = errors.New("the server does not give the values")
