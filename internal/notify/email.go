package notify

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/semsync/semsync/internal/metadata"
)

// MailTLS says how a connection to a mail server is encrypted.
type MailTLS string

// The ways.
const (
	StartTLS    MailTLS = "starttls" // nothing but the greeting goes unencrypted
	ImplicitTLS MailTLS = "tls"      // from the first byte
	PlainText   MailTLS = "none"
)

// EmailConfig says how mail is sent.
type EmailConfig struct {
	Host     string
	Port     int
	Username string // "" for no login
	Password metadata.Secret
	From     string
	To       []string // each gets a mail of its own
	TLS      MailTLS
	// TLSConfig is the client's; nil trusts what the system does.
	TLSConfig *tls.Config
	NotifyOn  []Event
	// Timeout of one attempt; default 15 s.
	Timeout time.Duration
}

// Email sends notices through an SMTP server.
type Email struct {
	events
	cfg  EmailConfig
	from *mail.Address
	to   []string
}

// NewEmail checks the configuration.
func NewEmail(cfg EmailConfig) (*Email, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = sendTimeout
	}
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fault(metadata.FaultInvalid, metadata.ClassInvalid, "email", "", errors.New("from_address is not a mail address"))
	}
	e := &Email{events: cfg.NotifyOn, cfg: cfg, from: from}
	for _, text := range cfg.To {
		to, err := mail.ParseAddress(text)
		if err != nil {
			return nil, fault(metadata.FaultInvalid, metadata.ClassInvalid, "email", "", errors.New("one of to_addresses is not a mail address"))
		}
		if !slices.Contains(e.to, to.Address) {
			e.to = append(e.to, to.Address)
		}
	}
	if _, err := gomail.NewClient(cfg.Host, e.options(nil)...); err != nil {
		return nil, fault(metadata.FaultInvalid, metadata.ClassInvalid, "email", "", err)
	}
	return e, nil
}

// Name is email.
func (e *Email) Name() string { return "email" }

// Targets are the addresses, so that one that is refused does not keep mail from the others.
func (e *Email) Targets() []string { return e.to }

func (e *Email) options(dial gomail.DialContextFunc) []gomail.Option {
	out := []gomail.Option{gomail.WithPort(e.cfg.Port), gomail.WithTimeout(e.cfg.Timeout), gomail.WithTLSConfig(e.tls()), gomail.WithTLSPolicy(gomail.TLSMandatory)}
	// PLAIN and LOGIN refuse to go unencrypted, unless the user has chosen that, and was warned of it.
	auth := []gomail.SMTPAuthType{
		gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthCramMD5, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin,
	}
	switch e.cfg.TLS {
	case ImplicitTLS:
		out = append(out, gomail.WithSSL())
	case PlainText:
		out = append(out, gomail.WithTLSPolicy(gomail.NoTLS))
		auth = append(auth[:3], gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc)
	case StartTLS:
	}
	if e.cfg.Username != "" {
		out = append(out, gomail.WithOpportunisticSMTPAuth(auth...), gomail.WithUsername(e.cfg.Username), gomail.WithPassword(e.cfg.Password.Reveal()))
	}
	if dial != nil {
		out = append(out, gomail.WithDialContextFunc(dial))
	}
	return out
}

func (e *Email) tls() *tls.Config {
	if e.cfg.TLSConfig != nil {
		return e.cfg.TLSConfig
	}
	return &tls.Config{ServerName: e.cfg.Host, MinVersion: tls.VersionTLS12}
}

// Send sends a mail to one address.
func (e *Email) Send(ctx context.Context, n *Notice, to string) error {
	if !slices.Contains(e.to, to) {
		return fault(metadata.FaultMissing, metadata.ClassNotFound, "email", "", errors.New("the address is not configured any more"))
	}
	msg, err := e.message(n, to)
	if err != nil {
		return err
	}
	// The library's own deadlines bound each step; the context bounds the whole.
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeout)
	defer cancel()
	client, err := gomail.NewClient(e.cfg.Host, e.options(e.dial(ctx))...)
	if err != nil {
		return fault(metadata.FaultInvalid, metadata.ClassInvalid, "email", "", e.safe(err))
	}
	smtp, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return e.judge(ctx, err)
	}
	defer func() { _ = client.CloseWithSMTPClient(smtp) }() // what was accepted stays accepted
	if err := client.SendWithSMTPClient(smtp, msg); err != nil && !msg.IsDelivered() {
		return e.judge(ctx, err)
	}
	return nil
}

// dial gives a dialler whose connections end with the context, which the library asks only while it dials.
func (e *Email) dial(whole context.Context) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{Timeout: e.cfg.Timeout}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(whole, func() { _ = conn.Close() })
		if e.cfg.TLS != ImplicitTLS {
			return conn, nil
		}
		secure := tls.Client(conn, e.tls())
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return secure, nil
	}
}

// message makes the mail. Its id is the same for the same notice and address, by which mail servers and readers drop a second copy.
func (e *Email) message(n *Notice, to string) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := errors.Join(msg.FromFormat(e.from.Name, e.from.Address), msg.To(to)); err != nil {
		return nil, fault(metadata.FaultInvalid, metadata.ClassInvalid, "email", "", errors.New("an address is not valid"))
	}
	_, domain, _ := strings.Cut(e.from.Address, "@")
	sum := sha256.Sum256([]byte(n.ID + "\x00" + to))
	msg.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + "@" + domain)
	msg.SetDateWithValue(n.At)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	msg.Subject(clip("[semsync] "+clean(n.Title), 200))
	html, err := htmlOf(n)
	if err != nil {
		return nil, err
	}
	msg.SetBodyString(gomail.TypeTextPlain, textOf(n))
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
	return msg, nil
}

// judge says what a failed attempt means: 5xx answers are final, all else may pass.
func (e *Email) judge(ctx context.Context, err error) error {
	safe := e.safe(err)
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return fault(metadata.FaultStopped, "", "email", "", errors.New("stopped while sending"))
	}
	switch code := answerCode(err); {
	case code == 530 || code == 534 || code == 535 || code == 538:
		return fault(metadata.FaultDenied, metadata.ClassPermission, "email", "check username, password and tls", safe)
	case code >= 500:
		return fault(metadata.FaultInvalid, metadata.ClassInvalid, "email", "", safe)
	default:
		return fault(metadata.FaultTransient, metadata.ClassUnavailable, "email", "", safe)
	}
}

// answerCode is the server's answer, 0 where there was none.
func answerCode(err error) int {
	if send, ok := errors.AsType[*gomail.SendError](err); ok && send.ErrorCode() != 0 {
		return send.ErrorCode()
	}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return answer.Code
	}
	return 0
}

// safe gives what a server said without what we said to it.
func (e *Email) safe(err error) error {
	password := e.cfg.Password.Reveal()
	secrets := []string{password}
	if password != "" {
		for _, sent := range []string{password, "\x00" + e.cfg.Username + "\x00" + password} {
			secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(sent)), strconv.Quote(sent))
		}
	}
	return errors.New(clip(clean(redact(err.Error(), secrets...)), 300))
}
