package notify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/semsync/semsync/internal/metadata"
)

// mailServer is a real SMTP server that does what it is told.
type mailServer struct {
	host   string
	port   int
	trust  *x509.CertPool
	tlsNow bool

	mu    sync.Mutex
	mails []string
	// mayRcpt answers a recipient; n counts them from 1. mayLogin answers a password.
	mayRcpt func(n int, to string) error
	rcpts   int
}

const mailUser = "semsync@example.com"

// newMailServer starts a server: starttls, tls or none as MailTLS says.
func newMailServer(t *testing.T, way MailTLS) *mailServer {
	t.Helper()
	m := &mailServer{host: "127.0.0.1", tlsNow: way != PlainText}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &mailSession{m: m, c: c}, nil }))
	s.Domain, s.AllowInsecureAuth, s.ErrorLog = "localhost", way == PlainText, quiet{}
	l, err := net.Listen("tcp", m.host+":0")
	require.NoError(t, err)
	m.port = l.Addr().(*net.TCPAddr).Port
	if way != PlainText {
		var cert tls.Certificate
		cert, m.trust = selfSigned(t)
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
		if way == ImplicitTLS {
			l = tls.NewListener(l, s.TLSConfig)
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	// The listener too: a server that is closed before it serves does not know it.
	t.Cleanup(func() { _ = s.Close(); _ = l.Close(); <-done })
	return m
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func (m *mailServer) received() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.mails...)
}

func (m *mailServer) email(t *testing.T, way MailTLS, change ...func(*EmailConfig)) *Email {
	t.Helper()
	cfg := EmailConfig{
		Host: m.host, Port: m.port, Username: mailUser, Password: canary + "-password", From: "semsync <semsync@example.com>",
		To: []string{"Ann <ann@example.org>", "bob@example.org"}, TLS: way, NotifyOn: Known, Timeout: 5 * time.Second,
	}
	if m.trust != nil {
		cfg.TLSConfig = &tls.Config{RootCAs: m.trust, ServerName: m.host, MinVersion: tls.VersionTLS12}
	}
	for _, c := range change {
		c(&cfg)
	}
	e, err := NewEmail(cfg)
	require.NoError(t, err)
	return e
}

type mailSession struct {
	m  *mailServer
	c  *smtp.Conn
	ok bool
	to string
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if _, secure := s.c.TLSConnectionState(); secure != s.m.tlsNow {
			return errors.New("the password came unencrypted")
		}
		if user != mailUser || password != canary+"-password" {
			// A server that repeats what it got.
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "no: " + password}
		}
		s.ok = true
		return nil
	}), nil
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error {
	if !s.ok {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.rcpts++
	s.to = to
	if s.m.mayRcpt != nil {
		return s.m.mayRcpt(s.m.rcpts, to)
	}
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.mails = append(s.m.mails, string(b))
	return err
}

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

func TestMailArrives(t *testing.T) {
	for _, way := range []MailTLS{StartTLS, ImplicitTLS, PlainText} {
		t.Run(string(way), func(t *testing.T) {
			m := newMailServer(t, way)
			e := m.email(t, way)
			require.Equal(t, []string{"ann@example.org", "bob@example.org"}, e.Targets())
			n := NewTest("x", time.Unix(1e9, 0))
			n.Title = "Ünïcode\r\nBcc: evil@example.net\r\n\r\n\x1b[31mred"
			n.Items = []Item{{Object: "src:db.<script>alert(1)</script>", Detail: "a & b"}}
			n.Total = 3
			require.NoError(t, e.Send(t.Context(), n, "ann@example.org"))
			require.NoError(t, e.Send(t.Context(), n, "ann@example.org"))
			require.NoError(t, e.Send(t.Context(), n, "bob@example.org"))
			got := m.received()
			require.Len(t, got, 3)
			first, again, other := parse(t, got[0]), parse(t, got[1]), parse(t, got[2])
			require.Equal(t, first.Header.Get("Message-Id"), again.Header.Get("Message-Id"), "a second copy has the same id")
			require.NotEqual(t, first.Header.Get("Message-Id"), other.Header.Get("Message-Id"))
			require.Equal(t, "<ann@example.org>", first.Header.Get("To"))
			require.Equal(t, `"semsync" <semsync@example.com>`, first.Header.Get("From"))
			require.Empty(t, first.Header.Get("Bcc"), "a title adds no header")
			subject, err := new(mime.WordDecoder).DecodeHeader(first.Header.Get("Subject"))
			require.NoError(t, err)
			require.Equal(t, "[semsync] Ünïcode  Bcc: evil@example.net    �[31mred", subject)
			body, err := io.ReadAll(first.Body)
			require.NoError(t, err)
			require.Contains(t, first.Header.Get("Content-Type"), "multipart/alternative")
			require.Contains(t, string(body), "text/plain")
			require.Contains(t, string(body), "&lt;script&gt;alert(1)")
			require.Contains(t, string(body), "and 2 more")
			require.NotContains(t, string(body), "\x1b")
		})
	}
}

func parse(t *testing.T, text string) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader([]byte(text)))
	require.NoError(t, err)
	return m
}

func TestMailFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		rcpt   error
		change func(*EmailConfig)
		kind   metadata.FaultKind
		says   string
	}{
		{"refused", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}, nil, metadata.FaultInvalid, "no such user"},
		{"greylisted", &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "try later"}, nil, metadata.FaultTransient, "try later"},
		{"password", nil, func(e *EmailConfig) { e.Password = canary + "-wrong" }, metadata.FaultDenied, "535"},
		{"no login", nil, func(e *EmailConfig) { e.Username = "" }, metadata.FaultInvalid, "authenticate"},
		{"unknown authority", nil, func(e *EmailConfig) { e.TLSConfig = nil }, metadata.FaultTransient, "certificate"},
		{"nobody listens", nil, func(e *EmailConfig) { e.Port = 1 }, metadata.FaultTransient, "refused"},
		{"not configured any more", nil, func(e *EmailConfig) { e.To = []string{"bob@example.org"} }, metadata.FaultMissing, "not configured"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMailServer(t, StartTLS)
			m.mayRcpt = func(int, string) error { return c.rcpt }
			if c.change == nil {
				c.change = func(*EmailConfig) {}
			}
			err := m.email(t, StartTLS, c.change).Send(t.Context(), NewTest("x", time.Now()), "ann@example.org")
			require.Error(t, err)
			require.Equal(t, c.kind, metadata.AsFault(err).Kind, err)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), canary)
			require.Empty(t, m.received())
		})
	}
}

// A server without STARTTLS gets neither the password nor the mail.
func TestNoTLSNoMail(t *testing.T) {
	m := newMailServer(t, PlainText)
	err := m.email(t, StartTLS).Send(t.Context(), NewTest("x", time.Now()), "ann@example.org")
	require.ErrorContains(t, err, "STARTTLS")
	require.Empty(t, m.received())
}

func TestMailServersThatHang(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	for _, way := range []MailTLS{StartTLS, ImplicitTLS} {
		e, err := NewEmail(EmailConfig{
			Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "a@example.com", To: []string{"b@example.com"}, TLS: way, Timeout: 100 * time.Millisecond,
		})
		require.NoError(t, err)
		began := time.Now()
		err = e.Send(t.Context(), NewTest("x", time.Now()), "b@example.com")
		require.Equal(t, metadata.FaultTransient, metadata.AsFault(err).Kind, err)
		require.Less(t, time.Since(began), 5*time.Second)
	}
}

func TestGreylistedMailArrivesAndARefusedAddressDoesNotMatter(t *testing.T) {
	m := newMailServer(t, StartTLS)
	m.mayRcpt = func(n int, to string) error {
		switch {
		case to == "bob@example.org":
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user " + canary + "-password"}
		case n < 4:
			return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
		default:
			return nil
		}
	}
	w := newWorld(t)
	w.plan("a")
	w.start(Config{}, m.email(t, StartTLS))
	w.ends(2)
	require.Len(t, m.received(), 1)
	require.Equal(t, []string{"ann@example.org|sent", "bob@example.org|given up"}, w.rows("target || CASE WHEN sent_at IS NULL THEN '|given up' ELSE '|sent' END"))
	require.Contains(t, w.rows("coalesce(error, '')")[1], "no such user [redacted]")
	w.silent()
}

func TestWrongMailAddresses(t *testing.T) {
	_, err := NewEmail(EmailConfig{Host: "h", Port: 25, From: "nobody", To: nil})
	require.ErrorContains(t, err, "from_address")
	_, err = NewEmail(EmailConfig{Host: "h", Port: 25, From: "a@b.c", To: []string{"a@b.c\r\nBcc: x@y.z"}})
	require.ErrorContains(t, err, "to_addresses")
}
