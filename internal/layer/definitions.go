package layer

import (
	"context"

	"github.com/semsync/semsync/internal/metadata"
)

// Definitions keeps what definition files declare, and what follows from it. Methods
// with a lease are fenced by it, are one transaction, and leave rows alone that are as they should be. Rows that
// people added by SQL are never touched, whatever the method.
type Definitions interface {
	// ReplaceDefinitions makes the layer say what the files say: tables that workers read, terms, policies,
	// relationships, lineage and dependencies. What the files no longer say is deleted; then it does what
	// RefreshImpact does.
	ReplaceDefinitions(ctx context.Context, l Lease, run metadata.RunID, set *metadata.Definitions) (Replaced, error)
	// ReplaceProposals makes the proposed relationships these. One that a person marked removed stays so.
	ReplaceProposals(ctx context.Context, l Lease, proposals []metadata.Relationship) error
	// RefreshImpact hides relationships that stronger ones overrule, and works out table_dependencies and impact_analysis from the
	// relationships and the lineage that the layer holds, proposals apart. It is for the end of a run, when workers have found relationships.
	RefreshImpact(ctx context.Context, l Lease, run metadata.RunID) (Replaced, error)
	// PreviewDefinitions keeps what the files say about tables for the workers of a dry run, and nothing else of it.
	PreviewDefinitions(ctx context.Context, l Lease, run metadata.RunID, set *metadata.Definitions) error
	// Declared gives what is declared for those of the tables for which anything is: in a dry run by what was previewed for it. An entry
	// for the table's source goes before one for any source.
	Declared(ctx context.Context, run metadata.Run, ids []metadata.TableID) (map[metadata.TableID]metadata.DeclaredTable, error)
	// DeclaredDigests gives the digest of every declared table; a key without a source stands for any source.
	DeclaredDigests(ctx context.Context) (map[metadata.TableID]string, error)
}

// Replaced says what became of definitions.
type Replaced struct {
	// Kept are terms that the files declare and that a person had added by SQL: theirs stay.
	Kept []string
	// Impacts is how many rows impact_analysis has of ours.
	Impacts int
	// ImpactCut is true when there were more than fit: the greatest distances are left out.
	ImpactCut bool
}
