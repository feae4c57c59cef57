package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// mailbox is a real SMTP server with STARTTLS, whose certificate nobody but its own file vouches for. The first mail to
// each address is put off, as servers do that keep grey lists.
type mailbox struct {
	port   int
	caFile string

	mu    sync.Mutex
	tried map[string]int
	mails map[string][]string // by address
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{caFile: filepath.Join(t.TempDir(), "ca.pem"), tried: map[string]int{}, mails: map[string][]string{}}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &mailVisit{m: m, c: c}, nil }))
	s.Domain, s.TLSConfig = "localhost", ownCertificate(t, m.caFile)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr, ok := l.Addr().(*net.TCPAddr)
	require.True(t, ok)
	m.port = addr.Port
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l)
	}()
	t.Cleanup(func() {
		_, _ = s.Close(), l.Close()
		<-done
	})
	return m
}

// ownCertificate makes a certificate for 127.0.0.1 that is its own authority, and writes it to a file.
func ownCertificate(t *testing.T, file string) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// received are the mails to an address.
func (m *mailbox) received(address string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.mails[address]...)
}

type mailVisit struct {
	m  *mailbox
	c  *smtp.Conn
	to string
}

func (v *mailVisit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *mailVisit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if _, secure := v.c.TLSConnectionState(); !secure || user != "semsync" || password != "canary-mail" {
			return errors.New("refused")
		}
		return nil
	}), nil
}

func (v *mailVisit) Mail(string, *smtp.MailOptions) error { return nil }

func (v *mailVisit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.m.mu.Lock()
	defer v.m.mu.Unlock()
	v.to = to
	if v.m.tried[to]++; v.m.tried[to] == 1 {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come back later"}
	}
	return nil
}

func (v *mailVisit) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	v.m.mu.Lock()
	defer v.m.mu.Unlock()
	v.m.mails[v.to] = append(v.m.mails[v.to], string(text))
	return err
}

func (v *mailVisit) Reset() {}

func (v *mailVisit) Logout() error { return nil }
