package delta

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/semsync/semsync/internal/metadata"
)

// The canonical form is a sequence of sections, each a tag and its content.
// Each text is preceded by its length and each list by its count, so that no
// two different tables have the same form.
const (
	tagSchema     = 'S'
	tagNames      = 'N'
	tagTypes      = 'T'
	tagComments   = 'C'
	tagIndexes    = 'I'
	tagPartitions = 'P'

	tagPosition = 0 // a key's field by its place in the table
	tagName     = 1 // a key's field that is not in the table
)

// encode appends the canonical form of the table to buf.
func (h *Hasher) encode(buf []byte, t *metadata.Table) []byte {
	if h.parts.schema {
		buf = h.appendSchema(buf, t)
	}
	if h.parts.names || h.parts.types || h.parts.comments {
		buf = h.appendFields(buf, t)
	}
	if h.parts.indexes {
		buf = h.appendIndexes(buf, t.Indexes)
	}
	if h.parts.partitions {
		buf = appendText(append(buf, tagPartitions), t.Partitioning)
	}
	return buf
}

func (h *Hasher) appendSchema(buf []byte, t *metadata.Table) []byte {
	buf = appendText(append(buf, tagSchema), string(t.Kind))
	buf = binary.AppendUvarint(buf, uint64(len(t.Fields)))
	for _, i := range h.fieldOrder(t.Fields) {
		f := &t.Fields[i]
		buf = appendBool(buf, f.Nullable)
		buf = appendText(buf, string(f.Identity))
		buf = appendText(buf, f.Default)
	}
	return h.appendKeys(buf, t)
}

func (h *Hasher) appendFields(buf []byte, t *metadata.Table) []byte {
	order := h.fieldOrder(t.Fields)
	if h.parts.names {
		buf = binary.AppendUvarint(append(buf, tagNames), uint64(len(order)))
		for _, i := range order {
			buf = appendText(buf, t.Fields[i].Name)
		}
	}
	if h.parts.types {
		buf = binary.AppendUvarint(append(buf, tagTypes), uint64(len(order)))
		for _, i := range order {
			buf = appendText(buf, t.Fields[i].DataType)
		}
	}
	if h.parts.comments {
		buf = appendText(append(buf, tagComments), t.Comment)
		buf = binary.AppendUvarint(buf, uint64(len(order)))
		for _, i := range order {
			buf = appendText(buf, t.Fields[i].Comment)
		}
	}
	return buf
}

// appendKeys names a key's own fields by their places, so that schema without
// column_names does not change when a column is only renamed.
func (h *Hasher) appendKeys(buf []byte, t *metadata.Table) []byte {
	order := h.sorted(len(t.Keys), func(a, b int) int { return compareKeys(&t.Keys[a], &t.Keys[b]) })
	buf = binary.AppendUvarint(buf, uint64(len(order)))
	for _, i := range order {
		k := &t.Keys[i]
		buf = appendText(buf, string(k.Kind))
		buf = appendText(buf, k.Name)
		buf = binary.AppendUvarint(buf, uint64(len(k.Fields)))
		for _, name := range k.Fields {
			buf = appendPlace(buf, t.Fields, name)
		}
		buf = appendText(buf, k.RefTable.Source)
		buf = appendText(buf, k.RefTable.Database)
		buf = appendText(buf, k.RefTable.Name)
		buf = appendTexts(buf, k.RefFields)
	}
	return buf
}

func (h *Hasher) appendIndexes(buf []byte, indexes []metadata.Index) []byte {
	order := h.sorted(len(indexes), func(a, b int) int { return compareIndexes(&indexes[a], &indexes[b]) })
	buf = binary.AppendUvarint(append(buf, tagIndexes), uint64(len(order)))
	for _, i := range order {
		x := &indexes[i]
		buf = appendText(buf, x.Name)
		buf = appendBool(buf, x.Unique)
		buf = appendTexts(buf, x.Fields)
		buf = appendText(buf, x.Definition)
	}
	return buf
}

// fieldOrder gives the places of the fields by ordinal.
func (h *Hasher) fieldOrder(fields []metadata.Field) []int {
	return h.sorted(len(fields), func(a, b int) int { return cmp.Compare(fields[a].Ordinal, fields[b].Ordinal) })
}

// sorted gives 0 to n-1 in the order of compare, in a scratch that is good until the next call.
// Readers deliver in order, so that it seldom sorts.
func (h *Hasher) sorted(n int, compare func(a, b int) int) []int {
	h.order = h.order[:0]
	inOrder := true
	for i := range n {
		inOrder = inOrder && (i == 0 || compare(i-1, i) <= 0)
		h.order = append(h.order, i)
	}
	if !inOrder {
		slices.SortStableFunc(h.order, compare)
	}
	return h.order
}

func compareKeys(a, b *metadata.Key) int {
	if c := cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name)); c != 0 {
		return c
	}
	return cmp.Or(slices.Compare(a.Fields, b.Fields), a.RefTable.Compare(b.RefTable), slices.Compare(a.RefFields, b.RefFields))
}

func compareIndexes(a, b *metadata.Index) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.Definition, b.Definition), slices.Compare(a.Fields, b.Fields), compareBools(a.Unique, b.Unique))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

func appendPlace(buf []byte, fields []metadata.Field, name string) []byte {
	for i := range fields {
		if fields[i].Name == name {
			return binary.AppendVarint(append(buf, tagPosition), int64(fields[i].Ordinal))
		}
	}
	return appendText(append(buf, tagName), name)
}

func appendTexts(buf []byte, texts []string) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(texts)))
	for _, s := range texts {
		buf = appendText(buf, s)
	}
	return buf
}

func appendText(buf []byte, s string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}

func appendBool(buf []byte, b bool) []byte {
	if b {
		return append(buf, 1)
	}
	return append(buf, 0)
}
