# semsync: what can be done here. `make` prints this list.
#
# Everything runs from a clean clone: servers that the tests need are
# installed from the distribution's packages and started privately.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The race detector needs a C compiler; `make test` says when there is none.
# It leaves out SQLite, which is C turned into Go: with it, that is some twenty
# times slower, and it is not ours to look for races in.
RACE_ALL := -race '-gcflags=modernc.org/sqlite/...=-race=false' '-gcflags=modernc.org/libc/...=-race=false'
RACE ?= $(if $(shell command -v "$$(go env CC)" 2>/dev/null),$(RACE_ALL))
TEST_FLAGS ?= -timeout 30m
TESTENV := go run ./internal/testkit/testenv --
LINT := .ci/golangci-lint

# What `make verify` generates anew; one package or a list of them.
GENERATE ?= ./...
# How long `make fuzz` stays with each target.
FUZZTIME ?= 30s

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## show semsync at work on a small example, all in one process
	go run ./cmd/coordinator demo

.PHONY: build
build: ## build both programs, static, into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/ ./cmd/coordinator ./cmd/worker

.PHONY: test
test: ## run all tests with PostgreSQL, MariaDB, Redis and NATS (installs what is missing)
	@[ -n "$(RACE)" ] || echo 'make test: no C compiler, so the race detector stays off' >&2
	$(TESTENV) go test $(RACE) $(TEST_FLAGS) -parallel 4 ./...

.PHONY: lint
lint: ## vet and lint (installs the pinned golangci-lint when missing)
	go vet ./...
	$(LINT) run --timeout 15m ./...

.PHONY: fmt
fmt: ## format the code
	$(LINT) fmt ./...

.PHONY: generate
generate: ## make generated files anew: protobuf code, configuration schema
	go generate ./...

.PHONY: verify
verify: ## check that generated files and go.mod are what they should be
	@state() { git status --porcelain; git diff; }; \
	before=$$(state); \
	go generate $(GENERATE); \
	go mod tidy -diff; \
	if [ "$$before" != "$$(state)" ]; then \
		git status --short; git --no-pager diff --stat; \
		echo 'make verify: generated files differ: run make generate and commit them' >&2; exit 1; \
	fi

.PHONY: bench
bench: ## measure semsync as a whole, beside its peers
	$(TESTENV) go run ./internal/testkit/bench

.PHONY: chaos
chaos: ## kill, freeze and cut everything while runs go on, and write docs/reliability.md
	SEMSYNC_CHAOS=figures $(TESTENV) go test -count=1 -timeout 60m -parallel 6 -run TestChaos ./internal/app

.PHONY: load
load: ## 100,000 tables, and 50 runs a minute for 10 minutes, and write docs/reliability.md
	SEMSYNC_LOAD=10m SEMSYNC_CHAOS=figures $(TESTENV) go test -count=1 -timeout 90m -v -run TestLoad ./internal/app

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME each (default 30s)
	@grep -rl --include='*_test.go' '^func Fuzz' cmd internal | xargs -r -n1 dirname | sort -u | while read -r folder; do \
		sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$folder"/*_test.go | while read -r target; do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime '$(FUZZTIME)' "./$$folder" </dev/null; \
		done; \
	done

.PHONY: clean
clean: ## remove what `make build` made
	rm -f bin/coordinator bin/worker
