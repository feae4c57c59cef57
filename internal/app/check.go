package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/semsync/semsync/internal/config"
	"github.com/semsync/semsync/internal/definitions"
)

// checkReport is what --validate-sync-config finds.
type checkReport struct {
	Valid       bool             `json:"valid"`
	Problems    []string         `json:"problems"`
	Warnings    []string         `json:"warnings"`
	Connections []connection     `json:"connections,omitempty"` // with --connect
	Settings    []config.Setting `json:"settings,omitempty"`    // where the file is valid
}

// connection is what was tried and what is wrong with it.
type connection struct {
	Name     string   `json:"name"`
	Problems []string `json:"problems"`
}

// validateConfig prints every problem of the configuration, with --connect of what it names too, and the values that are
// in effect. Nothing is printed in a form that is not known.
func (o *coordinatorFlags) validateConfig(ctx context.Context, flags map[string]any) error {
	if !slices.Contains([]string{"table", "json", "yaml"}, o.output) {
		return usage(fmt.Errorf("--output is %q: it must be %s", o.output, outputs))
	}
	r := checkReport{Problems: []string{}, Warnings: []string{}}
	cfg, err := o.load(flags)
	if err == nil {
		_, err = definitions.Load(definitionFiles(cfg))
	}
	problems, ok := errors.AsType[config.Problems](err)
	if err != nil && !ok {
		return err
	}
	for _, p := range problems {
		r.Problems = append(r.Problems, p.Error())
	}
	failed := len(problems)
	if failed == 0 {
		for _, w := range cfg.Warnings() {
			r.Warnings = append(r.Warnings, w.Error())
		}
		r.Settings = cfg.Effective()
		if o.connect {
			failed = o.tryConnections(ctx, cfg, &r)
		}
	}
	r.Valid = failed == 0
	if err := o.printCheck(r); err != nil {
		return err
	}
	if failed > 0 {
		return &exitError{code: exitUsage, err: fmt.Errorf("%d problems", failed)}
	}
	return nil
}

// printCheck prints the report: people read what is in effect first, and what is wrong with it last.
func (o *coordinatorFlags) printCheck(r checkReport) error {
	switch o.output {
	case "json":
		return printOne(o.Out, o.output, r)
	case "yaml":
		return printYAML(o.Out, r)
	}
	p := func(text string) { _, _ = fmt.Fprintln(o.Out, printable(text)) }
	if len(r.Settings) > 0 {
		err := printList(o.Out, o.output, r.Settings, []string{"KEY", "FROM", "VALUE"}, func(s config.Setting) []string {
			return []string{s.Key, s.Origin, s.Value}
		})
		if err != nil {
			return err
		}
	}
	for _, problem := range r.Problems {
		p(problem)
	}
	for _, w := range r.Warnings {
		p("warning: " + w)
	}
	for _, c := range r.Connections {
		if len(c.Problems) == 0 {
			p("ok: " + c.Name)
		}
		for _, problem := range c.Problems {
			p(c.Name + ": " + problem)
		}
	}
	if r.Valid {
		p(o.configFile + " is valid")
	}
	return nil
}
