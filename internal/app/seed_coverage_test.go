package app

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// seedTests says for each row of the seed which tests show that it works: keys of its YAML blocks, modes, commands, queries
// and troubleshooting entries. A test is written package.Name, or script:name for a script of this package.
var seedTests = map[string]string{
	"key sync":                   "config.TestSeedBlocksLoad",
	"key mode":                   "script:modes app.TestProfile",
	"key schedule":               "script:schedule config.TestSchedules config.TestScheduleObjects app.TestClocksPutForward app.TestClocksPutBack",
	"key batch_size":             "app.TestProfile config.TestRunSettings",
	"key parallel_workers":       "app.TestProfile app.TestParallelModesGiveTheSameLayer",
	"key parallel_mode":          "app.TestParallelModesGiveTheSameLayer",
	"key max_concurrent_queries": "app.TestQueriesInFlightAreBoundOverTheFleet queue.TestLimiterNeverExceedsItsLimit",
	"key retry_on_failure":       "config.TestRunSettings app.TestOutOfTries",
	"key max_retries":            "app.TestOutOfTries",
	"key retry_delay":            "queue.TestDelay",
	"key retry_backoff":          "queue.TestDelay queue.TestDelayStaysInBounds",
	"key retry_on_errors":        "app.TestQueryTimeoutIsTriedAgain",
	"key max_runtime":            "app.TestEmbeddedOutOfTime",
	"key query_timeout":          "app.TestQueryTimeoutIsTriedAgain",
	"key memory_limit":           "worker.TestGateNarrowsAsMemoryGetsScarce",
	"key dry_run_by_default":     "script:dry_run",
	"key auto_commit":            "app.TestAutoCommitFalse app.TestWaitingRunIsCancelled",
	"key interactive_mode":       "app.TestInteractiveModeWithoutTerminal app.TestInteractiveMode",
	"key skip_validation":        "script:validation",
	"key checkpoint_enabled":     "app.TestKilledInMidRun config.TestRunSettings",
	"key checkpoint_interval":    "app.TestKilledInMidRun",
	"key cache_enabled":          "app.TestSchemaCache",
	"key cache_ttl":              "queue.TestSchemasComeBackAsTheyWere",
	"key optimize_for":           "config.TestPresets",
	"key delta_detection":        "app.TestChecksum",
	"key method":                 "app.TestChecksum app.TestTimestampOfRows app.TestVersionInComments",
	"key algorithm":              "app.TestChecksum",
	"key include_fields":         "app.TestChecksum",
	"key compare_field":          "app.TestTimestampOfChangeQuery app.TestTimestampOfRows",
	"key lookback_window":        "app.TestLookbackWindow",
	"key version_field":          "app.TestVersionOfChangeQuery app.TestVersionInComments",
	"key version_comparison":     "app.TestVersionInComments",
	"key monitoring":             "app.TestMetricsAndHealth",
	"key enabled":                "config.TestEveryKeyArrives",
	"key metrics_endpoint":       "telemetry.TestPusherPushes",
	"key log_level":              "config.TestChoices",
	"key approval":               "app.TestApprovalOfKinds app.TestApprovalOfAll app.TestApprovalChain app.TestApprovalTimeout app.TestAutoApproval",
	"key require_approval_for":   "app.TestApprovalOfKinds",
	"key notifications":          "app.TestARunIsToldOnce notify.TestEachEventIsToldOnce",
	"key slack":                  "notify.TestSlackShowsTextsAsTheyAre",
	"key notify_on":              "notify.TestOnlyWhatIsAskedForIsTold notify.TestEventsOfRuns",

	"mode full":        "script:modes app.TestSchemaCache",
	"mode delta":       "script:modes app.TestFleetSyncsThreeSources",
	"mode incremental": "script:modes",

	"command --apply":                "script:sync",
	"command --dry-run":              "script:dry_run",
	"command --validate-sync-config": "script:validate script:bad_config",
	"command --test-table":           "script:test_table",
	"command --profile":              "app.TestProfile",
	"command --batch-size":           "app.TestProfile",
	"command --workers":              "script:sync",
	"command --mode":                 "script:modes",
	"command --test-schedule":        "script:schedule",
	"command tdx query":              "app.TestSeedQueriesRunWordForWord",

	"query": "app.TestSeedQueriesRunWordForWord",

	"troubleshooting Sync Taking Too Long":     "app.TestProfile app.TestParallelModesGiveTheSameLayer",
	"troubleshooting Sync Failing with Errors": "app.TestOutOfTries script:dead script:validate",
	"troubleshooting Checkpoints Not Working":  "app.TestKilledInMidRun app.TestEmbeddedKilledInMidRunGoesOn",
	"troubleshooting Schedule Not Running":     "script:schedule",
}

