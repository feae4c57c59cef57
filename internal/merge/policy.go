package merge

import "slices"

// stance says when semsync's own value replaces an edit.
type stance int

const (
	never      stance = iota
	onConflict        // when both sides left the base
	always            // whenever there is an own value
	joining           // in a conflict both are kept
)

// policy is what the rules come to for one attribute.
type policy struct {
	own          stance
	waits        bool // a conflict in which the edit stays waits for a person
	overDeclared bool // edits go before declared values
}

// tagPolicy is what the rules come to for tags.
type tagPolicy struct {
	strategy     TagStrategy
	preserve     bool // an edited set is left as it is
	always       bool // replaces without a conflict
	overDeclared bool
}

func (r Rules) policyOf(a attribute) policy {
	p := policy{overDeclared: r.keepsBeforeDeclared(a)}
	p.own = r.stanceOf(a)
	p.waits = p.own == never && !p.overDeclared && !r.settles(a) && (r.Strategy == "" || r.Strategy == Manual)
	return p
}

func (r Rules) stanceOf(a attribute) stance {
	switch {
	case r.keepsBeforeDeclared(a):
		return never
	case a == description && r.DescriptionStrategy != "":
		return r.descriptionStance()
	case r.PreserveManualEdits != nil && *r.PreserveManualEdits:
		return never
	case r.overwrites():
		return always
	case r.Precedence == MergeBoth && (a == description || a == validValues):
		return joining
	case r.settles(a) && a == validValues:
		return joining
	case r.settles(a):
		return never
	case r.Strategy == PreferNew:
		return onConflict
	default:
		return never
	}
}

func (r Rules) descriptionStance() stance {
	switch r.DescriptionStrategy {
	case DescriptionAppend:
		return joining
	case DescriptionReplace:
		if r.overwrites() {
			return always
		}
		return onConflict
	case DescriptionPreserve:
	}
	return never
}

func (r Rules) tagPolicy() tagPolicy {
	p := tagPolicy{
		strategy:     r.TagStrategy,
		preserve:     slices.Contains(r.FieldsToPreserve, tags.String()),
		overDeclared: r.keepsBeforeDeclared(tags),
	}
	if p.strategy == "" {
		p.strategy = TagUnion
		if r.overwrites() && r.Strategy != PreferExisting {
			p.strategy = TagReplace
		}
	}
	p.always = p.strategy == TagReplace && r.overwrites()
	return p
}

// keepsBeforeDeclared tells whether edits of the attribute go before everything.
func (r Rules) keepsBeforeDeclared(a attribute) bool {
	return r.Strategy == PreferExisting || slices.Contains(r.FieldsToPreserve, a.String())
}

// overwrites tells whether edits have no privilege in general.
func (r Rules) overwrites() bool {
	if r.PreserveManualEdits != nil {
		return !*r.PreserveManualEdits
	}
	return r.Precedence == AutoOverwrites
}

// settles tells whether conflicts of the attribute are settled without a person.
func (r Rules) settles(a attribute) bool {
	return r.Strategy == AutoMerge || r.Mode == ModeAutoGenerate || r.Precedence == MergeBoth ||
		slices.Contains(r.FieldsToAutoMerge, a.String())
}

// facts are what is known of the two sides of one attribute.
type facts struct {
	edited   bool // current ≠ base
	agree    bool // own = current
	moved    bool // own ≠ base
	proposed bool // own is set
	declared bool // own comes from a definition file
}

// decision is what becomes of one attribute.
type decision int

const (
	takeOwn decision = iota
	keepCurrent
	joinBoth
)

// decide applies the policy. The resolution is empty where there is no conflict.
func (p *policy) decide(f facts) (decision, Resolution) {
	d := p.choose(f)
	if !f.edited || f.agree || !f.proposed || !f.moved {
		return d, ""
	}
	switch d {
	case takeOwn:
		return d, Taken
	case joinBoth:
		return d, Joined
	case keepCurrent:
	}
	if p.waits {
		return d, Waits
	}
	return d, Kept
}

func (p *policy) choose(f facts) decision {
	switch {
	case !f.edited:
		return takeOwn
	case f.agree, !f.proposed:
		return keepCurrent
	case f.declared && !p.overDeclared:
		return takeOwn
	}
	switch p.own {
	case always:
		return takeOwn
	case onConflict:
		if f.moved {
			return takeOwn
		}
	case joining:
		if f.moved {
			return joinBoth
		}
	case never:
	}
	return keepCurrent
}
