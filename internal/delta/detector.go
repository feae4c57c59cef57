package delta

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/semsync/semsync/internal/metadata"
)

// The algorithms of the checksum method.
const (
	MD5    = "md5"
	SHA256 = "sha256" // the default
	XXH3   = "xxh3"   // 128 bits
)

// What the checksum method may cover, as include_fields names it. A column that comes
// or goes changes every part but indexes and partitions.
const (
	PartSchema      = "schema"       // kind, nullability, defaults, identity and keys
	PartColumnNames = "column_names" // in the table's order
	PartColumnTypes = "column_types"
	PartComments    = "comments" // of the table and of its columns
	PartIndexes     = "indexes"
	PartPartitions  = "partitions"
)

// How a version is compared with the recorded one.
const (
	NotEqual    = "not_equal"
	GreaterThan = "greater_than"
)

const (
	defaultCompareField = "last_modified"
	defaultVersionField = "schema_version"
	// encoding is raised when the canonical form changes, so that tables become changed once.
	encoding = "v1"
)

// Detector tells changed tables from unchanged ones. It is safe for concurrent use.
type Detector struct {
	settings metadata.DeltaSettings
	parts    parts
	method   string
	hashers  sync.Pool
}

// parts is what a fingerprint covers.
type parts struct {
	schema, names, types, comments, indexes, partitions bool
}

// New validates the settings and completes them: method checksum, algorithm
// sha256, all parts but indexes and partitions, compare_field last_modified,
// version_field schema_version, version_comparison not_equal. The error names
// each field that is wrong.
func New(s metadata.DeltaSettings) (*Detector, error) {
	s = complete(s)
	if err := validate(s); err != nil {
		return nil, err
	}
	d := &Detector{settings: s, parts: partsOf(s.IncludeFields), method: methodOf(s)}
	d.hashers.New = func() any { return d.Hasher() }
	return d, nil
}

// Settings gives the settings with their defaults filled in.
func (d *Detector) Settings() metadata.DeltaSettings {
	s := d.settings
	s.IncludeFields = slices.Clone(s.IncludeFields)
	return s
}

// Method names how states are made: the method and what decides the recorded
// value. States recorded under another name make their table changed once.
func (d *Detector) Method() string { return d.method }

// MethodWith is Method for a table about which definition files say something, named by a digest; "" is nothing.
func (d *Detector) MethodWith(declared string) string {
	if declared == "" {
		return d.method
	}
	return d.method + "; declared " + declared
}

// NeedsIndexes tells whether tables must be read with their indexes.
func (d *Detector) NeedsIndexes() bool { return d.parts.indexes }

// Fingerprint is the checksum, in hexadecimal, of the parts of the table that
// the settings include. Object ids, row estimates, times and the table's own name are never in
// it, nor is the order in which keys and indexes come. Whoever has many tables uses a Hasher.
func (d *Detector) Fingerprint(t *metadata.Table) string {
	h, ok := d.hashers.Get().(*Hasher)
	if !ok {
		h = d.Hasher()
	}
	defer d.hashers.Put(h)
	return h.Fingerprint(t)
}

// complete fills in the defaults and brings the included fields into their one order.
func complete(s metadata.DeltaSettings) metadata.DeltaSettings {
	s.Method = defaulted(s.Method, metadata.DeltaChecksum)
	s.Algorithm = defaulted(s.Algorithm, SHA256)
	s.CompareField = defaulted(s.CompareField, defaultCompareField)
	s.VersionField = defaulted(s.VersionField, defaultVersionField)
	s.VersionComparison = defaulted(s.VersionComparison, NotEqual)
	if len(s.IncludeFields) == 0 {
		s.IncludeFields = []string{PartSchema, PartColumnNames, PartColumnTypes, PartComments}
		return s
	}
	s.IncludeFields = slices.Clone(s.IncludeFields)
	slices.SortFunc(s.IncludeFields, func(a, b string) int {
		return slices.Index(allParts(), a) - slices.Index(allParts(), b)
	})
	s.IncludeFields = slices.Compact(s.IncludeFields)
	return s
}

func defaulted[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func allParts() []string {
	return []string{PartSchema, PartColumnNames, PartColumnTypes, PartComments, PartIndexes, PartPartitions}
}

func validate(s metadata.DeltaSettings) error {
	errs := []error{
		oneOf("method", string(s.Method), string(metadata.DeltaChecksum), string(metadata.DeltaTimestamp), string(metadata.DeltaVersion)),
		oneOf("algorithm", s.Algorithm, MD5, SHA256, XXH3),
		oneOf("version_comparison", s.VersionComparison, NotEqual, GreaterThan),
	}
	for _, f := range s.IncludeFields {
		errs = append(errs, oneOf("include_fields", f, allParts()...))
	}
	if s.LookbackWindow < 0 {
		errs = append(errs, fmt.Errorf("delta_detection.lookback_window: %s is negative", s.LookbackWindow))
	}
	return errors.Join(errs...)
}

func oneOf(field, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("delta_detection.%s: %q is none of %s", field, value, strings.Join(allowed, ", "))
}

func partsOf(fields []string) parts {
	return parts{
		schema:     slices.Contains(fields, PartSchema),
		names:      slices.Contains(fields, PartColumnNames),
		types:      slices.Contains(fields, PartColumnTypes),
		comments:   slices.Contains(fields, PartComments),
		indexes:    slices.Contains(fields, PartIndexes),
		partitions: slices.Contains(fields, PartPartitions),
	}
}

// methodOf leaves out what does not change the meaning of a recorded value:
// the window and the comparison.
func methodOf(s metadata.DeltaSettings) string {
	rules := ""
	if s.Rules != "" {
		rules = "; rules " + s.Rules
	}
	switch s.Method {
	case metadata.DeltaTimestamp:
		return "timestamp " + s.CompareField + rules
	case metadata.DeltaVersion:
		return "version " + s.VersionField + rules
	case metadata.DeltaChecksum:
	}
	return "checksum " + encoding + " " + s.Algorithm + " " + strings.Join(s.IncludeFields, ",") + rules
}
