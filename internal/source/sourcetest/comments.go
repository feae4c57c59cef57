package sourcetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// hostileComments are texts that break those who splice, trim or escape.
var hostileComments = []string{
	"it's; DROP TABLE t; --", `"double"`, "back`tick", " spaces around ", "line\nbreak\r\n", "tab\t", "100 % %s $1 ?",
	"🦊 Übergröße ﷽", "<b>&amp;</b>", "NULL", "-",
}

func testComments(b *bench) {
	t := b.t
	if b.TableComments == 0 && b.FieldComments == 0 {
		b.create("t", "(id int)")
		table := b.table(t, "t")
		require.Empty(t, table.Comment)
		require.Empty(t, table.Fields[0].Comment)
		return
	}
	b.create("t", "(plain int, noted int)")
	for _, comment := range hostileComments {
		if b.AcceptsComment == nil || b.AcceptsComment(comment) {
			b.requireComments(t, comment, comment)
		}
	}
	b.requireComments(t, strings.Repeat("c", b.TableComments), strings.Repeat("c", b.FieldComments))
	b.requireComments(t, "", "")
}

func (b *bench) requireComments(t *testing.T, onTable, onField string) {
	t.Helper()
	if b.TableComments > 0 {
		b.Exec(b.CommentOnTable("t", onTable))
	} else {
		onTable = ""
	}
	if b.FieldComments > 0 {
		b.Exec(b.CommentOnColumn("t", "noted", onField))
	} else {
		onField = ""
	}
	table := b.table(t, "t")
	require.Empty(t, table.Fields[0].Comment)
	requireText(t, onTable, table.Comment)
	requireText(t, onField, table.Fields[1].Comment)
}

// requireText compares texts of up to a megabyte, which Equal would print.
func requireText(t *testing.T, want, got string) {
	t.Helper()
	if want != got {
		require.Fail(t, "a comment changed on its way", "want %d bytes %.60q, got %d bytes %.60q", len(want), want, len(got), got)
	}
}
