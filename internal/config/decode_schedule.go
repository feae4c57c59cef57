package config

import (
	"errors"
	"reflect"

	"go.yaml.in/yaml/v3"
)

func (d *decoder) schedule(n *yaml.Node, path string) (reflect.Value, bool) {
	if n.Kind == yaml.MappingNode {
		return d.scheduleObject(n, path)
	}
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		d.problem(n, path, cronHint, "must be text, null or keys and values, not %s", kindName(n))
		return reflect.Value{}, false
	}
	s, err := parseSchedule(n.Value)
	return reflect.ValueOf(s), d.scheduleProblem(n, path, err)
}

func (d *decoder) scheduleProblem(n *yaml.Node, path string, err error) bool {
	if err == nil {
		return true
	}
	message, hint := err.Error(), cronHint
	if se, ok := errors.AsType[*scheduleError](err); ok {
		hint = se.hint
	}
	if d.expanded[n] {
		message = "is not a schedule"
	}
	d.problem(n, path, hint, "%s %s", d.shown(n, scheduleType), message)
	return false
}

// scheduleForm is the object form of a schedule.
type scheduleForm struct {
	Enabled   *bool  `mapstructure:"enabled"`
	Frequency string `mapstructure:"frequency" jsonschema:"enum=hourly,enum=daily,enum=weekly,enum=custom"`
	Cron      string `mapstructure:"cron"`
}

func (d *decoder) scheduleObject(n *yaml.Node, path string) (reflect.Value, bool) {
	v, ok := d.entry(n, reflect.TypeFor[scheduleForm](), path)
	form, _ := reflect.TypeAssert[scheduleForm](v)
	if !ok {
		return reflect.Value{}, false
	}
	text := form.Cron
	if text == "" {
		text = frequencies[form.Frequency]
	}
	off := form.Enabled != nil && !*form.Enabled
	if text == "" {
		if !off {
			d.problem(n, path, "set frequency to hourly, daily or weekly, or cron to an expression", "says neither a frequency nor a cron expression")
		}
		return reflect.ValueOf(Schedule{}), off
	}
	where := n
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "cron" {
			where = n.Content[i+1]
		}
	}
	s, err := parseSchedule(text)
	if !d.scheduleProblem(where, path+".cron", err) {
		return reflect.Value{}, false
	}
	if off {
		s = Schedule{}
	}
	return reflect.ValueOf(s), true
}
