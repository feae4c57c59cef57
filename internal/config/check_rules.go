package config

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
	"github.com/semsync/semsync/internal/scope"
)

// templateVariables are what a description_template may hold.
var templateVariables = []string{"field_name", "entity", "action", "table_name", "database", "data_type"}

// attributes are the parts of a record that conflict rules speak of.
var attributes = []string{
	"business_term", "data_classification", "description", "is_pii", "owner", "pii_category",
	"refresh_cadence", "semantic_type", "steward_email", "tags", "valid_values",
}

func (k *checker) generation() {
	g := &k.AutoGeneration
	for i, p := range g.ContentRules.SkipFieldsMatching {
		k.pattern(at("auto_generation.content_rules.skip_fields_matching", i), p)
	}
	if g.Sampling.Enabled && g.Sampling.Timeout == 0 {
		k.problem("auto_generation.sampling.timeout", "write a duration such as 10s", "must not be 0")
	}
	first := map[string]int{}
	for i := range g.Patterns {
		p, key := &g.Patterns[i], at("auto_generation.patterns", i)
		if j, twice := first[p.Name]; twice && p.Name != "" {
			k.problem(key+".name", "give each pattern a name of its own", "auto_generation.patterns[%d] has the same name", j)
		}
		first[p.Name] = i
		k.fieldPattern(p, key)
	}
}

func (k *checker) fieldPattern(p *FieldPattern, key string) {
	if p.Name == "" {
		k.missingIn(key, "name", "give the pattern a name")
	}
	if p.Pattern == "" && len(p.Match) == 0 {
		k.missingIn(key, "pattern", "write the field names that it matches, such as \"*_email\"")
	}
	if p.Pattern != "" {
		k.pattern(key+".pattern", p.Pattern)
	}
	for i, m := range p.Match {
		k.pattern(at(key+".match", i)+".pattern", m.Pattern)
	}
	if p.Tag == "" && len(p.Tags) == 0 && p.DescriptionTemplate == "" && p.PIICategory == "" && p.DataClassification == "" {
		k.warn(key, "give it tag, tags, description_template, pii_category or data_classification", "says nothing about the fields it matches")
	}
	k.template(key+".description_template", p.DescriptionTemplate)
}

// missingIn reports a key that an entry must have, even in a partial file.
func (k *checker) missingIn(entry, name, hint string) {
	key := join(entry, name)
	if _, there := k.positions[key]; there {
		k.problem(key, hint, "is empty")
	} else {
		k.problem(key, hint, "is missing")
	}
}

func (k *checker) pattern(key, text string) {
	if _, err := scope.ParsePattern(text); err != nil {
		k.problem(key, "write a glob such as *_id, or a valid RE2 expression", "the pattern %s", err)
	}
}

var templateForm = regexp.MustCompile(`\{[^{}]*\}?|\}`)

func (k *checker) template(key, text string) {
	for _, found := range templateForm.FindAllString(text, -1) {
		name := strings.Trim(found, "{}")
		switch {
		case len(found) < 2 || found[0] != '{' || found[len(found)-1] != '}':
			k.problem(key, "write {field_name}, with both braces", "has a brace without its partner")
		case !slices.Contains(templateVariables, name):
			hint := "known are {" + strings.Join(templateVariables, "}, {") + "}"
			if c := closest(name, templateVariables); c != "" {
				hint = "did you mean {" + c + "}?"
			}
			k.problem(key, hint, "{%s} is not a variable", clip(name))
		}
	}
}

func (k *checker) rules() {
	c := &k.ConflictResolution
	for name, list := range map[string][]string{
		"fields_to_preserve": c.FieldsToPreserve, "fields_to_auto_merge": c.FieldsToAutoMerge, "require_approval_for": c.RequireApprovalFor,
	} {
		for i, a := range list {
			key := at("conflict_resolution."+name, i)
			if !slices.Contains(attributes, a) {
				k.warn(key, "attributes are "+strings.Join(attributes, ", "), "is not an attribute")
			}
			if name == "fields_to_auto_merge" && slices.Contains(c.FieldsToPreserve, a) {
				k.problem(key, "keep it in one of the two lists", "is in fields_to_preserve too")
			}
		}
	}
	if c.Strategy == "prefer_new" && !c.PreserveManualEdits {
		k.warn("conflict_resolution.strategy", "set preserve_manual_edits to true", "what people wrote is replaced")
	}
	v := &k.Validation
	if v.FailOnErrors && v.WarnOnly {
		k.problem("validation.warn_only", "keep one of them", "contradicts fail_on_errors")
	}
	for i, r := range v.CustomRules {
		key := at("validation.custom_rules", i)
		if r.FieldPattern == "" {
			k.missingIn(key, "field_pattern", "write the field names that the rule is for")
		} else {
			k.pattern(key+".field_pattern", r.FieldPattern)
		}
		if r.ShouldHaveTag == "" {
			k.missingIn(key, "should_have_tag", "write the tag that is wanted")
		}
	}
}

