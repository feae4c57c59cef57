package delta_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/delta"
	"github.com/semsync/semsync/internal/metadata"
)

var everyPart = []string{
	delta.PartSchema, delta.PartColumnNames, delta.PartColumnTypes,
	delta.PartComments, delta.PartIndexes, delta.PartPartitions,
}

func TestFingerprintCoversWhatIsIncluded(t *testing.T) {
	tests := []struct {
		name   string
		change func(*metadata.Table)
		parts  []string // whose fingerprint changes
	}{
		{"kind", func(t *metadata.Table) { t.Kind = metadata.KindView }, []string{delta.PartSchema}},
		{"nullable", func(t *metadata.Table) { t.Fields[2].Nullable = true }, []string{delta.PartSchema}},
		{"default", func(t *metadata.Table) { t.Fields[2].Default = "'DE'" }, []string{delta.PartSchema}},
		{"identity", func(t *metadata.Table) { t.Fields[0].Identity = metadata.IdentityByDefault }, []string{delta.PartSchema}},
		{"key name", func(t *metadata.Table) { t.Keys[1].Name = "pk" }, []string{delta.PartSchema}},
		{"key kind", func(t *metadata.Table) { t.Keys[1].Kind = metadata.KeyUnique }, []string{delta.PartSchema}},
		{"key fields", func(t *metadata.Table) { t.Keys[1].Fields = []string{"id", "country"} }, []string{delta.PartSchema}},
		{"key to another table", func(t *metadata.Table) { t.Keys[0].RefTable.Name = "states" }, []string{delta.PartSchema}},
		{"key to another field", func(t *metadata.Table) { t.Keys[0].RefFields = []string{"iso"} }, []string{delta.PartSchema}},
		{"key gone", func(t *metadata.Table) { t.Keys = t.Keys[:1] }, []string{delta.PartSchema}},
		{"column name", func(t *metadata.Table) {
			t.Fields[0].Name, t.Keys[1].Fields = "customer_id", []string{"customer_id"}
		}, []string{delta.PartColumnNames}},
		{"column type", func(t *metadata.Table) { t.Fields[1].DataType = "citext" }, []string{delta.PartColumnTypes}},
		{"table comment", func(t *metadata.Table) { t.Comment = "" }, []string{delta.PartComments}},
		{"column comment", func(t *metadata.Table) { t.Fields[0].Comment = "key" }, []string{delta.PartComments}},
		{"comment moved", func(t *metadata.Table) {
			t.Fields[0].Comment, t.Fields[1].Comment = t.Fields[1].Comment, ""
		}, []string{delta.PartComments}},
		{"index name", func(t *metadata.Table) { t.Indexes[0].Name = "e" }, []string{delta.PartIndexes}},
		{"index unique", func(t *metadata.Table) { t.Indexes[0].Unique = false }, []string{delta.PartIndexes}},
		{"index fields", func(t *metadata.Table) { t.Indexes[0].Fields = []string{"email", "id"} }, []string{delta.PartIndexes}},
		{"index definition", func(t *metadata.Table) { t.Indexes[1].Definition = "gin (email)" }, []string{delta.PartIndexes}},
		{"partitioning", func(t *metadata.Table) { t.Partitioning = "HASH (id)" }, []string{delta.PartPartitions}},
		{"column added", func(t *metadata.Table) {
			t.Fields = append(t.Fields, metadata.Field{Name: "x", Ordinal: 4, DataType: "int"})
		}, []string{delta.PartSchema, delta.PartColumnNames, delta.PartColumnTypes, delta.PartComments}},
		{"nothing that counts", func(t *metadata.Table) {
			t.ObjectID, t.EstimatedRows, t.Fields[0].ObjectID = "9", 77, "8"
			t.LastModified = t.LastModified.Add(1)
			t.ID.Name = "clients"
		}, nil},
		{"order of delivery", func(t *metadata.Table) {
			slices.Reverse(t.Keys)
			slices.Reverse(t.Indexes)
			slices.Reverse(t.Fields)
		}, nil},
	}
	for _, algorithm := range []string{delta.MD5, delta.SHA256, delta.XXH3} {
		for _, part := range everyPart {
			d := detector(t, metadata.DeltaSettings{Algorithm: algorithm, IncludeFields: []string{part}})
			before := d.Fingerprint(customers())
			for _, test := range tests {
				table := customers()
				test.change(table)
				after := d.Fingerprint(table)
				if slices.Contains(test.parts, part) {
					require.NotEqual(t, before, after, "%s %s: %s", algorithm, part, test.name)
				} else {
					require.Equal(t, before, after, "%s %s: %s", algorithm, part, test.name)
				}
			}
		}
	}
}

func TestFingerprintIsTheSameEverywhere(t *testing.T) {
	// These are recorded in layers: they may change only together with the method's version.
	want := map[string]string{
		delta.MD5:    "5711c192cc0fb99c935f58b3e75baf23",
		delta.SHA256: "c1bc91d63f096da5fe1d23f8a0b1296edeb67449b5141d53a8ecb4231e878e07",
		delta.XXH3:   "f7569b60812b99558f4d53a7b2903f25",
	}
	for algorithm, fingerprint := range want {
		d := detector(t, metadata.DeltaSettings{Algorithm: algorithm, IncludeFields: everyPart})
		require.Equal(t, fingerprint, d.Fingerprint(customers()), algorithm)
		h := d.Hasher()
		require.True(t, h.Matches(customers(), fingerprint))
		require.False(t, h.Matches(customers(), strings.ToUpper(fingerprint)+"0"))
	}
}

func TestMethodNamesWhatDecides(t *testing.T) {
	tests := []struct {
		settings metadata.DeltaSettings
		want     string
	}{
		{metadata.DeltaSettings{}, "checksum v1 sha256 schema,column_names,column_types,comments"},
		{metadata.DeltaSettings{Algorithm: "xxh3", IncludeFields: []string{"partitions", "schema", "schema"}}, "checksum v1 xxh3 schema,partitions"},
		{metadata.DeltaSettings{Method: "timestamp", LookbackWindow: 5}, "timestamp last_modified"},
		{metadata.DeltaSettings{Method: "timestamp", CompareField: "updated_at"}, "timestamp updated_at"},
		{metadata.DeltaSettings{Method: "version", VersionComparison: "greater_than"}, "version schema_version"},
	}
	for _, test := range tests {
		require.Equal(t, test.want, detector(t, test.settings).Method())
	}
}

func TestNewNamesEveryWrongSetting(t *testing.T) {
	_, err := delta.New(metadata.DeltaSettings{
		Method: "guess", Algorithm: "crc", IncludeFields: []string{"schema", "rows"}, LookbackWindow: -1, VersionComparison: "lower",
	})
	for _, want := range []string{
		`method: "guess" is none of checksum, timestamp, version`, `algorithm: "crc"`,
		`include_fields: "rows"`, "lookback_window: -1ns is negative", `version_comparison: "lower"`,
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestSettingsAreCompletedAndNotShared(t *testing.T) {
	given := metadata.DeltaSettings{IncludeFields: []string{"indexes", "schema"}}
	d := detector(t, given)
	require.Equal(t, []string{"indexes", "schema"}, given.IncludeFields, "the caller's settings are not sorted in place")
	require.True(t, d.NeedsIndexes())
	d.Settings().IncludeFields[0] = "x"
	require.Equal(t, []string{"schema", "indexes"}, d.Settings().IncludeFields)
	require.False(t, detector(t, metadata.DeltaSettings{}).NeedsIndexes())
}
