package coordinator

import (
	"context"
	"fmt"
	"time"

	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
)

// declared is what the definition files say of tables, as detection needs it.
type declared struct {
	digests map[metadata.TableID]string
	whole   string // of all of it
	set     *metadata.Definitions
}

// of gives the digest of a table; an entry for its source goes before one for any source.
func (d *declared) of(id metadata.TableID) string {
	if digest, ok := d.digests[id]; ok {
		return digest
	}
	id.Source = ""
	return d.digests[id]
}

// declare brings the definition files into the layer. A dry run leaves what the layer declares as it is, and works by what the files say.
func (c *Coordinator) declare(ctx context.Context, lease layer.Lease, r metadata.Run) (*declared, error) {
	set, err := c.Definitions()
	if err != nil {
		return nil, &metadata.Fault{Kind: metadata.FaultInvalid, Class: metadata.ClassInvalid, Op: "read the definition files", Err: err}
	}
	d := &declared{set: set, whole: set.Digest}
	if d.digests, err = c.Layer.DeclaredDigests(ctx); err != nil {
		return nil, err
	}
	if r.Settings.DryRun {
		d.digests = make(map[metadata.TableID]string, len(set.Tables))
		for id, t := range set.Tables {
			d.digests[id] = t.Digest
		}
		return d, c.Layer.PreviewDefinitions(ctx, lease, r.ID, set)
	}
	// Without files there is nothing to write, unless there were some before.
	if c.NoDefinitions && len(d.digests) == 0 {
		return d, nil
	}
	done, err := c.Layer.ReplaceDefinitions(ctx, lease, r.ID, set)
	if err != nil {
		return nil, err
	}
	for _, term := range done.Kept {
		c.Logger.WarnContext(ctx, "a glossary term of the files was left as a person wrote it in the layer", "term", term)
	}
	d.digests, err = c.Layer.DeclaredDigests(ctx)
	return d, err
}

// propose replaces the joins that no key declares by what the catalogs now suggest. It needs to have seen all of them.
func (c *Coordinator) propose(ctx context.Context, lease layer.Lease, r metadata.Run, set *metadata.Definitions, parts []*sourcePlan) error {
	s := r.Settings
	if s.DryRun || s.Mode == metadata.ModeIncremental || len(s.TestTables) > 0 {
		return nil
	}
	var all []metadata.Relationship
	for _, p := range parts {
		if !p.plan.Swept || p.plan.Failed {
			return nil
		}
		for _, known := range set.Relationships {
			p.proposer.Declared(known.From, known.To)
		}
		found := p.proposer.Propose()
		if c.Inclusion != nil {
			var err error
			if found, err = c.Inclusion(ctx, p.plan.Source, found); err != nil {
				return fmt.Errorf("look at values of joins of source %s: %w", p.plan.Source, err)
			}
		}
		all = append(all, found...)
	}
	return c.Layer.ReplaceProposals(ctx, lease, all)
}

// impactPatience is how long working out the impact of a run may take.
const impactPatience = time.Minute

// refreshImpact works out what hangs on what, after workers have found keys. It comes before the run's end, so that whoever
// leads after a crash in between does it again.
func (c *Coordinator) refreshImpact(ctx context.Context, lease layer.Lease, r metadata.Run) {
	if r.Settings.DryRun || r.Counts.Done == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), impactPatience)
	defer cancel()
	done, err := c.Layer.RefreshImpact(ctx, lease, r.ID)
	if err != nil {
		c.Logger.WarnContext(ctx, "impact_analysis is as it was before the run", "run_id", r.ID, "error", err)
		return
	}
	if done.ImpactCut {
		c.Logger.WarnContext(ctx, "impact_analysis leaves out the farthest impacts: there are too many", "run_id", r.ID, "rows", done.Impacts)
	}
}
