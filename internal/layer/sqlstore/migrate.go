package sqlstore

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/semsync/semsync/internal/layer"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// versionTable is where goose keeps what was applied.
const versionTable = "semsync_migrations"

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open the migrations: %w", err)
	}
	versions, err := database.NewStore(s.dialect.Goose, s.dialect.Qualify(versionTable))
	if err != nil {
		return nil, fmt.Errorf("prepare the table of migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithStore(quotedStore{versions}), goose.WithDisableGlobalRegistry(true)}
	if s.dialect.MigrationLock != nil {
		options = append(options, goose.WithSessionLocker(s.dialect.MigrationLock))
	}
	p, err := goose.NewProvider(goose.DialectCustom, s.db, filledFS{files, s.dialect}, options...)
	if err != nil {
		return nil, fmt.Errorf("prepare the migrations: %w", err)
	}
	return p, nil
}

// quotedStore is goose's store without its look into PostgreSQL's catalog, which takes the quotes of a name for a part of it, finds no table
// of that name, and makes every upgrade fail on creating it again. goose then asks the table itself.
type quotedStore struct{ database.Store }

// Migrate creates and upgrades the layer's tables.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.CheckMigrated(ctx); err == nil {
		return nil
	}
	if s.dialect.OneWriter {
		s.writing.Lock()
		defer s.writing.Unlock()
	}
	p, err := s.provider()
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		_, err := p.Up(ctx)
		if err == nil {
			return nil
		}
		// Another process may be doing the same; the second try finds its work done.
		if try == 5 || ctx.Err() != nil {
			return s.fault("set up the layer", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// CheckMigrated gives layer.ErrNotMigrated until the layer is set up for this program.
func (s *Store) CheckMigrated(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	var have int64
	want := p.ListSources()[len(p.ListSources())-1].Version
	query := "SELECT coalesce(max(version_id), 0) FROM " + s.dialect.Qualify(versionTable) + " WHERE is_applied"
	if err := s.db.QueryRowContext(ctx, query).Scan(&have); err != nil {
		if ping := s.Ping(ctx); ping != nil {
			return ping
		}
		return layer.ErrNotMigrated
	}
	switch {
	case have < want:
		return layer.ErrNotMigrated
	case have > want:
		return fmt.Errorf("the semantic layer has version %d, and this program knows only %d: use a newer semsync", have, want)
	default:
		return nil
	}
}

// filledFS gives the migration files with their braces filled in.
type filledFS struct {
	fs.FS
	dialect Dialect
}

// Open gives the filled file.
func (f filledFS) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return file, err
	}
	text, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	tmpl, err := newTemplate(f.dialect).Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("parse migration %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, nil); err != nil {
		return nil, fmt.Errorf("fill migration %s: %w", name, err)
	}
	return &filledFile{Reader: bytes.NewReader(b.Bytes()), info: info}, nil
}

// ReadDir lists the files, which goose needs to find them.
func (f filledFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.FS, name) }

type filledFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *filledFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *filledFile) Close() error               { return nil }
