# What one types here; `make` alone tells what there is. Every target installs what it needs (Debian 12).

.DEFAULT_GOAL := help
.PHONY: help build demo test prove drills bench lint format clean

FORMATTED := Package.swift Sources Tests proof

help: ## Tell what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the release binary: .build/release/iceberg-offload
	@testbed/install
	swift build -c release --product iceberg-offload

demo: build ## See it work: real rows, a kill -9 in the middle, read back by three readers
	@demo/run

test: ## Run every test, on servers of its own
	@testbed/test

prove: ## Prove exactly once: simulation, faults at every step, planted bugs; PARTS="wire ...": only these
	@proof/run $(PARTS)

drills: build ## Play every incident of the runbooks and run their commands; SCENARIOS="lag-1 ...": only these
	@drills/run $(SCENARIOS)

bench: build ## Measure it against its floor and its targets; MILLIONS=4: a smaller largest table
	@Benchmarks/run $(MILLIONS)

lint: ## Check format, imports between targets, shell and Python scripts
	@testbed/install
	swift format lint --strict --recursive $(FORMATTED)
	swift build --explicit-target-dependency-import-check error
	git grep -zIlE --untracked '^(#!/usr/bin/env bash|# shellcheck shell=bash)$$' | xargs -0 shellcheck --external-sources
	PYTHONPYCACHEPREFIX=.build/pycache python3 -m compileall -q testbed demo Benchmarks proof drills

format: ## Format the Swift sources in place
	swift format --in-place --recursive $(FORMATTED)

clean: ## Remove what was built and installed here
	rm -rf .build* .venv
