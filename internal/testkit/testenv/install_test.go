package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// runInstall runs the script with a policy file in a temporary folder and an
// apt-get that asks the policy, as packages do, and writes the answer down.
func runInstall(t *testing.T, policy, aptEnd string) (answer string, err error) {
	t.Helper()
	tools := t.TempDir()
	asked := filepath.Join(tools, "asked")
	apt := "#!/bin/sh\n[ \"$1\" = install ] || exit 0\n" +
		"\"" + policy + "\" postgresql start; echo \"$? $*\" >\"" + asked + "\"\n" + aptEnd + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(tools, "apt-get"), []byte(apt), 0o755))
	command := exec.CommandContext(t.Context(), "sh", "-c", installScript, "install", policy, "postgresql", "redis-server")
	command.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"))
	output, err := command.CombinedOutput()
	t.Logf("%s", output)
	text, readErr := os.ReadFile(asked)
	require.NoError(t, readErr)
	return string(text), err
}

const denied = "101 install --yes --no-install-recommends postgresql redis-server\n"

func TestInstallForbidsServicesAndPutsThePolicyBack(t *testing.T) {
	const allow, deny = "#!/bin/sh\nexit 0\n", "#!/bin/sh\nexit 101\n"
	partly := "#!/bin/sh\n[ \"$1\" = postgresql ] && exit 101\nexit 0\n"
	for name, before := range map[string]string{"none": "", "allows": allow, "denies": deny, "denies one": partly} {
		t.Run(name, func(t *testing.T) {
			policy := filepath.Join(t.TempDir(), "policy-rc.d")
			if before != "" {
				require.NoError(t, os.WriteFile(policy, []byte(before), 0o755))
			}
			answer, err := runInstall(t, policy, "exit 0")
			require.NoError(t, err)
			require.Equal(t, denied, answer)
			requirePolicy(t, policy, before)
		})
	}
}

func TestInstallThatFailsPutsThePolicyBack(t *testing.T) {
	policy := filepath.Join(t.TempDir(), "policy-rc.d")
	require.NoError(t, os.WriteFile(policy, []byte("#!/bin/sh\nexit 0\n"), 0o755))
	_, err := runInstall(t, policy, "exit 100")
	var failed *exec.ExitError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 100, failed.ExitCode())
	requirePolicy(t, policy, "#!/bin/sh\nexit 0\n")
}

func TestInstallThatWasKilledIsMendedByTheNext(t *testing.T) {
	for name, before := range map[string]string{"none": "", "allows": "#!/bin/sh\nexit 0\n"} {
		t.Run(name, func(t *testing.T) {
			policy := filepath.Join(t.TempDir(), "policy-rc.d")
			if before != "" {
				require.NoError(t, os.WriteFile(policy, []byte(before), 0o755))
			}
			_, err := runInstall(t, policy, "kill -KILL $PPID")
			require.Error(t, err)
			require.FileExists(t, policy, "the killed run left its own policy")
			answer, err := runInstall(t, policy, "exit 0")
			require.NoError(t, err)
			require.Equal(t, denied, answer)
			requirePolicy(t, policy, before)
		})
	}
}

// requirePolicy checks that the policy is what it was, and alone.
func requirePolicy(t *testing.T, policy, want string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(policy))
	require.NoError(t, err)
	if want == "" {
		require.Empty(t, files)
		return
	}
	require.Len(t, files, 1)
	text, err := os.ReadFile(policy)
	require.NoError(t, err)
	require.Equal(t, want, string(text))
}
