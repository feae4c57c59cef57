package sqlstore

import "context"

// MigrateUp brings the layer up to a version, so that tests can fill each of them with rows.
func (s *Store) MigrateUp(ctx context.Context, version int64) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, version)
	return err
}

// Versions gives all versions, the first one first.
func (s *Store) Versions() (out []int64, err error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	for _, source := range p.ListSources() {
		out = append(out, source.Version)
	}
	return out, nil
}

// Qualify names a table of the layer in SQL.
func (s *Store) Qualify(table string) string { return s.dialect.Qualify(table) }
