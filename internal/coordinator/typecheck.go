package coordinator

import (
	"context"

	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/metadata"
)

// maxTypeWarnings is how many wrong types of a source a run tells one by one.
const maxTypeWarnings = 20

// checkTypes warns of fields whose type is another one than the definition files say.
func (p *sourcePlan) checkTypes(ctx context.Context, t *metadata.Table) {
	d, ok := p.declared.set.Tables[t.ID]
	if !ok {
		anywhere := t.ID
		anywhere.Source = ""
		d = p.declared.set.Tables[anywhere]
	}
	if len(d.Declared.Notes) == 0 {
		return
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		note, ok := d.Declared.Notes[f.Name]
		if !ok || note.Type == "" || enrich.TypesAgree(note.Type, f.DataType) {
			continue
		}
		if p.wrongTypes++; p.wrongTypes <= maxTypeWarnings {
			p.c.Logger.WarnContext(ctx, "a definition file names another type than the source has", "at", note.Where, "field", t.ID.Qualified()+"."+f.Name,
				"written", note.Type, "type", f.DataType)
		}
	}
}

// typesChecked tells of those that were too many to be told one by one.
func (p *sourcePlan) typesChecked(ctx context.Context) {
	if more := p.wrongTypes - maxTypeWarnings; more > 0 {
		p.c.Logger.WarnContext(ctx, "definition files name other types than the source has in more fields", "source", p.plan.Source, "fields", more)
	}
}