func (k *checker) approval() {
	a := &k.Approval
	for i, kind := range a.AutoApproveFor {
		if slices.Contains(a.RequireApprovalFor, kind) && k.set("approval.require_approval_for") {
			k.problem(at("approval.auto_approve_for", i), "keep it in one of the two lists", "is in require_approval_for too")
		}
	}
	if a.ApprovalMode == "chain" && len(a.ApprovalChain) == 0 {
		k.missingIn("approval", "approval_chain", "name its stages")
	}
	if a.ApprovalMode == "all" && len(a.Approvers) == 0 {
		k.missingIn("approval", "approvers", "name those who must all agree")
	}
	if a.ApprovalMode != "chain" && len(a.ApprovalChain) > 0 {
		k.warn("approval.approval_chain", "set approval_mode to chain", "has no effect with approval_mode %s", a.ApprovalMode)
	}
	seen := map[string]int{}
	for i, s := range a.ApprovalChain {
		key := at("approval.approval_chain", i)
		if s.Name == "" {
			k.missingIn(key, "name", "give the stage a name")
		} else if j, twice := seen[s.Name]; twice {
			k.problem(key+".name", "give each stage a name of its own", "approval.approval_chain[%d] has the same name", j)
		}
		seen[s.Name] = i
		if len(s.Approvers) == 0 {
			k.missingIn(key, "approvers", "name those who decide")
		}
	}
}

func (k *checker) notifications() {
	n := &k.Notifications
	if n.Slack.WebhookURL != "" {
		k.webURL("notifications.slack.webhook_url", n.Slack.WebhookURL)
	} else if n.Slack.Enabled {
		k.missing("notifications.slack.webhook_url", "write the address of the incoming webhook")
	}
	if n.Webhook.URL != "" {
		k.webURL("notifications.webhook.url", n.Webhook.URL)
	} else if n.Webhook.Enabled {
		k.missing("notifications.webhook.url", "write the address to post to")
	}
	k.headers(n.Webhook.Headers)
	k.email(&n.Email)
	for name, on := range map[string]struct {
		enabled bool
		events  []string
	}{"slack": {n.Slack.Enabled, n.Slack.NotifyOn}, "email": {n.Email.Enabled, n.Email.NotifyOn}, "webhook": {n.Webhook.Enabled, n.Webhook.NotifyOn}} {
		if on.enabled && len(on.events) == 0 {
			k.warn("notifications."+name+".notify_on", "name the events to tell", "is empty, so that nothing is told")
		}
	}
}

var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

func (k *checker) headers(headers map[string]metadata.Secret) {
	for name, value := range headers {
		if !headerName.MatchString(name) || strings.ContainsAny(value.Reveal(), "\r\n\x00") {
			k.problem(join("notifications.webhook.headers", name), "use letters, digits and dashes, and one line", "is not a header")
		}
	}
}

func (k *checker) email(e *Email) {
	if e.Enabled {
		if e.SMTPHost == "" {
			k.missing("notifications.email.smtp_host", "write the mail server's name")
		}
		if e.FromAddress == "" {
			k.missing("notifications.email.from_address", "write an address such as semsync@example.com")
		}
		if len(e.ToAddresses) == 0 {
			k.missing("notifications.email.to_addresses", "write who gets the mails")
		}
	}
	if _, err := mail.ParseAddress(e.FromAddress); err != nil && e.FromAddress != "" {
		k.problem("notifications.email.from_address", "write name@example.com", "is not a mail address")
	}
	for i, a := range e.ToAddresses {
		if _, err := mail.ParseAddress(a); err != nil {
			k.problem(at("notifications.email.to_addresses", i), "write name@example.com", "is not a mail address")
		}
	}
	if e.Password != "" && e.TLS == MailPlain {
		k.warn("notifications.email.tls", "write starttls or tls", "the password is sent in plain text")
	}
	if e.CAFile != "" && e.TLS == MailPlain {
		k.warn("notifications.email.ca_file", "set tls to starttls or tls", "has no effect because tls is none")
	}
}
