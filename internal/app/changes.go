package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/layer"
	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/scope"
)

// changeView is a change as lists show it.
type changeView struct {
	ID         int64                 `json:"change_id"`
	Object     string                `json:"object"`
	Attribute  string                `json:"attribute"`
	Old        string                `json:"old_value"`
	New        string                `json:"new_value"`
	Confidence float64               `json:"confidence,omitempty"`
	Reason     string                `json:"reason"`
	Status     metadata.ChangeStatus `json:"status"`
	DecidedBy  string                `json:"decided_by,omitempty"`
	Comment    string                `json:"comment,omitempty"`
}

func viewOfChange(c *metadata.Change) changeView {
	return changeView{c.ID, c.Object(), c.Attribute, c.Old, c.New, c.Confidence, c.Reason, c.Status, c.DecidedBy, c.Comment}
}

func changesCommand(o *options) *cobra.Command {
	var form, status string
	var only []string
	cmd := &cobra.Command{
		Use: "changes RUN", Short: "Show the changes of a run", Args: cobra.ExactArgs(1),
		Long: "Show what a run changed, would change (a dry run) or asks to change (status pending).\n" +
			"The last line names the content of what is pending, for approve --content.",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseRun(args[0])
			if err != nil {
				return err
			}
			wanted, err := wantedChanges(only)
			if err != nil {
				return err
			}
			return o.withLayer(cmd.Context(), func(_ *config.Config, l layer.Layer) error {
				if _, err := l.Run(cmd.Context(), id); err != nil {
					return explain(err, id)
				}
				return showChanges(cmd.Context(), o.Out, l, id, form, func(c *metadata.Change) bool {
					return wanted(c) && (status == "" || string(c.Status) == status)
				})
			})
		},
	}
	cmd.Flags().StringVar(&form, "output", "table", outputs+", or diff")
	cmd.Flags().StringVar(&status, "status", "", "only planned, applied, pending, approved, rejected or rolled_back ones")
	cmd.Flags().StringArrayVar(&only, "only", nil, onlyUsage)
	return cmd
}

const onlyUsage = "only those of this `database.table` or database.table.field; a glob works (repeatable)"

// wantedChanges gives the filter of --only.
func wantedChanges(only []string) (func(*metadata.Change) bool, error) {
	f, err := scope.NewTableFilter(only)
	if err != nil {
		return nil, usage(fmt.Errorf("--only: %w", err))
	}
	return func(c *metadata.Change) bool {
		if f.Keep(c.Table) {
			return true
		}
		field := c.Table
		field.Name += "." + c.Field
		return c.Field != "" && f.Keep(field)
	}, nil
}

func showChanges(ctx context.Context, w io.Writer, l layer.Reports, id metadata.RunID, form string, wanted func(*metadata.Change) bool) error {
	var all []changeView
	pending := newContent()
	err := l.Changes(ctx, id, func(c metadata.Change) error {
		if wanted(&c) {
			pending.add(&c)
			all = append(all, viewOfChange(&c))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if form == "diff" {
		return printDiff(w, all)
	}
	err = printList(w, form, all, []string{"OBJECT", "ATTRIBUTE", "OLD", "NEW", "STATUS", "REASON"}, func(v changeView) []string {
		return []string{v.Object, v.Attribute, quoted(v.Old), quoted(v.New), string(v.Status), v.Reason}
	})
	if err == nil && form == "table" {
		_, err = fmt.Fprintf(w, "%d changes", len(all))
		if pending.n > 0 && err == nil {
			_, err = fmt.Fprintf(w, ", %d of them pending: content %s", pending.n, pending)
		}
		_, _ = fmt.Fprintln(w)
	}
	return err
}

// printDiff prints changes the way version control does.
func printDiff(w io.Writer, all []changeView) error {
	object := ""
	for i := range all {
		v := &all[i]
		if v.Object != object {
			object = v.Object
			if _, err := fmt.Fprintf(w, "@@ %s @@\n", cell(object)); err != nil {
				return err
			}
		}
		for _, side := range []struct{ sign, value string }{{"-", v.Old}, {"+", v.New}} {
			if side.value == "" && (v.Old != "" || v.New != "") {
				continue
			}
			if _, err := fmt.Fprintf(w, "%s%s: %s\n", side.sign, cell(v.Attribute), cell(side.value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// content names the pending changes it is given by a hash over all that is decided on.
type content struct {
	hash interface {
		io.Writer
		Sum([]byte) []byte
	}
	n int
}

func newContent() *content { return &content{hash: sha256.New()} }

func (c *content) add(change *metadata.Change) {
	if change.Status != metadata.ChangePending {
		return
	}
	c.n++
	text, err := json.Marshal([]any{change.ID, change.Object(), change.Attribute, change.Old, change.New})
	if err == nil { // texts and numbers always can be written
		_, _ = c.hash.Write(text)
	}
}

// String gives the first 16 bytes in hex.
func (c *content) String() string { return hex.EncodeToString(c.hash.Sum(nil)[:16]) }

// sameContent compares what a person typed with it.
func (c *content) same(typed string) bool {
	return strings.EqualFold(strings.TrimSpace(typed), c.String())
}