var (
	yamlBlock    = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	bashBlock    = regexp.MustCompile("(?s)```bash\n(.*?)```")
	yamlKey      = regexp.MustCompile(`(?m)^\s*([a-z_]+):`)
	modeRow      = regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|")
	commandFlag  = regexp.MustCompile(`semantic_layer_sync\.py.*`)
	flagOf       = regexp.MustCompile(`--[a-z-]+`)
	trouble      = regexp.MustCompile(`(?m)^### (.*)\n\n\*\*Problem\*\*`)
	testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// seedRows reads the rows out of the seed.
func seedRows(seed string) []string {
	rows := map[string]bool{"query": true}
	for _, block := range yamlBlock.FindAllStringSubmatch(seed, -1) {
		for _, k := range yamlKey.FindAllStringSubmatch(block[1], -1) {
			rows["key "+k[1]] = true
		}
	}
	for _, m := range modeRow.FindAllStringSubmatch(seed, -1) {
		rows["mode "+m[1]] = true
	}
	for _, block := range bashBlock.FindAllStringSubmatch(seed, -1) {
		for _, line := range commandFlag.FindAllString(block[1], -1) {
			for _, flag := range flagOf.FindAllString(line, -1) {
				if flag != "--config" {
					rows["command "+flag] = true
				}
			}
		}
		if strings.Contains(block[1], "tdx query") {
			rows["command tdx query"] = true
		}
	}
	for _, m := range trouble.FindAllStringSubmatch(seed, -1) {
		rows["troubleshooting "+m[1]] = true
	}
	return slices.Sorted(maps.Keys(rows))
}

// TestSeedIsCovered: every row of the seed has its tests, they exist, and docs/seed-coverage.md tells of them.
func TestSeedIsCovered(t *testing.T) {
	t.Parallel()
	for row, tests := range seedTests {
		for test := range strings.FieldsSeq(tests) {
			require.True(t, testExists(t, test), "%s: there is no test %s", row, test)
		}
	}
	const doc = "../../docs/seed-coverage.md"
	want := coverageDoc()
	if os.Getenv("SEMSYNC_UPDATE") != "" {
		require.NoError(t, os.WriteFile(doc, []byte(want), 0o644))
	}
	have, err := os.ReadFile(doc)
	require.NoError(t, err)
	require.Equal(t, want, string(have), "run SEMSYNC_UPDATE=1 go test -run TestSeedIsCovered ./internal/app")
	seed, err := os.ReadFile(filepath.FromSlash(seedFile))
	if os.IsNotExist(err) {
		t.Skip("the seed is not beside the checkout")
	}
	require.NoError(t, err)
	require.Equal(t, slices.Sorted(maps.Keys(seedTests)), seedRows(string(seed)))
}

func testExists(t *testing.T, name string) bool {
	t.Helper()
	if script, ok := strings.CutPrefix(name, "script:"); ok {
		_, err := os.Stat(filepath.Join("testdata", "script", script+".txtar"))
		return err == nil
	}
	pkg, function, _ := strings.Cut(name, ".")
	files, err := filepath.Glob(filepath.Join("..", pkg, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range testFunction.FindAllStringSubmatch(string(text), -1) {
			if m[1] == function {
				return true
			}
		}
	}
	return false
}

func coverageDoc() string {
	var b strings.Builder
	b.WriteString("# The seed, row by row\n\nMade by TestSeedIsCovered in internal/app, which also fails when the seed has a row that is not here or a test is missing.\n\n| row of the seed | shown by |\n| --- | --- |\n")
	for _, row := range slices.Sorted(maps.Keys(seedTests)) {
		var tests []string
		for test := range strings.FieldsSeq(seedTests[row]) {
			if script, ok := strings.CutPrefix(test, "script:"); ok {
				test = "internal/app TestScripts/" + script
			} else if pkg, function, ok := strings.Cut(test, "."); ok {
				test = "internal/" + pkg + " " + function
			}
			tests = append(tests, "`"+test+"`")
		}
		fmt.Fprintf(&b, "| %s | %s |\n", row, strings.Join(tests, ", "))
	}
	return b.String()
}
