package config

import (
	"bytes"
	_ "embed"
)

//go:embed schema.json
var schema []byte

// Schema gives the JSON Schema of the file, for editors and for checks
// elsewhere. It is made from the Go types by schemagen.
func Schema() []byte { return bytes.Clone(schema) }
