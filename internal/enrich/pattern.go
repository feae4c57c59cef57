package enrich

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// Pattern is a user's rule: what the name of a field tells about it. What it
// leaves empty is taken from the built-in patterns; tags are added to theirs.
type Pattern struct {
	// Name tells patterns apart. That of a built-in pattern replaces it.
	Name string `json:"name" yaml:"name" mapstructure:"name"`
	// Match lists patterns of which any may match the field's name.
	Match []Match `json:"match" yaml:"match" mapstructure:"match"`
	// Pattern is the short form of Match with one entry.
	Pattern string `json:"pattern" yaml:"pattern" mapstructure:"pattern"`
	// Tag is the short form of Tags with one entry.
	Tag string `json:"tag" yaml:"tag" mapstructure:"tag"`
	// Tags that the field gets.
	Tags []string `json:"tags" yaml:"tags" mapstructure:"tags"`
	// DescriptionTemplate is the description, see CheckTemplate.
	DescriptionTemplate string `json:"description_template" yaml:"description_template" mapstructure:"description_template"`
	// PIICategory makes the field personal data of that kind; "none" says that it is not personal.
	PIICategory string `json:"pii_category" yaml:"pii_category" mapstructure:"pii_category"`
	// DataClassification that the field gets.
	DataClassification string `json:"data_classification" yaml:"data_classification" mapstructure:"data_classification"`
	// SemanticType that the field gets.
	SemanticType string `json:"semantic_type" yaml:"semantic_type" mapstructure:"semantic_type"`
	// Confidence from 0 to 1; 0 means DefaultConfidence.
	Confidence float64 `json:"confidence" yaml:"confidence" mapstructure:"confidence"`
}

// Match is one glob or regular expression on the raw name of a field. Upper and lower
// case count as the same, since engines differ in which they keep.
type Match struct {
	Pattern string `json:"pattern" yaml:"pattern" mapstructure:"pattern"`
}

// DefaultConfidence is that of a user's pattern without one of its own.
const DefaultConfidence = 0.9

// userRule is a compiled Pattern. It is safe for concurrent use.
type userRule struct {
	Pattern
	match    []*regexp.Regexp
	template template
	tags     []string
	evidence string
}

func compilePatterns(patterns []Pattern) ([]*userRule, error) {
	rules := make([]*userRule, 0, len(patterns))
	names := map[string]bool{}
	for i := range patterns {
		p := &patterns[i]
		if p.Name == "" {
			return nil, fmt.Errorf("pattern %d: name is empty", i+1)
		}
		if names[p.Name] {
			return nil, fmt.Errorf("pattern %q: name: there are two of that name", p.Name)
		}
		names[p.Name] = true
		r, err := p.compile()
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p.Name, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func (p *Pattern) compile() (*userRule, error) {
	r := &userRule{Pattern: *p, tags: normalTags(append(slices.Clone(p.Tags), p.Tag)), evidence: "configured pattern " + p.Name}
	if p.Pattern != "" {
		re, err := compileName(p.Pattern)
		if err != nil {
			return nil, fmt.Errorf("pattern: %w", err)
		}
		r.match = append(r.match, re)
	}
	for i, m := range p.Match {
		re, err := compileName(m.Pattern)
		if err != nil {
			return nil, fmt.Errorf("match[%d].pattern: %w", i, err)
		}
		r.match = append(r.match, re)
	}
	for _, text := range append(slices.Clone(r.tags), p.Name, p.DescriptionTemplate, p.PIICategory, p.DataClassification, p.SemanticType) {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return nil, fmt.Errorf("%q: holds a zero byte or is not UTF-8, which no database keeps", text)
		}
	}
	if len(r.match) == 0 {
		return nil, errors.New("match: is empty, so that no field would match")
	}
	if p.Confidence < 0 || p.Confidence > 1 || p.Confidence != p.Confidence {
		return nil, fmt.Errorf("confidence: %v is not between 0 and 1", p.Confidence)
	}
	if r.Confidence == 0 {
		r.Confidence = DefaultConfidence
	}
	var err error
	if r.template, err = compileTemplate(p.DescriptionTemplate); err != nil {
		return nil, fmt.Errorf("description_template: %w", err)
	}
	return r, nil
}

func (r *userRule) matches(name string) bool {
	for _, re := range r.match {
		if re.MatchString(name) {
			return true
		}
	}
	return false
}

// compileName compiles a glob or a regular expression on a name. What holds any of
// ^ $ | ( ) [ ] + \ or .* is an expression, all else a glob over the whole name; case does not matter.
func compileName(text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, errors.New("is empty")
	}
	source := "(?i)" + text
	if text == "*" || !strings.ContainsAny(text, `^$|()[]+\`) && !strings.Contains(text, ".*") {
		source = globSource(text)
	}
	re, err := regexp.Compile(source)
	if s, ok := errors.AsType[*syntax.Error](err); ok {
		return nil, fmt.Errorf("%q does not compile as a regular expression: %s", text, s.Code)
	}
	return re, err
}

func globSource(glob string) string {
	var b strings.Builder
	b.WriteString(`(?is)^`)
	for _, r := range glob {
		switch r {
		case '*':
			b.WriteString(`.*`)
		case '?':
			b.WriteByte('.')
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteByte('$')
	return b.String()
}
