package definitions

import (
	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/metadata"
)

// governance reads policies. One that names nothing to apply to governs everything.
func (r *reader) governance(n *yaml.Node, key string) {
	r.list(n, key, func(n *yaml.Node, key string) {
		var p metadata.Policy
		on := []metadata.Reference{{}}
		r.mapping(n, key, keys{
			"policy": r.scalar(&p.Policy), "value": r.scalar(&p.Value), "owner": r.text(&p.Owner), "description": r.text(&p.Description),
			"applies_to": func(n *yaml.Node, key string) { on = r.objects(n, key) },
		}, "policy", "value")
		if p.Policy == "" {
			return
		}
		for _, ref := range on {
			name := p.Policy
			if ref != (metadata.Reference{}) {
				name += " on " + ref.String()
			}
			if r.once(n, key, "policy", name) {
				p.On = ref
				r.set.Policies = append(r.set.Policies, p)
			}
		}
	})
}

// objects reads a list of tables and fields.
func (r *reader) objects(n *yaml.Node, key string) (out []metadata.Reference) {
	r.list(n, key, func(n *yaml.Node, key string) {
		if ref, ok := r.reference(n, key, "database.table or database.table.field"); ok {
			out = append(out, ref)
		}
	})
	return out
}
