package sqlstore

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"text/template"
)

//go:embed query/*.sql
var queryFiles embed.FS

// queries are the finished statements by name.
type queries map[string]string

// fieldsRow is the shape of a field row that is passed as a parameter.
const fieldsRow = "source_name name, database_name name, table_name name, old_name name, field_name name, ordinal integer, data_type text, " +
	"is_nullable boolean, description text, description_origin text, tags list, semantic_type text, business_term text, is_pii boolean, " +
	"pii_category text, owner text, steward_email text, data_classification text, valid_values list, confidence real, evidence text, " +
	"object_id text, base document, removed boolean"

// loadQueries reads all statements and fills their braces.
func loadQueries(d Dialect) (queries, error) {
	tmpl := newTemplate(d)
	names, err := fs.Glob(queryFiles, "query/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list the statements: %w", err)
	}
	var all []string
	for _, name := range names {
		text, err := queryFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for part := range strings.SplitSeq(string(text), "-- name: ") {
			query, body, named := strings.Cut(part, "\n")
			if !named || strings.HasPrefix(part, "{{define") {
				query, body = "", part
			}
			if query != "" {
				all = append(all, query)
			}
			if _, err := tmpl.New(query).Parse(body); err != nil {
				return nil, fmt.Errorf("parse statement %q of %s: %w", query, name, err)
			}
		}
	}
	out := make(queries, len(all))
	for _, name := range all {
		var b strings.Builder
		if err := tmpl.ExecuteTemplate(&b, name, nil); err != nil {
			return nil, fmt.Errorf("fill statement %q: %w", name, err)
		}
		text := strings.TrimSpace(b.String())
		if d.Rewrite != nil {
			text = d.Rewrite(text)
		}
		out[name] = text
	}
	return out, nil
}

// newTemplate knows the dialect's functions and one function for each table.
func newTemplate(d Dialect) *template.Template {
	funcs := template.FuncMap{
		"qualified":  d.Qualify,
		"fields_row": func() string { return fieldsRow },
		"columns":    func(of, names string) string { return eachColumn(names, ", ", of+".%[1]s") },
		"excluded":   func(names string) string { return eachColumn(names, ", ", "%[1]s = excluded.%[1]s") },
		"differs": func(a, b, names string) string {
			return "(" + eachColumn(names, " OR ", a+".%[1]s IS DISTINCT FROM "+b+".%[1]s") + ")"
		},
	}
	for _, table := range Tables {
		funcs[table] = func() string { return d.Qualify(table) }
	}
	return template.New("").Funcs(funcs).Funcs(d.Funcs)
}

// get gives a statement by its name in query/*.sql. A missing one is a mistake
// of this package that any test finds.
func (q queries) get(name string) string {
	text, ok := q[name]
	if !ok {
		panic("sqlstore: no statement named " + name)
	}
	return text
}

// eachColumn fills a pattern with each of some columns.
func eachColumn(names, separator, pattern string) string {
	var out []string
	for name := range strings.SplitSeq(names, ", ") {
		out = append(out, fmt.Sprintf(pattern, name))
	}
	return strings.Join(out, separator)
}
