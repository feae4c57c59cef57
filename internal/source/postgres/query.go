package postgres

import (
	"embed"
	"strings"

	"github.com/semsync/semsync/internal/source"
)

//go:embed query/*.sql
var files embed.FS

// question is one question about tables.
type question struct {
	text string
	// put puts a row of the answer into its table.
	put func(*draft, row)
}

// The questions, each a file that a DBA can paste. All begin with the text of
// ranked.sql, which says what tables there are and ranks them.
var (
	askTables   = question{text: file("tables")}
	askColumns  = question{text: file("columns"), put: putColumn}
	askDefaults = question{text: file("defaults"), put: putDefault}
	askComments = question{text: file("comments"), put: putComment}
	askKeys     = question{text: file("keys"), put: putKey}
	askIndexes  = question{text: file("indexes"), put: putIndex}

	rankedSQL = file("ranked")
	wantedSQL = file("wanted")
	tokenSQL  = file("token")
	timesSQL  = file("times")
	checkSQL  = file("check")
	sampleSQL = file("sample")
)

// details are the questions beside askTables, in an order in which each finds
// in a draft what it needs.
func details(opts source.Options) []question {
	questions := []question{askColumns, askDefaults, askComments, askKeys}
	if opts.Indexes {
		questions = append(questions, askIndexes)
	}
	return questions
}

// wanted narrows a question from all tables to those of $1 and $2, schemas and
// names in step, whose ranks are their places.
func (q question) wanted() string { return wantedSQL + strings.TrimPrefix(q.text, rankedSQL) }

// ranked gives a question about all tables, in byte order of their names as
// the client sees them. The collation "C" compares the server's bytes, whose
// order is another in encodings of the server other than these.
func (q question) ranked(encoding string) string {
	switch encoding {
	case "UTF8", "SQL_ASCII", "LATIN1":
		return q.text
	default:
		return strings.NewReplacer(
			`n.nspname COLLATE "C"`, `pg_catalog.convert_to(n.nspname::text, 'UTF8')`,
			`c.relname COLLATE "C"`, `pg_catalog.convert_to(c.relname::text, 'UTF8')`,
		).Replace(q.text)
	}
}

func file(name string) string {
	text, err := files.ReadFile("query/" + name + ".sql")
	if err != nil {
		panic("postgres: " + err.Error()) // embedded: any test finds it
	}
	return string(text)
}
