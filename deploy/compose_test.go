package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/semsync/semsync/internal/config"
)

// composeFile is what these tests read of docker-compose.yml.
type composeFile struct {
	Services map[string]service `yaml:"services"`
	Volumes  map[string]any     `yaml:"volumes"`
}

type service struct {
	Image string `yaml:"image"`
	Build *struct {
		Dockerfile string `yaml:"dockerfile"`
		Target     string `yaml:"target"`
	} `yaml:"build"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Ports       []string          `yaml:"ports"`
	Volumes     []string          `yaml:"volumes"`
	ReadOnly    bool              `yaml:"read_only"`
	Deploy      struct {
		Replicas int `yaml:"replicas"`
	} `yaml:"deploy"`
	DependsOn map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck struct {
		Test     []string `yaml:"test"`
		Interval string   `yaml:"interval"`
		Timeout  string   `yaml:"timeout"`
		Retries  int      `yaml:"retries"`
	} `yaml:"healthcheck"`
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(path))
	require.NoError(t, err)
	return string(text)
}

func compose(t *testing.T) composeFile {
	t.Helper()
	var file composeFile
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "../docker-compose.yml")), &file))
	return file
}

func TestComposeHasTheFleet(t *testing.T) {
	services := compose(t).Services
	var names []string
	for name := range services {
		names = append(names, name)
	}
	require.ElementsMatch(t, []string{"redis", "nats", "postgres", "coordinator", "worker", "asynqmon"}, names)
	require.Equal(t, 3, services["worker"].Deploy.Replicas)
	require.Empty(t, services["worker"].Ports, "three workers cannot share a port")
	require.Equal(t, "true", valueOf(services["asynqmon"].Environment["READ_ONLY"]))
}

func TestComposeServicesHaveHealthChecksThatOthersWaitFor(t *testing.T) {
	services := compose(t).Services
	for name, s := range services {
		require.GreaterOrEqual(t, len(s.Healthcheck.Test), 2, "%s has no health check", name)
		require.NotEmpty(t, s.Healthcheck.Interval, name)
		require.NotEmpty(t, s.Healthcheck.Timeout, name)
		require.Positive(t, s.Healthcheck.Retries, name)
		for other, wait := range s.DependsOn {
			require.Contains(t, services, other, name)
			require.Equal(t, "service_healthy", wait.Condition, "%s on %s", name, other)
		}
	}
	for _, name := range []string{"coordinator", "worker"} {
		for _, other := range []string{"redis", "nats", "postgres"} {
			require.Contains(t, services[name].DependsOn, other, name)
		}
	}
}

func TestComposeListensOnLoopbackOnly(t *testing.T) {
	for name, s := range compose(t).Services {
		for _, port := range s.Ports {
			require.Regexp(t, `^127\.0\.0\.1:(\$\{\w+:-)?\d+\}?:\d+$`, port, name)
		}
	}
}

func TestComposeImagesArePinned(t *testing.T) {
	for name, s := range compose(t).Services {
		if s.Build == nil {
			require.Regexp(t, `^[a-z/]+:\d+\.?\d*[\w.-]*$`, s.Image, name)
			continue
		}
		require.True(t, s.ReadOnly, "%s may write to its own image", name)
		dockerfile := read(t, "../"+s.Build.Dockerfile)
		require.Regexp(t, `(?m)^FROM \S+ AS `+s.Build.Target+`$`, dockerfile, name)
	}
	for _, from := range regexp.MustCompile(`(?m)^FROM (?:--platform=\S+ )?(\S+)`).FindAllStringSubmatch(read(t, "docker/Dockerfile"), -1) {
		stage := from[1] == "scratch" || from[1] == "base"
		require.True(t, stage || regexp.MustCompile(`:\d+\.\d+`).MatchString(from[1]), "%s is not pinned", from[1])
	}
}

func TestComposeServersHaveTheOptionsTheyNeed(t *testing.T) {
	services := compose(t).Services
	redis := strings.Join(services["redis"].Command, " ")
	for _, option := range []string{"--maxmemory-policy noeviction", "--appendonly yes", "--appendfsync everysec", "--requirepass "} {
		require.Contains(t, redis, option)
	}
	nats := services["nats"]
	for _, option := range []string{"--jetstream", "--store_dir", "--http_port", "--auth"} {
		require.Contains(t, nats.Command, option)
	}
	require.Contains(t, strings.Join(nats.Healthcheck.Test, " "), "127.0.0.1:8222/healthz")
	declared := compose(t).Volumes
	for _, name := range []string{"redis", "nats", "postgres"} {
		require.True(t, slices.ContainsFunc(services[name].Volumes, func(v string) bool {
			volume, _, _ := strings.Cut(v, ":")
			_, kept := declared[volume]
			return kept
		}), "%s keeps its data in no declared volume", name)
	}
}

// TestConfigurationIsValid loads the mounted configuration as each program
// does, with what the compose file sets when nobody sets anything.
func TestConfigurationIsValid(t *testing.T) {
	services := compose(t).Services
	for name, listen := range map[string]string{"coordinator": "0.0.0.0:9090", "worker": "0.0.0.0:9091"} {
		environ := []string{}
		for variable, value := range services[name].Environment {
			value = regexp.MustCompile(`\$\{POSTGRES_PASSWORD:-([\w-]+)\}`).ReplaceAllString(value, "$1")
			environ = append(environ, variable+"="+valueOf(value))
		}
		loaded, err := config.Load(config.LoadOptions{Path: "compose/config.yaml", Environ: environ})
		require.NoError(t, err, name)
		require.Equal(t, listen, loaded.HTTP.Listen)
		require.Equal(t, "redis:6379", loaded.Redis.Addr)
		require.Equal(t, "nats://nats:4222", loaded.NATS.URL.Reveal())
		require.Equal(t, "postgres://semsync:semsync-local@postgres:5432/semsync?sslmode=disable", loaded.SemanticDatabase.URL.Reveal())
		require.Len(t, loaded.Sources, 1)
		require.Equal(t, "postgres://warehouse_reader:semsync-local@postgres:5432/warehouse?sslmode=disable", loaded.Sources[0].DSN.Reveal())
	}
}

// TestConfigurationFindsItsVariables checks that each ${NAME} of the mounted
// configuration is set for the programs that read it, and that both mount it
// where they are told to look.
func TestConfigurationFindsItsVariables(t *testing.T) {
	text := read(t, "compose/config.yaml")
	var parsed map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &parsed))
	withoutComments := regexp.MustCompile(`(?m)^\s*#.*$`).ReplaceAllString(text, "")
	variables := regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(withoutComments, -1)
	require.NotEmpty(t, variables)
	services := compose(t).Services
	for name, port := range map[string]int{"coordinator": 9090, "worker": 9091} {
		s := services[name]
		for _, variable := range variables {
			require.NotEmpty(t, s.Environment[variable[1]], "%s lacks %s", name, variable[1])
		}
		require.Equal(t, fmt.Sprintf("0.0.0.0:%d", port), s.Environment["SEMSYNC_HTTP_LISTEN"])
		require.Contains(t, strings.Join(s.Healthcheck.Test, " "), fmt.Sprintf("127.0.0.1:%d/", port))
		require.Equal(t, []string{"--config", "/etc/semsync/config.yaml"}, s.Command)
		require.Contains(t, s.Volumes, "./deploy/compose/config.yaml:/etc/semsync/config.yaml:ro")
	}
}

// valueOf gives the default of a compose variable, or the text itself.
func valueOf(text string) string {
	if match := regexp.MustCompile(`^\$\{\w+:-(.*)\}$`).FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return text
}
