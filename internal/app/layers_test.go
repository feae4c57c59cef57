package app

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/semsync/semsync/"

// levels says on which level of the house each package is. A package imports
// only packages of lower levels, its own children and its own parent.
var levels = map[string]int{
	"internal/metadata": 0, "internal/profile": 0, "internal/service": 0, "internal/gen": 0, "examples": 0, "deploy": 0,
	"internal/approval": 1, "internal/delta": 1, "internal/enrich": 1, "internal/merge": 1, "internal/pii": 1, "internal/validate": 1, "internal/wire": 1, "internal/scope": 1,
	"internal/lineage": 1, "internal/yamldoc": 1,
	"internal/source": 2, "internal/layer": 2, "internal/queue": 2, "internal/events": 2, "internal/telemetry": 2,
	"internal/definitions": 2, "internal/notify": 2,
	"internal/coordinator": 3, "internal/worker": 3,
	"internal/config": 4, "internal/app": 5, "cmd": 6,
	"internal/testkit": 9, "internal/simulation": 9, // for tests only
}

// family gives the entry of levels that a package belongs to.
func family(path string) (string, bool) {
	for p := path; p != "." && p != ""; {
		if _, ok := levels[p]; ok {
			return p, true
		}
		cut := strings.LastIndex(p, "/")
		if cut < 0 {
			break
		}
		p = p[:cut]
	}
	return "", false
}

func TestImportsGoDownOnly(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}:{{join .Imports \" \"}}", module+"...").Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(out)) {
		path, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		path = strings.TrimPrefix(path, module)
		mine, ok := family(path)
		if !ok {
			t.Errorf("%s has no line in the table of levels", path)
			continue
		}
		for imported := range strings.FieldsSeq(imports) {
			name, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			theirs, _ := family(name)
			testHelp := strings.HasSuffix(path, "test") // the exported suites
			switch {
			case mine == theirs || testHelp || mine == "internal/testkit":
			case levels[theirs] >= levels[mine]:
				t.Errorf("%s imports %s, which is not below it", path, name)
			case levels[mine] == 3 && levels[theirs] == 2 && name != theirs:
				t.Errorf("%s imports the adapter %s: a use case knows only the contract %s", path, name, theirs)
			}
		}
	}
}
