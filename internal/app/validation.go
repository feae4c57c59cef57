package app

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/coordinator"
	"github.com/semsync/semsync/internal/enrich"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/scope"
	"github.com/semsync/semsync/internal/validate"
)

// validatorOf makes the validator that the configuration asks for; nil when it asks for nothing.
func validatorOf(cfg *config.Config, l layer.Layer) (*validate.Validator, error) {
	if !cfg.RunSettings().Validate {
		return nil, nil //nolint:nilnil // no rules is a setting, not an error
	}
	rules, err := validationRules(&cfg.Validation)
	if err != nil {
		return nil, err
	}
	guess, err := newGuesser(cfg)
	if err != nil {
		return nil, err
	}
	names := l.SQLNames()
	return validate.New(validate.Config{
		Rules: rules, Guess: guess.guess, SQL: validate.SQL{Engine: validate.Engine(names.Engine), Tables: names.Tables, Fields: names.Fields},
	})
}

// validationOf gives what the coordinator looks for before a run ends; nil for nothing.
func validationOf(cfg *config.Config, l layer.Layer) (*coordinator.Validation, error) {
	v, err := validatorOf(cfg, l)
	if v == nil || err != nil {
		return nil, err
	}
	return &coordinator.Validation{Check: v.Check, Fail: cfg.Validation.FailOnErrors && !cfg.Validation.WarnOnly}, nil
}

func validationRules(c *config.Validation) (validate.Rules, error) {
	out := validate.Rules{
		TableDescription: c.RequireTableDescription, FieldDescription: c.RequireFieldDescription, TableOwner: c.RequireOwnerForTables,
		PIIOwner: c.RequireOwnerForPIIFields || c.PIIValidation.RequireOwner, PIICategory: c.PIIValidation.RequirePIICategory,
		PIIClassified: c.PIIValidation.RequireDataClassification, MetricTerm: c.RequireBusinessTermForMetrics, WarnOnly: c.WarnOnly,
	}
	for i, r := range c.CustomRules {
		p, err := scope.ParsePattern(r.FieldPattern)
		if err != nil {
			return out, fmt.Errorf("validation.custom_rules[%d].field_pattern: %w", i, err)
		}
		out.Tags = append(out.Tags, validate.TagRule{Match: p.MatchName, Tag: r.ShouldHaveTag, Hint: r.Hint, Severity: metadata.Severity(r.Severity)})
	}
	return out, nil
}

// guesser works out values for suggested fixes, with everything switched on and without a prefix.
type guesser struct{ enricher *enrich.Enricher }

// sureEnough is the confidence from which a value is worth suggesting.
const sureEnough = 0.6

func newGuesser(cfg *config.Config) (*guesser, error) {
	conf, all := enrichConfig(cfg), enrich.DefaultConfig()
	all.Prefix, all.Patterns = "", conf.Patterns
	e, err := enrich.New(all)
	return &guesser{e}, err
}

func (g *guesser) guess(t *metadata.TableRecord, fields []metadata.FieldRecord) (out validate.Guess) {
	table := &metadata.Table{ID: t.ID, Kind: t.Kind, EstimatedRows: -1, Fields: make([]metadata.Field, len(fields))}
	for i := range fields {
		f := &fields[i]
		table.Fields[i] = metadata.Field{Name: f.Name, Ordinal: i + 1, DataType: f.DataType, Nullable: f.Nullable}
	}
	sure := func(a *enrich.Annotation) metadata.Attributes {
		if a.Confidence < sureEnough {
			return metadata.Attributes{}
		}
		return a.Attributes
	}
	m := g.enricher.Table(table)
	out.Table = sure(&m.Table)
	for i := range m.Fields {
		out.Fields = append(out.Fields, sure(&m.Fields[i]))
	}
	return out
}

// findingView is a finding as lists show it.
type findingView struct {
	ID       int64                `json:"error_id"`
	Severity metadata.Severity    `json:"severity"`
	Type     metadata.FindingType `json:"error_type"`
	metadata.TableID
	Field   string `json:"field_name,omitempty"`
	Message string `json:"message"`
	Fix     string `json:"suggested_fix"`
	RunID   string `json:"run_id"`
	Created string `json:"created_at"`
}

