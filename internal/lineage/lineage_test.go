package lineage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/semsync/semsync/internal/metadata"
)

func ref(text string) metadata.Reference {
	r, err := metadata.ParseReference(text)
	if err != nil {
		panic(text + " " + err.Error())
	}
	return r
}

func table(name string, fields ...string) *metadata.Table {
	t := &metadata.Table{ID: metadata.TableID{Source: "s", Database: "shop", Name: name}}
	for _, f := range fields {
		name, kind, _ := strings.Cut(f, " ")
		kind, pk := strings.CutSuffix(kind, " pk")
		t.Fields = append(t.Fields, metadata.Field{Name: name, DataType: kind})
		if pk {
			t.Keys = append(t.Keys, metadata.Key{Kind: metadata.KeyPrimary, Fields: []string{name}})
		}
	}
	return t
}

func TestForeignKeys(t *testing.T) {
	lines := table("lines", "order_id int", "region text", "parent int", "id int pk")
	orders := metadata.TableID{Source: "s", Database: "shop", Name: "orders"}
	lines.Keys = append(lines.Keys,
		metadata.Key{Name: "fk", Kind: metadata.KeyForeign, Fields: []string{"order_id", "region"}, RefTable: orders, RefFields: []string{"id", "region"}},
		metadata.Key{Name: "up", Kind: metadata.KeyForeign, Fields: []string{"parent"}, RefTable: lines.ID},
		metadata.Key{Name: "one", Kind: metadata.KeyForeign, Fields: []string{"id"}, RefTable: orders},
		metadata.Key{Name: "lost", Kind: metadata.KeyForeign, Fields: []string{"region", "id"}, RefTable: orders},
	)
	out := ForeignKeys(lines, func(metadata.TableID) []string { return []string{"id"} })
	var got []string
	for _, r := range out {
		require.Equal(t, metadata.FromSource, r.Origin)
		got = append(got, fmt.Sprintf("%s: %s to %s, %s, %s", r.Name, r.From, r.To, r.Cardinality, r.JoinLogic))
	}
	require.Equal(t, []string{
		"fk: s:shop.lines.order_id to s:shop.orders.id, many_to_one, shop.lines.order_id = shop.orders.id AND shop.lines.region = shop.orders.region",
		"fk: s:shop.lines.region to s:shop.orders.region, many_to_one, shop.lines.order_id = shop.orders.id AND shop.lines.region = shop.orders.region",
		"up: s:shop.lines.parent to s:shop.lines.id, many_to_one, shop.lines.parent = shop.lines.id",
		"one: s:shop.lines.id to s:shop.orders.id, one_to_one, shop.lines.id = shop.orders.id",
	}, got)
	require.Len(t, ForeignKeys(lines, nil), 3, "an implied key of another table is left out when nobody knows it")
}

func TestUniqueness(t *testing.T) {
	users := table("users", "a int", "b int")
	users.Indexes = []metadata.Index{{Unique: true, Fields: []string{"a", "b"}}}
	require.True(t, Unique(users, []string{"b", "a"}))
	require.False(t, Unique(users, []string{"a"}))
	users.Indexes = []metadata.Index{
		{Unique: true, Fields: []string{"a"}, Definition: "CREATE UNIQUE INDEX x ON users (a) WHERE b IS NULL"}, {Unique: true, Fields: []string{""}}, {Fields: []string{"a"}},
	}
	require.False(t, Unique(users, []string{"a", ""}), "partial ones, expressions and ordinary ones say nothing")
}

func edges(pairs ...string) (out []Edge) {
	for _, p := range pairs {
		from, to, _ := strings.Cut(p, " ")
		out = append(out, Edge{From: ref(from), To: ref(to)})
	}
	return out
}

func pairs(impacts []metadata.Impact) (out []string) {
	for _, i := range impacts {
		out = append(out, fmt.Sprintf("%s %s %d", i.Changed, i.Affected, i.Distance))
	}
	return out
}

func TestImpacts(t *testing.T) {
	out, complete := Impacts(edges("d.a.x d.b.x", "d.b.x d.c.x", "d.c.x d.a.x", "d.a.x d.c.x"), "field", 100)
	require.True(t, complete)
	require.Equal(t, []string{
		"d.a.x d.b.x 1", "d.a.x d.c.x 1", "d.b.x d.a.x 2", "d.b.x d.c.x 1", "d.c.x d.a.x 1", "d.c.x d.b.x 2",
	}, pairs(out))

	out, complete = Impacts(edges("d.a.x d.b.x", "d.b.x d.c.x", "d.c.x d.d.x"), "field", 4)
	require.False(t, complete)
	require.Len(t, out, 3, "the first distance is whole, the second would be too much")
}

func TestImpactTakesTheHighestCriticalityOfTheWay(t *testing.T) {
	es := edges("d.a.x d.b.x", "d.b.x d.c.x", "d.a.x d.e.x", "d.e.x d.c.x")
	es[3].Criticality, es[0].Criticality = metadata.CriticalityCritical, metadata.CriticalityLow
	out, _ := Impacts(es, "field", 100)
	require.Equal(t, metadata.CriticalityCritical, out[slices.IndexFunc(out, func(i metadata.Impact) bool { return i.Distance == 2 })].Criticality)
	require.Equal(t, metadata.CriticalityLow, out[0].Criticality)
}

