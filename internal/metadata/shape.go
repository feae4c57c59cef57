package metadata

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Shape is what a table is made of whatever it is called: its kind, and the names, types and nullability of its fields in
// their order. Two tables have the same text for it only when they are made of the same.
type Shape struct{ hash hash.Hash }

// NewShape begins the shape of a table that has no fields yet.
func NewShape(kind TableKind) Shape {
	s := Shape{sha256.New()}
	s.text(string(kind))
	return s
}

// Add appends a field.
func (s Shape) Add(name, dataType string, nullable bool) {
	s.text(name)
	s.text(dataType)
	if nullable {
		s.text("null")
	} else {
		s.text("")
	}
}

// text adds a text behind its length, so that no two sequences of texts are the same bytes.
func (s Shape) text(text string) {
	_, _ = s.hash.Write(binary.AppendUvarint(nil, uint64(len(text))))
	_, _ = s.hash.Write([]byte(text))
}

// String gives the shape as 32 hexadecimal digits.
func (s Shape) String() string { return hex.EncodeToString(s.hash.Sum(nil)[:16]) }

// Shape gives the shape of the table; "" when it has no fields.
func (t *Table) Shape() string {
	if len(t.Fields) == 0 {
		return ""
	}
	s := NewShape(t.Kind)
	for i := range t.Fields {
		s.Add(t.Fields[i].Name, t.Fields[i].DataType, t.Fields[i].Nullable)
	}
	return s.String()
}
