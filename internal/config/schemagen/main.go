// Command schemagen writes the JSON Schema of the configuration and the
// reference in docs/configuration.md from the Go types, their comments and
// their defaults. go generate runs it in internal/config.
package main

import (
	"log"
	"os"
	"path/filepath"
)

// Where things are, from internal/config.
const (
	schemaFile = "schema.json"
	docsFile   = "../../docs/configuration.md"
)

func main() {
	if err := run("."); err != nil {
		log.Fatal(err)
	}
}

// run writes both files; dir is internal/config.
func run(dir string) error {
	files, err := generate(dir)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil { //nolint:gosec // part of the source tree
			return err
		}
	}
	return nil
}

// generate gives the content of each generated file by its path from dir.
func generate(dir string) (map[string][]byte, error) {
	root, err := reflectConfig(dir)
	if err != nil {
		return nil, err
	}
	docs, err := os.ReadFile(filepath.Join(dir, docsFile)) //nolint:gosec // part of the source tree
	if err != nil {
		return nil, err
	}
	docs, err = replaceReference(docs, reference(root))
	if err != nil {
		return nil, err
	}
	text, err := finish(root)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{schemaFile: text, docsFile: docs}, nil
}
