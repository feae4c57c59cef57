package evaluation

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Print writes the figures as a table. It stops at the writer's first error.
func (s *Score) Print(out io.Writer, split string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	if _, err := fmt.Fprintf(w, "%s: %d columns, %d hard negatives of which %d were taken for personal\n",
		split, s.Columns, s.Hard, s.HardWrong); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, "category\tthere\tfound\twrong\tprecision\trecall\tF1\t"); err != nil {
		return err
	}
	for _, category := range s.Categories() {
		if err := printCount(w, category, s.ByCategory[category]); err != nil {
			return err
		}
	}
	if err := printCount(w, "all", s.Total); err != nil {
		return err
	}
	if err := printCount(w, "personal or not", s.AnyKind); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "macro F1\t\t\t\t\t\t%.3f\t\n", s.MacroF1); err != nil {
		return err
	}
	return w.Flush()
}

func printCount(w io.Writer, name string, c Count) error {
	_, err := fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%.3f\t%.3f\t%.3f\t\n",
		name, c.Found+c.Missed, c.Found, c.Wrong, c.Precision(), c.Recall(), c.F1())
	return err
}

// PrintConfusions writes one line for each column that was not right.
func (s *Score) PrintConfusions(out io.Writer) error {
	for _, c := range s.Confusions {
		if _, err := fmt.Fprintf(out, "%s.%s: want %q, got %q by %s\n", c.Table, c.Column, c.Want, c.Got, c.Evidence); err != nil {
			return err
		}
	}
	return nil
}
