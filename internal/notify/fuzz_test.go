package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// FuzzNotice sends texts of anybody's making through every medium and reads them as the medium does.
func FuzzNotice(f *testing.F) {
	for _, text := range []string{
		"", "plain", "a\nb", "\r\nBcc: x@example.com\r\n\r\n", "<!channel> <@U1> <https://e.vil|here>", "*b* _i_ ~s~ `c` ```x```", "<script>alert(1)</script>", "&amp;&lt;",
		"\x1b[31m", "\u202egnp", "\xff\xfe", "=cmd|' /C calc'!A0", "@here @everyone", "{{.Title}}", "\u2028", "😀", "=?utf-8?q?x?=", ".\r\n.", strings.Repeat("é", 600),
	} {
		f.Add(text, text, text, text)
	}
	slack, err := NewSlack(SlackConfig{WebhookURL: "https://hooks.example/x", MentionUsers: []string{"U1"}})
	require.NoError(f, err)
	email, err := NewEmail(EmailConfig{Host: "mail.example", Port: 25, From: "Sem Sync <s@example.com>", To: []string{"a@example.com"}, TLS: StartTLS})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, name, field, detail, reason string) {
		n := noticeOf(name, field, detail, reason)
		checkWebhookBody(t, n)
		checkSlackMessage(t, slack.message(n), slack.message(noticeOf("t", "f", "d", "r")))
		checkMail(t, email, n, noticeOf("t", "f", "d", "r"))
	})
}

// noticeOf makes a notice as the notifier does.
func noticeOf(name, field, detail, reason string) *Notice {
	h := metadata.Happening{Key: "k", At: time.Unix(1e9, 0).UTC(), Run: metadata.Run{
		ID: uuid.Max, Status: metadata.StatusFailed, InitiatedBy: "x" + name, Error: "x" + reason, StartedAt: time.Unix(1e9, 0).UTC(),
	}}
	n := newNotice(h, SyncFailed)
	for range 3 {
		n.add(metadata.Change{Table: metadata.TableID{Source: "s", Database: name, Name: name}, Field: "x" + field}, "x"+detail)
	}
	n.Title = n.title()
	return n
}

// harmless wants text of one line that can be shown.
func harmless(t *testing.T, text string) {
	t.Helper()
	require.True(t, utf8.ValidString(text))
	require.Equal(t, -1, strings.IndexFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200b' || r == '\u2028' || r == '\u2029'
	}), "%q", text)
}

func checkWebhookBody(t *testing.T, n *Notice) {
	t.Helper()
	body, err := json.Marshal(n)
	require.NoError(t, err)
	var back Notice
	require.NoError(t, json.Unmarshal(body, &back))
	require.Equal(t, n, &back, "nothing is lost on the way")
	for _, text := range []string{n.Title, n.Reason, n.Run.InitiatedBy, n.Items[0].Object, n.Items[0].Detail} {
		harmless(t, text)
	}
}

// checkSlackMessage wants no control sequence but our own mention, and no open formatting.
func checkSlackMessage(t *testing.T, m, usual slackMessage) {
	t.Helper()
	body, err := json.Marshal(m)
	require.NoError(t, err)
	require.True(t, json.Valid(body))
	require.Len(t, m.Blocks, len(usual.Blocks))
	for _, b := range m.Blocks {
		require.LessOrEqual(t, utf8.RuneCountInString(b.Text.Text), 3000)
		text := strings.ReplaceAll(b.Text.Text, "<@U1>", "")
		require.NotContains(t, text, "<")
		require.NotContains(t, text, ">")
		for line := range strings.SplitSeq(text, "\n") {
			harmless(t, line)
			require.LessOrEqual(t, strings.Count(line, "`")-strings.Count(line, "\u200b`"), 2, "only ours mark code: %q", line)
			require.Equal(t, strings.Count(line, "@"), strings.Count(line, "@\u200b")+strings.Count(code0(line), "@"), "%q", line)
		}
	}
}

// code0 gives what a line shows as code, where nothing is formatted.
func code0(line string) string {
	_, rest, found := strings.Cut(line, "• `")
	if !found {
		return ""
	}
	inside, _, _ := strings.Cut(rest, "`")
	return inside
}

// checkMail reads a mail as a mail program does, and compares its structure with that of a usual one.
func checkMail(t *testing.T, e *Email, n, usual *Notice) {
	t.Helper()
	head, plainText, page := readMail(t, e, n)
	usualHead, usualText, usualPage := readMail(t, e, usual)
	require.Len(t, head, len(usualHead), "no header more: %v", head)
	subject, err := new(mime.WordDecoder).DecodeHeader(head.Get("Subject"))
	require.NoError(t, err)
	harmless(t, subject)
	require.Equal(t, head.Get("To"), usualHead.Get("To"))
	require.Equal(t, strings.Count(usualText, "\n"), strings.Count(plainText, "\n"), "no line more: %q", plainText)
	for line := range strings.SplitSeq(strings.ReplaceAll(plainText, "\r\n", "\n"), "\n") {
		harmless(t, line)
	}
	require.Equal(t, strings.Count(usualPage, "<"), strings.Count(page, "<"), "no element more: %q", page)
	require.Equal(t, strings.Count(usualPage, ">"), strings.Count(page, ">"))
}

func readMail(t *testing.T, e *Email, n *Notice) (head mail.Header, plainText, page string) {
	t.Helper()
	m, err := e.message(n, "a@example.com")
	require.NoError(t, err)
	var b bytes.Buffer
	_, err = m.WriteTo(&b)
	require.NoError(t, err)
	read, err := mail.ReadMessage(&b)
	require.NoError(t, err)
	_, params, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	require.NoError(t, err)
	parts := multipart.NewReader(read.Body, params["boundary"])
	var bodies []string
	for {
		part, err := parts.NextPart() // undoes quoted-printable
		if errors.Is(err, io.EOF) {
			require.Len(t, bodies, 2)
			return read.Header, bodies[0], bodies[1]
		}
		require.NoError(t, err)
		body, err := io.ReadAll(part)
		require.NoError(t, err)
		bodies = append(bodies, string(body))
	}
}
