package config

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

func (d *decoder) scalar(n *yaml.Node, t reflect.Type, r rules, path string) (reflect.Value, bool) {
	v := reflect.New(t).Elem()
	if n.Kind != yaml.ScalarNode {
		d.problem(n, path, "write one value behind the colon", "must be %s, not %s", wanted(t), kindName(n))
		return v, false
	}
	switch t {
	case durationType:
		return d.parsed(n, path, func(text string) (any, error) { return parseDuration(text) })
	case sizeType:
		return d.parsed(n, path, func(text string) (any, error) { return parseSize(text) })
	case levelType:
		return d.parsed(n, path, func(text string) (any, error) { return parseLogLevel(text) })
	case mailTLSType:
		return d.parsed(n, path, func(text string) (any, error) { return parseMailTLS(text) })
	}
	switch t.Kind() { //nolint:exhaustive // the default takes the rest
	case reflect.String:
		v.SetString(n.Value)
		return v, d.choice(n, t, r, path)
	case reflect.Bool:
		b, err := strconv.ParseBool(n.Value)
		if n.ShortTag() != "!!bool" || err != nil {
			d.problem(n, path, "write true or false, without quotes", "must be true or false, not %s", d.shown(n, t))
			return v, false
		}
		v.SetBool(b)
		return v, true
	case reflect.Int:
		return d.integer(n, v, r, path)
	case reflect.Float64:
		return d.float(n, v, r, path)
	default:
		d.problem(n, path, "report this", "has a type that the program does not read")
		return v, false
	}
}

func (d *decoder) integer(n *yaml.Node, v reflect.Value, r rules, path string) (reflect.Value, bool) {
	var i int
	if n.ShortTag() != "!!int" || n.Decode(&i) != nil {
		d.problem(n, path, rangeHint(r, "write a whole number without quotes"), "must be a whole number, not %s", d.shown(n, v.Type()))
		return v, false
	}
	v.SetInt(int64(i))
	return v, d.within(n, float64(i), r, path)
}

func (d *decoder) float(n *yaml.Node, v reflect.Value, r rules, path string) (reflect.Value, bool) {
	var f float64
	tag := n.ShortTag()
	if tag != "!!int" && tag != "!!float" || n.Decode(&f) != nil || math.IsNaN(f) {
		d.problem(n, path, rangeHint(r, "write a number without quotes"), "must be a number, not %s", d.shown(n, v.Type()))
		return v, false
	}
	v.SetFloat(f)
	return v, d.within(n, f, r, path)
}

func (d *decoder) within(n *yaml.Node, f float64, r rules, path string) bool {
	if (r.min == nil || f >= *r.min) && (r.max == nil || f <= *r.max) {
		return true
	}
	d.problem(n, path, rangeHint(r, ""), "%s is out of range", d.shown(n, reflect.TypeFor[int]()))
	return false
}

func rangeHint(r rules, otherwise string) string {
	number := func(f *float64) string { return strconv.FormatFloat(*f, 'f', -1, 64) }
	switch {
	case r.min != nil && r.max != nil:
		return "write a number from " + number(r.min) + " to " + number(r.max)
	case r.min != nil:
		return "write a number of at least " + number(r.min)
	default:
		return otherwise
	}
}

func (d *decoder) choice(n *yaml.Node, t reflect.Type, r rules, path string) bool {
	if len(r.enum) == 0 || slices.Contains(r.enum, n.Value) {
		return true
	}
	hint := "write one of " + strings.Join(r.enum, ", ")
	if c := closest(n.Value, r.enum); c != "" && !d.expanded[n] {
		hint += "; did you mean " + c + "?"
	}
	d.problem(n, path, hint, "%s is not a choice", d.shown(n, t))
	return false
}

// parsed runs a parser of one-word values, whose errors repeat nothing.
func (d *decoder) parsed(n *yaml.Node, path string, parse func(string) (any, error)) (reflect.Value, bool) {
	v, err := parse(n.Value)
	if err != nil {
		d.problem(n, path, d.parseHint(n, err), "%s %s", d.shown(n, durationType), err)
		return reflect.Value{}, false
	}
	return reflect.ValueOf(v), true
}

func (d *decoder) parseHint(n *yaml.Node, err error) string {
	switch {
	case errors.Is(err, errNoUnit) && !d.expanded[n]:
		return "write " + clip(n.Value) + "s for seconds, " + clip(n.Value) + "m for minutes"
	case errors.Is(err, errSize):
		return "write a size such as 8GB or 512MiB"
	case errors.Is(err, errLogLevel):
		return "write one of debug, info, warn, error"
	case errors.Is(err, errMailTLS):
		return "write starttls, tls or none"
	default:
		return "write a duration such as 30s, 5m, 2h or 90d"
	}
}

// wanted names what a type takes, for people.
func wanted(t reflect.Type) string {
	switch kind := t.Kind(); {
	case t == durationType:
		return "a duration"
	case t == sizeType:
		return "a size"
	case kind == reflect.Bool:
		return "true or false"
	case kind == reflect.Int:
		return "a whole number"
	case kind == reflect.Float64:
		return "a number"
	default:
		return "text"
	}
}

// shown quotes a value, unless it is secret or may hold one.
func (d *decoder) shown(n *yaml.Node, t reflect.Type) string {
	switch {
	case t == secretType:
		return "the value"
	case d.expanded[n]:
		return "the value from the environment"
	default:
		return strconv.Quote(clip(n.Value))
	}
}

func (d *decoder) problem(n *yaml.Node, key, hint, format string, args ...any) {
	d.report.at(pos(d.file, n), join(d.prefix, key), hint, format, args...)
	if !d.unused {
		d.report.mark(key)
	}
}

// clip shortens what is shown of a value.
func clip(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:57], "") + "..."
}
