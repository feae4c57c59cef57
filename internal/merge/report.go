package merge

import (
	"strconv"

	"github.com/semsync/semsync/internal/metadata"
)

const (
	reasonSource    = "changed in the source"
	reasonRestored  = "back in the source"
	reasonRemoved   = "gone from the source"
	reasonRenamed   = "renamed in the source"
	reasonEdited    = "edited in the layer"
	reasonDeclared  = "declared in a definition file"
	reasonComment   = "comment in the source"
	reasonGenerated = "generated"
	reasonWithdrawn = "not declared, commented or generated any more"
	reasonJoined    = "edited in the layer, and changed since"
	reasonNew       = "new in the source"
)

// reason says where a value comes from.
func (w *work) reason(o metadata.Origin) string {
	switch o {
	case metadata.OriginManual:
		return reasonEdited
	case metadata.OriginDictionary:
		return reasonDeclared
	case metadata.OriginSource:
		return reasonComment
	case metadata.OriginAuto:
		return reasonGenerated
	case metadata.OriginNone:
	}
	return reasonWithdrawn
}

// change reports one difference of what is in hand.
func (w *work) change(attribute, before, after, reason string) {
	if w.quiet {
		return
	}
	w.append(attribute, before, after, reason)
}

func (w *work) append(attribute, before, after, reason string) {
	c := metadata.Change{Table: w.in.Source.ID, Field: w.field, Attribute: attribute, Old: before, New: after, Reason: reason}
	if reason == reasonGenerated || reason == reasonNew {
		c.Confidence = w.confidence
	}
	if reason == reasonGenerated && w.evidence != "" {
		c.Reason += ": " + w.evidence
	}
	w.out.Changes = append(w.out.Changes, c)
}

// generation reports changed confidence and evidence.
func (w *work) generation(confidence float64, evidence string) {
	if w.quiet {
		return
	}
	if !sameConfidence(w.confidence, confidence) {
		w.change("confidence", numberText(confidence), numberText(w.confidence), reasonGenerated)
	}
	if w.evidence != evidence {
		w.change("evidence", evidence, w.evidence, reasonGenerated)
	}
}

func (w *work) conflict(a attribute, base, current, own string, o metadata.Origin, r Resolution) {
	w.out.Conflicts = append(w.out.Conflicts, Conflict{
		Table: w.in.Source.ID, Field: w.field, Attribute: a.String(),
		Base: base, Current: current, Proposed: own, Origin: o, Resolution: r,
	})
	if r == Waits && w.m.rules.Mode == ModeFail {
		w.problem(a.String(), Error, "both a person and semsync changed "+a.String())
	}
}

func (w *work) problem(attribute string, severity Reaction, message string) {
	if severity != Warn && severity != Error {
		return
	}
	if w.field != "" {
		message = "field " + strconv.Quote(w.field) + ": " + message
	}
	w.out.Problems = append(w.out.Problems, Problem{
		Table: w.in.Source.ID, Field: w.field, Attribute: attribute, Severity: severity, Message: message,
	})
}

func boolText(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}

func numberText(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

// listText gives a list as JSON, "" for none.
func listText(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return string(metadata.AppendList(nil, list))
}