func TestReferencesWithoutSourceMeanTheOneThatIsNamed(t *testing.T) {
	out, _ := Impacts(edges("one:d.a.x one:d.b.x", "d.b.x d.c.x"), "field", 100)
	require.Equal(t, []string{"d.a.x d.b.x 1", "d.a.x d.c.x 2", "d.b.x d.c.x 1"}, pairs(out))
	out, _ = Impacts(edges("one:d.a.x one:d.b.x", "two:d.a.x two:d.b.x", "d.b.x d.a.x"), "field", 100)
	require.Equal(t, []string{
		"one:d.a.x one:d.b.x 1", "one:d.b.x one:d.a.x 1", "two:d.a.x two:d.b.x 1", "two:d.b.x two:d.a.x 1",
	}, pairs(out), "sources of the same names do not mix")
}

// TestImpactsAgreeWithWalking compares with the plain definition on small random graphs.
func TestImpactsAgreeWithWalking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		node := rapid.Map(rapid.IntRange(0, 7), func(n int) string { return fmt.Sprintf("d.t%d.x", n) })
		n := rapid.IntRange(0, 20).Draw(t, "n")
		next := map[string][]string{}
		var list []string
		for range n {
			a, b := node.Draw(t, "a"), node.Draw(t, "b")
			next[a] = append(next[a], b)
			list = append(list, a+" "+b)
		}
		var want []string
		for i := range 8 {
			start := fmt.Sprintf("d.t%d.x", i)
			at := map[string]int{start: 0}
			for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
				for _, to := range next[queue[0]] {
					if _, ok := at[to]; !ok {
						at[to] = at[queue[0]] + 1
						queue = append(queue, to)
						want = append(want, fmt.Sprintf("%s %s %d", start, to, at[to]))
					}
				}
			}
		}
		slices.Sort(want)
		got, complete := Impacts(edges(list...), "field", 1000)
		if !complete || !slices.Equal(want, pairs(got)) {
			t.Fatalf("want %v, got %v", want, pairs(got))
		}
	})
}

func TestDependencies(t *testing.T) {
	rels := []metadata.Relationship{
		{From: ref("d.orders.customer_id"), To: ref("d.customers.id"), Type: "foreign_key", Cardinality: metadata.ManyToOne},
		{From: ref("d.customers.id"), To: ref("d.orders.payer"), Type: "foreign_key", Cardinality: metadata.OneToMany},
		{From: ref("d.a.parent"), To: ref("d.a.id"), Type: "foreign_key"},
	}
	flows := []metadata.LineageEdge{{From: ref("d.orders.sum"), To: ref("d.sums.total")}}
	require.Equal(t, []metadata.Dependency{
		{From: ref("d.customers"), To: ref("d.orders"), Type: "foreign_key"},
		{From: ref("d.orders"), To: ref("d.sums"), Type: "lineage"},
	}, Dependencies(rels, flows))
	require.Len(t, TableEdges(Edges(rels, flows), []metadata.Dependency{{From: ref("d.x"), To: ref("d.y")}}), 4)
}

func propose(t *testing.T, tables ...*metadata.Table) (out []string) {
	t.Helper()
	p := NewProposer()
	for _, x := range tables {
		p.Add(x)
	}
	for _, r := range p.Propose() {
		require.Equal(t, metadata.FromProposal, r.Origin)
		require.Less(t, r.Confidence, 1.0)
		require.NotEmpty(t, r.Evidence)
		out = append(out, fmt.Sprintf("%s.%s %s.%s %s %.2f", r.From.Name, r.From.Field, r.To.Name, r.To.Field, r.Cardinality, r.Confidence))
	}
	return out
}

func TestProposals(t *testing.T) {
	customers := table("dim_customers", "id bigint pk", "name text")
	for name, c := range map[string]struct {
		tables []*metadata.Table
		want   []string
	}{
		"plural and prefix":         {[]*metadata.Table{customers, table("orders", "customer_id integer")}, []string{"orders.customer_id dim_customers.id many_to_one 0.85"}},
		"camel case":                {[]*metadata.Table{customers, table("Orders", "CustomerId integer")}, []string{"Orders.CustomerId dim_customers.id many_to_one 0.85"}},
		"irregular plural":          {[]*metadata.Table{table("people", "id int pk"), table("cards", "person_id int")}, []string{"cards.person_id people.id many_to_one 0.85"}},
		"role before the name":      {[]*metadata.Table{customers, table("orders", "billing_customer_id int")}, []string{"orders.billing_customer_id dim_customers.id many_to_one 0.65"}},
		"another type":              {[]*metadata.Table{customers, table("orders", "customer_id text")}, nil},
		"target is not unique":      {[]*metadata.Table{table("customers", "id int"), table("orders", "customer_id int")}, nil},
		"same name":                 {[]*metadata.Table{table("catalog", "sku text pk"), table("items", "sku varchar(10)")}, []string{"items.sku catalog.sku many_to_one 0.70"}},
		"two as good":               {[]*metadata.Table{customers, table("customers", "id int pk"), table("orders", "customer_id int")}, nil},
		"shares the key":            {[]*metadata.Table{customers, table("profiles", "customer_id int pk")}, []string{"profiles.customer_id dim_customers.id one_to_one 0.85"}},
		"own key":                   {[]*metadata.Table{table("orders", "order_id int pk"), table("archive", "order_id int pk")}, []string{"archive.order_id orders.order_id one_to_one 0.85"}},
		"parents":                   {[]*metadata.Table{table("categories", "id int pk", "parent_id int")}, []string{"categories.parent_id categories.id many_to_one 0.60"}},
		"ids alone mean nothing":    {[]*metadata.Table{table("a", "id int pk"), table("b", "id int pk")}, nil},
		"numbers that are no keys":  {[]*metadata.Table{customers, table("orders", "customer int")}, nil},
		"intervals are no integers": {[]*metadata.Table{table("spans", "id interval pk"), table("x", "span_id integer")}, nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, propose(t, c.tables...)) })
	}
}

