// Package wire turns the domain's words into the bytes that travel over NATS
// and back. It is the only importer of the generated code in internal/gen.
//
// What comes in is not trusted: sizes, ids, numbers and enumerations are
// checked before a value of the domain is made of them. Fields that a newer
// sender added are ignored; kinds and statuses that it added are ErrUnknown,
// which a reader may skip.
package wire

//go:generate go tool -modfile=../tools/go.mod buf generate ../../proto --template ../../proto/buf.gen.yaml --output ../..
