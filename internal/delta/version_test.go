package delta_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/semsync/semsync/internal/delta"
)

func TestVersionsAreOrdered(t *testing.T) {
	// Each is earlier than the next; within a line all are the same.
	ascending := [][]string{
		{""},
		{"alpha"},
		{"release-9"},
		{"release-10"},
		{"0", "00", "v0", "0.0"},
		{"0.9"},
		{"1.0-alpha"},
		{"1.0-alpha.1"},
		{"1.0-alpha.beta"},
		{"1.0-beta.2"},
		{"1.0-beta.11"},
		{"1.0-rc1"},
		{"1.0-rc2"},
		{"1.0-rc10"},
		{"1.0", "1", "v1", "V1.0.0", " 1.0 ", "01"},
		{"1.0+1"},
		{"1.0+2"},
		{"1.0.post1"},
		{"1.0.1"},
		{"1.9"},
		{"1.10", "v1.10.0"},
		{"2.0.0-beta"},
		{"2"},
		{"99999999999999999999999"},
		{"100000000000000000000000"},
	}
	for i, a := range ascending {
		for j, b := range ascending {
			for _, x := range a {
				for _, y := range b {
					require.Equal(t, sign(i-j), delta.CompareVersions(x, y), "%q and %q", x, y)
				}
			}
		}
	}
}

func TestDatesAndHashesStayApart(t *testing.T) {
	require.Equal(t, -1, delta.CompareVersions("2026-01-15", "2026-01-16"))
	require.Equal(t, -1, delta.CompareVersions("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"))
	for _, pair := range [][2]string{{"1e05", "1e5"}, {"ab01", "ab1"}, {"1-RC", "1-rc"}, {"a-b", "a_b"}} {
		require.NotZero(t, delta.CompareVersions(pair[0], pair[1]), "%v are different texts, and no numbers", pair)
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	default:
		return 0
	}
}

func TestVersionsAreTotallyOrdered(t *testing.T) {
	version := rapid.OneOf(
		rapid.StringMatching(`v?[0-2]{1,2}(\.[0-2]{1,2}){0,2}([-.]?(rc|RC|a|post|0)[01]{0,2})?(\+[ab])?`),
		rapid.StringOfN(rapid.SampledFrom([]rune("v01a.-+_ ~é")), 0, 5, -1),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := version.Draw(t, "a"), version.Draw(t, "b"), version.Draw(t, "c")
		require.Zero(t, delta.CompareVersions(a, a))
		require.Equal(t, delta.CompareVersions(a, b), -delta.CompareVersions(b, a), "antisymmetric: %q %q", a, b)
		if delta.CompareVersions(a, b) <= 0 && delta.CompareVersions(b, c) <= 0 {
			require.LessOrEqual(t, delta.CompareVersions(a, c), 0, "transitive: %q %q %q", a, b, c)
		}
		if delta.CompareVersions(a, b) == 0 {
			require.Equal(t, delta.CompareVersions(a, c), delta.CompareVersions(b, c), "equal ones compare alike: %q %q %q", a, b, c)
		}
	})
}

func TestVersionInComment(t *testing.T) {
	tests := []struct{ comment, want string }{
		{"schema_version=1.4", "1.4"},
		{"Orders. schema_version=1.4.", "1.4"},
		{"Orders (schema_version=v2, owner=sales)", "v2"},
		{"schema_version = 7; x", "7"},
		{`schema_version="2026 spring" x`, "2026 spring"},
		{"schema_version='1.2'", "1.2"},
		{"old_schema_version=3 schema_version=4", "4"},
		{"schema_version: 3", ""},
		{"schema_version=", ""},
		{"version_field=5", "5"},
		{"version_field=5 schema_version=6", "6"},
		{"my schema_version is high", ""},
		{"", ""},
	}
	for _, test := range tests {
		got, ok := delta.VersionInComment(test.comment, "schema_version")
		require.Equal(t, test.want, got, test.comment)
		require.Equal(t, test.want != "", ok, test.comment)
	}
}

func FuzzVersions(f *testing.F) {
	for _, seed := range []string{"1.10", "v2-rc1+build", "schema_version=1.2.", "schema_version='", "..", "v", "9\x00\xff"} {
		f.Add(seed, "1.9")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if delta.CompareVersions(a, b) != -delta.CompareVersions(b, a) {
			t.Fatalf("%q and %q", a, b)
		}
		if delta.CompareVersions(" "+a+" ", b) != delta.CompareVersions(a, b) {
			t.Fatalf("spaces around %q change how it compares with %q", a, b)
		}
		if v, ok := delta.VersionInComment(a, b); ok == (v == "") {
			t.Fatalf("%q in %q gives %q, %v", b, a, v, ok)
		}
	})
}
