# Guike: what you can do here. `make` prints this list.
.DEFAULT_GOAL := help
export CGO_ENABLED ?= 0
GO_FLAGS := -tags nomsgpack -trimpath
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
FUZZ_TIME ?= 10s

.PHONY: help demo run test test-long bench fuzz lint generate build

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z -]*:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## a demo company, everything embedded, on 127.0.0.1:8080
	go run -tags nomsgpack . demo

run: ## the server as in production, configured by GUIKE_* variables
	go run -tags nomsgpack . serve

test: ## every test with the race detector, on both stores (installs what is missing, when root)
	scripts/test

test-long: ## faults, long races and properties; Oracle MySQL and Redis Cluster too
	scripts/test-long

bench: ## the hot operations beside a bare server, as ratios
	scripts/bench

fuzz: ## every fuzz target for FUZZ_TIME (10s)
	scripts/fuzz $(FUZZ_TIME)

lint: ## gofumpt, vet, golangci-lint, redocly where Node exists
	scripts/lint

generate: ## docs/openapi.yaml, golden files and whatever else comes from the code
	scripts/generate

build: ## the static binary ./guike
	go build $(GO_FLAGS) -ldflags "-s -w -X main.version=$(VERSION)" -o guike .