func TestWhatIsDeclaredIsNotProposed(t *testing.T) {
	customers, orders := table("customers", "id int pk"), table("orders", "customer_id int")
	p := NewProposer()
	p.Add(customers)
	p.Add(orders)
	p.Declared(ref("shop.customers.id"), ref("shop.orders.customer_id"))
	require.Empty(t, p.Propose())

	orders.Keys = append(orders.Keys, metadata.Key{Kind: metadata.KeyForeign, Fields: []string{"customer_id"}, RefTable: customers.ID, RefFields: []string{"id"}})
	require.Empty(t, propose(t, customers, orders))
}

func TestOtherSourcesAreNotJoined(t *testing.T) {
	customers, orders := table("customers", "id int pk"), table("orders", "customer_id int")
	orders.ID.Source = "other"
	require.Empty(t, propose(t, customers, orders))
	orders.ID.Source, orders.ID.Database = "s", "sales"
	require.Equal(t, []string{"orders.customer_id customers.id many_to_one 0.70"}, propose(t, customers, orders))
}

func TestSampledValuesSpeak(t *testing.T) {
	for _, c := range []struct {
		what          string
		found, values int
		keep          bool
		confidence    float64
	}{
		{"few are found", 20, 100, false, 0.85},
		{"all are found", 100, 100, true, 0.98},
		{"two values say little", 2, 2, true, 0.863},
		{"some are left over", 95, 100, true, 0.8075},
		{"there are none", 0, 0, true, 0.85},
	} {
		rel := metadata.Relationship{Confidence: 0.85, Evidence: "names"}
		require.Equal(t, c.keep, Weigh(&rel, c.found, c.values), c.what)
		require.InDelta(t, c.confidence, rel.Confidence, 1e-9, c.what)
	}
	rel := metadata.Relationship{Evidence: "names"}
	Weigh(&rel, 19, 20)
	require.Equal(t, "names; 95 % of 20 values are found there", rel.Evidence)
}

func TestProposerKeepsOnlyWhatLooksLikeKeys(t *testing.T) {
	p := NewProposer()
	wide := table("wide", "id int pk")
	for i := range 1000 {
		wide.Fields = append(wide.Fields, metadata.Field{Name: fmt.Sprintf("amount_%d", i), DataType: "int"})
	}
	p.Add(wide)
	require.Len(t, p.fields, 1)
	require.Less(t, len(p.interned), 10)
}

// tenants has a database for each tenant, all with the same tables.
func tenants(n int) (out []*metadata.Table) {
	for i := range n {
		for _, t := range []*metadata.Table{
			table("customers", "id int pk", "name text"), table("orders", "id int pk", "customer_id int", "parent_id int"),
			table("order_lines", "id int pk", "order_id int", "sku text"), table("visits", "customer_uuid int", "warehouse_id int"),
		} {
			t.ID.Database = fmt.Sprintf("tenant_%05d", i)
			out = append(out, t)
		}
		if i == n/2 {
			t := table("warehouses", "id int pk")
			t.ID.Database = out[len(out)-1].ID.Database
			out = append(out, t)
		}
	}
	return out
}

func TestTenantsAreJoinedWithinThemselves(t *testing.T) {
	const n = 7
	p := NewProposer()
	for _, x := range tenants(n) {
		p.Add(x)
	}
	within, across := 0, 0
	for _, r := range p.Propose() {
		if r.From.Database == r.To.Database {
			within++
			continue
		}
		require.Equal(t, "warehouses", r.To.Name, "the only table that is there once")
		across++
	}
	require.Equal(t, []int{4*n + 1, n - 1}, []int{within, across})
}

// BenchmarkProposeOfTenants shows whether the time per table stays the same however many tenants there are.
func BenchmarkProposeOfTenants(b *testing.B) {
	for _, n := range []int{250, 2500, 25000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			all := tenants(n)
			for b.Loop() {
				p := NewProposer()
				for _, t := range all {
					p.Add(t)
				}
				p.Propose()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/table")
		})
	}
}