func validationCommand(o *options) *cobra.Command {
	var severity, form string
	var tables []string
	var limit int
	cmd := &cobra.Command{
		Use: "validation", Short: "What the rules of the validation section found, and how to put it right", Args: cobra.NoArgs,
		Long: "Lists the open rows of validation_errors. Each run looks anew, and resolves what was put right. A suggested\n" +
			"fix is a statement for the layer; where it has :'name', put a value in its place.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			keep, err := filterTables(tables)
			if err != nil {
				return usage(fmt.Errorf("--table: %w", err))
			}
			if !validSeverity(severity) {
				return usage(fmt.Errorf("--severity is %q: it must be error, warning or info", severity))
			}
			return o.withLayer(cmd.Context(), func(_ *config.Config, l layer.Layer) error {
				views, more, err := openFindings(cmd.Context(), l, metadata.Severity(severity), keep, limit)
				if err != nil {
					return err
				}
				if more > 0 {
					_, _ = fmt.Fprintf(o.Err, "the first %d of %d findings: --limit shows more, --table and --severity fewer\n", limit, limit+more)
				}
				return printFindings(o.Out, form, views)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&severity, "severity", "", "only error, warning or info")
	f.StringArrayVar(&tables, "table", nil, "only this `database.table` or glob (repeatable)")
	f.IntVar(&limit, "limit", 1000, "at most this many")
	f.StringVar(&form, "output", "table", outputs)
	return cmd
}

func validSeverity(s string) bool {
	switch metadata.Severity(s) {
	case "", metadata.SeverityError, metadata.SeverityWarning, metadata.SeverityInfo:
		return true
	default:
		return false
	}
}

// openFindings gives findings up to a limit, and how many there are beyond it.
func openFindings(ctx context.Context, l layer.Validation, s metadata.Severity, keep func(metadata.TableID) bool, limit int) (out []findingView, more int, err error) {
	err = l.Findings(ctx, s, func(f layer.OpenFinding) error {
		switch {
		case !keep(f.Table):
		case len(out) >= limit:
			more++
		default:
			out = append(out, findingView{
				f.ID, f.Severity, f.Type, f.Table, f.Field, f.Message, f.Fix, f.Run.String(), f.CreatedAt.Format("2006-01-02T15:04:05Z07:00"),
			})
		}
		return nil
	})
	return out, more, err
}

func printFindings(w io.Writer, form string, views []findingView) error {
	return printList(w, form, views, []string{"SEVERITY", "TABLE", "FIELD", "FINDING", "SUGGESTED FIX"}, func(v findingView) []string {
		return []string{string(v.Severity), v.Qualified(), v.Field, v.Message, v.Fix}
	})
}

// preview prints the findings that a dry run would make, were it applied.
func preview(ctx context.Context, w io.Writer, cfg *config.Config, l layer.Layer, run metadata.RunID) error {
	v, err := validatorOf(cfg, l)
	if v == nil || err != nil {
		return err
	}
	var counts metadata.FindingCounts
	resolved, err := l.Preview(ctx, run, func(t *metadata.TableRecord, fields []metadata.FieldRecord, changes []metadata.Change) ([]metadata.Finding, error) {
		t, fields, err := validate.Planned(t, fields, changes)
		if t == nil || err != nil {
			return nil, err
		}
		return v.Check(t, fields), nil
	}, func(f metadata.Finding) error {
		counts.Add(f.Severity, 1)
		object := f.Table.Qualified()
		if f.Field != "" {
			object += "." + f.Field
		}
		_, err := fmt.Fprintf(w, "%s  %s: %s\n", cell(object), f.Severity, cell(f.Message))
		return err
	})
	if err == nil {
		_, err = fmt.Fprintf(w, "validation would find %d new errors, %d warnings, %d infos, and resolve %d findings\n",
			counts.Errors, counts.Warnings, counts.Infos, resolved)
	}
	return err
}
