// Package canary makes secrets that cannot be mistaken for anything else, and
// looks for them wherever a program may have let them out: in what it printed,
// in files, in Redis, in NATS streams, behind HTTP, in the semantic layer.
//
// A secret has two marks of 12 hexadecimal digits, one at each end, so that
// half of it is found too. Escaping for URLs, JSON, SQL or shells leaves the
// marks as they are; base64 at any alignment, hexadecimal, upper case and Go's
// lists of bytes are looked for as such. Between the marks stand characters
// that must be escaped in most languages, to give their escaping something to do.
//
// A scan that sees nothing proves nothing: a place without content is an error.
package canary
