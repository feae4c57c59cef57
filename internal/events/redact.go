package events

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// redactor takes the secrets of a Config out of texts that the NATS client
// makes, which may repeat addresses and server messages.
type redactor struct{ secrets []string }

// newRedactor learns the token and what the addresses hold before the @.
func newRedactor(cfg Config, servers []*url.URL) redactor {
	secrets := []string{cfg.Token.Reveal()}
	for _, u := range servers {
		if u.User == nil {
			continue
		}
		secrets = append(secrets, u.User.String())
		password, ok := u.User.Password()
		if !ok {
			password = u.User.Username() // alone, it is a token
		}
		secrets = append(secrets, password, url.QueryEscape(password), url.PathEscape(password))
	}
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // the whole before its parts
	return redactor{secrets: secrets}
}

func (r redactor) text(s string) string {
	for _, secret := range r.secrets {
		s = strings.ReplaceAll(s, secret, "[redacted]")
	}
	return s
}

// err gives an error with the redacted text and without the original in its
// chain, since that would print the secret.
func (r redactor) err(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(r.text(err.Error()))
}
