package merge

import "github.com/semsync/semsync/internal/metadata"

// none stands for no row.
const none = -1

// pair says which of the layer's rows belong to a field of the source.
type pair struct {
	key     int // the row to update, or none: a row is inserted
	content int // the row that says what is known of the field, or none
}

// matcher finds the rows that belong to fields. It is for one table at a time,
// and used again for the next. Its maps are made when first needed.
type matcher struct {
	rows   []metadata.FieldRecord
	fields []metadata.Field

	byName  map[string]int // rows
	byID    map[string]int // rows, live ones before removed ones
	current map[string]bool

	pairs []pair
	used  []bool // rows that are a key
}

func newMatcher() *matcher {
	return &matcher{byName: map[string]int{}, byID: map[string]int{}, current: map[string]bool{}}
}

// match pairs fields with rows: by name, then by object id. ids tells whether the ids of
// both belong to the same table object and may be compared.
func (m *matcher) match(fields []metadata.Field, rows []metadata.FieldRecord, ids bool) []pair {
	m.rows, m.fields = rows, fields
	clear(m.byName)
	clear(m.byID)
	clear(m.current)
	m.pairs, m.used = m.pairs[:0], m.used[:0]
	for range rows {
		m.used = append(m.used, false)
	}
	for i := range fields {
		m.pairs = append(m.pairs, pair{key: m.named(fields[i].Name, i), content: none})
		if key := m.pairs[i].key; key != none {
			m.used[key] = true
		}
	}
	for i := range fields {
		p := &m.pairs[i]
		p.content = p.key
		if ids && m.mayBeRenamed(&fields[i], p.key) {
			m.follow(&fields[i], p)
		}
	}
	return m.pairs
}

// forget lets go of the caller's rows.
func (m *matcher) forget() {
	m.rows, m.fields = nil, nil
	clear(m.byName)
	clear(m.byID)
	clear(m.current)
}

// named finds the row of a name, most often at the same place.
func (m *matcher) named(name string, hint int) int {
	if hint < len(m.rows) && m.rows[hint].Name == name {
		return hint
	}
	if len(m.rows) == 0 {
		return none
	}
	if len(m.byName) == 0 {
		for i := range m.rows {
			m.byName[m.rows[i].Name] = i
		}
	}
	if i, ok := m.byName[name]; ok {
		return i
	}
	return none
}

// mayBeRenamed tells whether the field may be known under another name: no row
// has its name, or only that of a removed field which was another one.
func (m *matcher) mayBeRenamed(f *metadata.Field, key int) bool {
	if f.ObjectID == "" || len(m.rows) == 0 {
		return false
	}
	return key == none || (m.rows[key].Removed && recreated(f.ObjectID, m.rows[key].ObjectID))
}

// follow looks for the field's id under other names.
func (m *matcher) follow(f *metadata.Field, p *pair) {
	row := m.identified(f.ObjectID)
	if row == none || row == p.key {
		return
	}
	switch gone := !m.inSource(m.rows[row].Name); {
	case p.key == none && gone && !m.used[row]:
		p.key, p.content = row, row
		m.used[row] = true
	case p.key == none && !gone, p.key != none && gone && !m.rows[row].Removed:
		p.content = row
	}
}

func (m *matcher) identified(id string) int {
	if len(m.byID) == 0 {
		for i := range m.rows {
			if before, ok := m.byID[m.rows[i].ObjectID]; !ok || m.rows[before].Removed {
				m.byID[m.rows[i].ObjectID] = i
			}
		}
	}
	if i, ok := m.byID[id]; ok {
		return i
	}
	return none
}

func (m *matcher) inSource(name string) bool {
	if len(m.current) == 0 {
		for i := range m.fields {
			m.current[m.fields[i].Name] = true
		}
	}
	return m.current[name]
}
