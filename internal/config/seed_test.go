package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// seedFile is the document that the product grew from; it is not part of the repository.
const seedFile = "../../../shared/seed/semantic-layer-sync-config.md"

// seedDocs gives the configurations in the seed's yaml blocks. A key that comes
// twice in a block starts another alternative; bare keys belong to sync.
func seedDocs(t *testing.T) (valid []string, pseudo string) {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(seedFile))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the seed document is not here")
	}
	require.NoError(t, err)
	for i, block := range strings.Split(string(text), "```yaml\n") {
		if i == 0 {
			continue
		}
		block, _, _ = strings.Cut(block, "```")
		if strings.Contains(block, "mode: string") {
			pseudo = block
			continue
		}
		valid = append(valid, alternatives(t, block)...)
	}
	return valid, pseudo
}

func alternatives(t *testing.T, block string) []string {
	t.Helper()
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(block), &doc))
	var out []string
	current := &yaml.Node{Kind: yaml.MappingNode}
	seen := map[string]bool{}
	flush := func() {
		if len(current.Content) == 0 {
			return
		}
		root := current
		if find(rootKeys(), current.Content[0].Value) == nil {
			root = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "sync"}, current}}
		}
		text, err := yaml.Marshal(root)
		require.NoError(t, err)
		out = append(out, string(text))
		current, seen = &yaml.Node{Kind: yaml.MappingNode}, map[string]bool{}
	}
	content := doc.Content[0].Content
	for i := 0; i < len(content); i += 2 {
		if seen[content[i].Value] {
			flush()
		}
		seen[content[i].Value] = true
		current.Content = append(current.Content, content[i], content[i+1])
	}
	flush()
	return out
}

func TestSeedBlocksLoad(t *testing.T) {
	valid, pseudo := seedDocs(t)
	require.Greater(t, len(valid), 35, "every alternative of every block")
	for _, text := range valid {
		_, err := Load(LoadOptions{Path: "seed.yaml", Data: []byte(text), Environ: []string{}, Partial: true})
		require.NoError(t, err, text)
	}

	_, err := Load(LoadOptions{Path: "seed.yaml", Data: []byte(pseudo), Environ: []string{}, Partial: true})
	problems, ok := errors.AsType[Problems](err)
	require.True(t, ok, "the block that names types instead of values has problems")
	var got []string
	for _, p := range problems {
		got = append(got, p.Key+": "+p.Message)
	}
	want := []string{
		`sync.mode: "string" is not a choice`,
		`sync.schedule: "string" is not a cron expression: expected exactly 5 fields, found 1: [string]`,
		`sync.batch_size: must be a whole number, not "int"`,
		`sync.parallel_workers: must be a whole number, not "int"`,
		`sync.retry_on_failure: must be true or false, not "bool"`,
		`sync.max_retries: must be a whole number, not "int"`,
		`sync.retry_delay: "string" is not a duration`,
		`sync.dry_run_by_default: must be true or false, not "bool"`,
		`sync.auto_commit: must be true or false, not "bool"`,
		`sync.checkpoint_enabled: must be true or false, not "bool"`,
		`sync.checkpoint_interval: must be a whole number, not "int"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
