package config

import "errors"

// Paths are one or more paths or globs. In a file, one alone needs no list.
type Paths []string

// MailTLS says how a connection to a mail server is encrypted.
type MailTLS string

// The ways to encrypt mail.
const (
	MailStartTLS MailTLS = "starttls" // starts plain, then turns encrypted or fails
	MailFullTLS  MailTLS = "tls"      // encrypted from the first byte
	MailPlain    MailTLS = "none"
)

var errMailTLS = errors.New("is not one of starttls, tls, none, true, false")

func parseMailTLS(text string) (MailTLS, error) {
	switch text {
	case "starttls", "true":
		return MailStartTLS, nil
	case "tls":
		return MailFullTLS, nil
	case "none", "false":
		return MailPlain, nil
	default:
		return "", errMailTLS
	}
}
