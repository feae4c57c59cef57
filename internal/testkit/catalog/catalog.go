// Package catalog fills databases with many tables, for tests and benchmarks
// that need a large catalog. What it makes depends only on its arguments.
package catalog

import (
	"context"
	"fmt"
	"strings"
)

// Execer runs a statement; *sql.DB wrapped, a pgx connection wrapped, or the like.
type Execer func(ctx context.Context, statement string) error

// words make column names that look like real ones.
var words = []string{
	"customer_id", "email", "first_name", "status", "created_at", "amount", "currency_code", "is_active", "notes", "phone_number",
	"city", "postal_code", "quantity", "unit_price", "updated_at", "external_ref", "ip_address", "birth_date", "score", "payload",
}

var types = []string{
	"bigint", "varchar(255)", "text", "varchar(20)", "timestamp", "numeric(12,2)", "char(3)", "boolean", "text", "varchar(40)",
	"varchar(80)", "varchar(12)", "integer", "numeric(10,4)", "timestamp", "varchar(64)", "varchar(45)", "date", "double precision", "text",
}

// defaults are expressions by type.
var defaults = map[string]string{"timestamp": "now()", "text": "'none'", "integer": "0", "varchar(45)": "'0.0.0.0'", "varchar(12)": "''"}

// perSchema is how many tables a schema gets.
const perSchema = 1000

// perStatement is how many tables one round trip makes.
const perStatement = 200

// Schema gives the schema of the n-th table, from 0.
func Schema(n int) string { return fmt.Sprintf("bench_%03d", n/perSchema) }

// Table gives the name of the n-th table, from 0.
func Table(n int) string { return fmt.Sprintf("fact_%06d", n) }

// FillPostgres makes that many tables with that many columns, the first of them the primary key. Every
// table has a comment, every second column has one, most fourth columns have a default, and every
// tenth table a unique key and a foreign key to the table before it.
func FillPostgres(ctx context.Context, exec Execer, tables, columns int) error {
	for from := 0; from < tables; from += perStatement {
		var b strings.Builder
		for n := from; n < min(from+perStatement, tables); n++ {
			if n%perSchema == 0 {
				fmt.Fprintf(&b, "CREATE SCHEMA %s;\n", Schema(n))
			}
			table(&b, n, columns)
		}
		if err := exec(ctx, b.String()); err != nil {
			return fmt.Errorf("make tables from %d: %w", from, err)
		}
	}
	return exec(ctx, "ANALYZE pg_class; ANALYZE pg_attribute; ANALYZE pg_description; ANALYZE pg_constraint; ANALYZE pg_attrdef")
}

func table(b *strings.Builder, n, columns int) {
	name := Schema(n) + "." + Table(n)
	fmt.Fprintf(b, "CREATE TABLE %s (id bigint PRIMARY KEY", name)
	for c := 1; c < columns; c++ {
		fmt.Fprintf(b, ", %s %s", column(c), types[c%len(types)])
		if d := defaults[types[c%len(types)]]; c%4 == 0 && d != "" {
			b.WriteString(" DEFAULT " + d)
		}
		if c%4 == 3 {
			b.WriteString(" NOT NULL")
		}
	}
	b.WriteString(");\n")
	fmt.Fprintf(b, "COMMENT ON TABLE %s IS 'Facts of kind %d';\n", name, n)
	for c := 1; c < columns; c += 2 {
		fmt.Fprintf(b, "COMMENT ON COLUMN %s.%s IS 'The %s of fact %d';\n", name, column(c), strings.ReplaceAll(words[c%len(words)], "_", " "), n)
	}
	if n%10 == 9 && columns > 2 {
		fmt.Fprintf(b, "ALTER TABLE %s ADD UNIQUE (%s), ADD COLUMN parent_id bigint REFERENCES %s.%s;\n", name, column(1), Schema(n-1), Table(n-1))
	}
}

// column names the c-th column; names repeat with a number when there are more columns than words.
func column(c int) string {
	name := words[c%len(words)]
	if c >= len(words) {
		name += fmt.Sprintf("_%d", c/len(words))
	}
	return name
}
