package enrich

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

func TestValuesAreLaidOverNames(t *testing.T) {
	x, err := New(DefaultConfig())
	require.NoError(t, err)
	table := &metadata.Table{ID: metadata.TableID{Database: "shop", Name: "customers"}, Fields: []metadata.Field{
		{Name: "email", Ordinal: 1, DataType: "text"}, {Name: "ref", Ordinal: 2, DataType: "text"},
	}}
	m := x.Table(table)
	require.Equal(t, "email", m.Fields[0].PIICategory)
	require.Contains(t, m.Fields[0].Tags, "pii")
	top := m.Table.DataClassification

	x.Weigh(table, &m, 1, Shown{Category: "iban", Confidence: 0.97, Evidence: "98 of 100 values are valid IBANs"})
	ref := m.Fields[1]
	require.True(t, *ref.IsPII)
	require.Equal(t, "iban", ref.PIICategory)
	require.Equal(t, Restricted, ref.DataClassification)
	require.Subset(t, ref.Tags, []string{"pii", "iban"})
	require.Equal(t, Restricted, m.Table.DataClassification)
	require.NotEqual(t, top, m.Table.DataClassification)

	x.Weigh(table, &m, 0, Shown{Confidence: 0.9, Evidence: "but its values are 0 or 1"})
	email := m.Fields[0]
	require.False(t, *email.IsPII)
	require.Empty(t, email.PIICategory)
	require.Empty(t, email.DataClassification)
	require.NotContains(t, email.Tags, "pii")
	require.NotContains(t, email.Tags, "email")
	require.Equal(t, Restricted, m.Table.DataClassification, "of the other field")

	x.Weigh(table, &m, 1, Shown{Category: "iban", Confidence: 0.99, Evidence: "confirmed"})
	require.Equal(t, ref.Tags, m.Fields[1].Tags)
	require.InDelta(t, 0.99, m.Fields[1].Confidence, 1e-9)
}

// TestConfiguredPatternsGoBeforeValues: a kind, none, and a classification that a person configured stay whatever the values show.
func TestConfiguredPatternsGoBeforeValues(t *testing.T) {
	c := DefaultConfig()
	c.Patterns = []Pattern{
		{Name: "badge", Pattern: "badge", PIICategory: "device_id"},
		{Name: "public", Pattern: "public_mail", PIICategory: NoPII},
		{Name: "open", Pattern: "open_mail", DataClassification: "public"},
		{Name: "said", Pattern: "plain", Tag: "said"},
	}
	x, err := New(c)
	require.NoError(t, err)
	table := &metadata.Table{ID: metadata.TableID{Database: "shop", Name: "customers"}}
	for _, name := range []string{"badge", "public_mail", "open_mail", "plain"} {
		table.Fields = append(table.Fields, metadata.Field{Name: name, DataType: "text"})
	}
	m := x.Table(table)
	before := m.Fields[0]
	for i := range table.Fields {
		x.Weigh(table, &m, i, Shown{Category: "iban", Confidence: 0.97, Evidence: "98 of 100 values are valid IBANs"})
	}
	require.Equal(t, before, m.Fields[0])
	require.Equal(t, "device_id", m.Fields[0].PIICategory)
	require.False(t, *m.Fields[1].IsPII)
	require.Equal(t, []string{"iban", "public"}, []string{m.Fields[2].PIICategory, m.Fields[2].DataClassification})
	require.Equal(t, []string{"iban", Restricted}, []string{m.Fields[3].PIICategory, m.Fields[3].DataClassification})
	require.Subset(t, m.Fields[3].Tags, []string{"iban", "said"})
}

// TestWhoseAddressesTheyAre: addresses of gear and of places look like those of people, and only names tell them apart.
func TestWhoseAddressesTheyAre(t *testing.T) {
	x, err := New(DefaultConfig())
	require.NoError(t, err)
	for _, c := range []struct{ table, field, shown, want string }{
		{"switches", "ip_address", "ip_address", ""},
		{"switches", "mac_address", "mac_address", ""},
		{"switches", "mac_address", "iban", "iban"},
		{"wifi_clients", "server_ip", "ip_address", ""},
		{"stores", "store_address", "address", ""},
		{"visits", "note", "ip_address", "ip_address"},
	} {
		table := &metadata.Table{ID: metadata.TableID{Database: "net", Name: c.table}, Fields: []metadata.Field{{Name: c.field, Ordinal: 1, DataType: "text"}}}
		m := x.Table(table)
		m.Fields[0].PIICategory, m.Fields[0].IsPII = "", nil // what the name alone makes of the last one is no matter here
		x.Weigh(table, &m, 0, Shown{Category: c.shown, Confidence: 0.97, Evidence: "97 of 100 values are addresses"})
		require.Equal(t, c.want, m.Fields[0].PIICategory, "%s.%s", c.table, c.field)
	}
}
