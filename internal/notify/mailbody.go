package notify

import (
	"fmt"
	"html/template"
	"strings"
)

// textOf is a notice as plain text.
func textOf(n *Notice) string {
	var b strings.Builder
	line := func(s string) { b.WriteString(clean(s) + "\n") }
	line(n.Title)
	b.WriteString("\n")
	for _, f := range n.facts() {
		line(f)
	}
	if len(n.Items) > 0 {
		b.WriteString("\n")
	}
	for _, i := range n.Items {
		line("- " + i.Object + ": " + i.Detail)
	}
	if more := n.more(); more != "" {
		line(more)
	}
	b.WriteString("\nMore: " + clean(n.Command) + "\n")
	return b.String()
}

// mailPage is escaped by its package wherever a value comes in.
var mailPage = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html><body style="font-family: sans-serif">
<h2>{{.Title}}</h2>
<p>{{range .Facts}}{{.}}<br>
{{end}}</p>
{{if .Items}}<ul>
{{range .Items}}<li><code>{{.Object}}</code>: {{.Detail}}</li>
{{end}}</ul>
{{end}}{{if .More}}<p>{{.More}}</p>
{{end}}<p>More: <code>{{.Command}}</code></p>
</body></html>
`))

// htmlOf is a notice as a page.
func htmlOf(n *Notice) (string, error) {
	var b strings.Builder
	err := mailPage.Execute(&b, map[string]any{
		"Title": n.Title, "Facts": n.facts(), "Items": n.Items, "More": n.more(), "Command": n.Command,
	})
	if err != nil {
		return "", fmt.Errorf("fill the mail: %w", err)
	}
	return b.String(), nil
}
