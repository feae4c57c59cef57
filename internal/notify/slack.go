package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/semsync/semsync/internal/metadata"
)

// maxSection is how many characters Slack takes in one section: 3,000, less some for what is cut.
const maxSection = 2900

// maxLine is the length of a line before it is escaped, which can make it five times as long.
const maxLine = 500

// SlackConfig says where notices are posted.
type SlackConfig struct {
	WebhookURL   metadata.Secret
	Channel      string   // instead of the webhook's own, where Slack allows it
	MentionUsers []string // ids such as U012ABCDEF, or here, channel; mentioned where somebody should look at once
	NotifyOn     []Event
	// Timeout of one attempt; default 15 s.
	Timeout time.Duration
}

// Slack posts notices to an incoming webhook.
type Slack struct {
	events
	cfg      SlackConfig
	post     *poster
	mentions string
}

// NewSlack checks the configuration.
func NewSlack(cfg SlackConfig) (*Slack, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = sendTimeout
	}
	p, err := newPoster("slack", cfg.WebhookURL, cfg.Timeout)
	if err != nil {
		return nil, err
	}
	s := &Slack{events: cfg.NotifyOn, cfg: cfg, post: p}
	for _, user := range cfg.MentionUsers {
		s.mentions += " " + mention(user)
	}
	return s, nil
}

// Name is slack.
func (s *Slack) Name() string { return "slack" }

// Targets are the one webhook.
func (s *Slack) Targets() []string { return []string{""} }

// slackMessage is what Slack takes; see docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
type slackMessage struct {
	Channel string       `json:"channel,omitempty"`
	Text    string       `json:"text"` // for notifications, and where blocks are not shown
	Blocks  []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type string    `json:"type"`
	Text slackText `json:"text"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Send posts a notice.
func (s *Slack) Send(ctx context.Context, n *Notice, _ string) error {
	body, err := json.Marshal(s.message(n))
	if err != nil {
		return fmt.Errorf("encode the notice: %w", err)
	}
	return s.post.post(ctx, body, http.Header{})
}

func (s *Slack) message(n *Notice) slackMessage {
	head := "*" + plain(n.Title) + "*"
	if n.Event.bad() {
		head += s.mentions
	}
	m := slackMessage{Channel: s.cfg.Channel, Text: escapeSlack(n.Title), Blocks: []slackBlock{section(head)}}
	var facts []string
	for _, line := range n.facts() {
		facts = append(facts, plain(clip(line, maxLine)))
	}
	m.Blocks = append(m.Blocks, sections(facts)...)
	var items []string
	for _, i := range n.Items {
		items = append(items, "• "+code(clip(i.Object, maxLine/2))+" "+plain(clip(i.Detail, maxLine/2)))
	}
	if more := n.more(); more != "" {
		items = append(items, more)
	}
	if len(items) > 0 {
		m.Blocks = append(m.Blocks, sections(items)...)
	}
	m.Blocks = append(m.Blocks, section("More: "+code(n.Command)))
	return m
}

func section(text string) slackBlock {
	return slackBlock{Type: "section", Text: slackText{Type: "mrkdwn", Text: text}}
}

// sections puts lines into as few sections as hold them.
func sections(lines []string) (out []slackBlock) {
	var text string
	for _, line := range lines {
		if text != "" && utf8.RuneCountInString(text)+utf8.RuneCountInString(line) >= maxSection {
			out = append(out, section(text))
			text = ""
		}
		if text != "" {
			text += "\n"
		}
		text += line
	}
	return append(out, section(text))
}

// escapeSlack escapes what Slack gives a meaning: its three characters of control.
func escapeSlack(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// plain keeps a text from being formatted: a zero-width space ends what would be a pair of formatting marks. See
// docs.slack.dev/messaging/formatting-message-text.
func plain(s string) string {
	return strings.NewReplacer("*", "\u200b*", "_", "\u200b_", "~", "\u200b~", "`", "\u200b`", "@", "@\u200b").Replace(escapeSlack(s))
}

// code shows a text as code, in which a backtick cannot stand.
func code(s string) string {
	return "`" + escapeSlack(strings.ReplaceAll(s, "`", "ˋ")) + "`"
}

var slackID = regexp.MustCompile(`^[A-Z0-9]+$`)

// mention mentions a user by id, a user group (S…) or everybody; anything else is shown as it is.
func mention(user string) string {
	user = strings.TrimPrefix(user, "@")
	switch {
	case user == "here" || user == "channel" || user == "everyone":
		return "<!" + user + ">"
	case strings.HasPrefix(user, "S") && slackID.MatchString(user):
		return "<!subteam^" + user + ">"
	case slackID.MatchString(user):
		return "<@" + user + ">"
	default:
		return plain("@" + clean(user))
	}
}
