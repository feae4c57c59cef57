package enrich

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTypesAgree(t *testing.T) {
	for _, c := range []struct {
		written, engine string
		want            bool
	}{
		{"string", "character varying(40)", true}, {"INTEGER", "bigint", true}, {"number", "int(11)", true}, {"bool", "tinyint(1)", true}, {"json", "longtext", true},
		{"timestamp", "timestamp with time zone", true}, {"our_own_type", "int", true}, {"int", "mood", true},
		{"int", "varchar(10)", false}, {"date", "timestamp", false}, {"string", "date", false}, {"boolean", "text", false}, {"text", "bytea", false},
	} {
		require.Equal(t, c.want, TypesAgree(c.written, c.engine), "%s and %s", c.written, c.engine)
	}
}
