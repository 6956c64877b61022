# What one types here; `make` alone tells what there is. Every target installs what it needs (Debian 12).

.DEFAULT_GOAL := help
.PHONY: help build deb deb-test reproduce sbom demo test units prove alerts drills bench lint format clean

FORMATTED := Package.swift Sources Tests proof

help: ## Tell what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the release binary: .build/release/iceberg-offload
	@testbed/install
	packaging/compile iceberg-offload

deb: build ## Make the Debian package: .build-package/iceberg-offload_*.deb
	packaging/compile generate-manual
	@packaging/deb

deb-test: deb ## Install, start, upgrade, remove and purge the package in a clean Debian under systemd
	@packaging/tests/run

reproduce: deb ## Make the package a second time, elsewhere, and compare the two byte by byte
	@packaging/reproduce

sbom: build ## Write the bill of materials (CycloneDX): .build/iceberg-offload.cdx.json
	@packaging/sbom .build/iceberg-offload.cdx.json

demo: build ## See it work: real rows, a kill -9 in the middle, read back by three readers
	@demo/run

test: ## Run every test, on servers of its own
	@testbed/test

units: build ## Start the systemd units under a real systemd and hold them to what they promise (root)
	@systemd/tests/run $(NAMES)

prove: ## Prove exactly once: simulation, faults at every step, planted bugs; PARTS="wire ...": only these
	@proof/run $(PARTS)

alerts: ## Check rules, dashboard and metrics: every alert fires and is quiet, every mutant is caught, nothing is made up
	@config/prometheus/tests/run

drills: build ## Play every incident of the runbooks and run their commands; SCENARIOS="lag-1 ...": only these
	@drills/run $(SCENARIOS)

bench: build ## Measure it against its floor and its targets; MILLIONS=4: a smaller largest table
	@Benchmarks/run $(MILLIONS)

lint: ## Check format, imports between targets, shell and Python scripts, runbooks
	@testbed/install
	swift format lint --strict --recursive $(FORMATTED)
	swift build --explicit-target-dependency-import-check error
	git grep -zIlE --untracked '^(#!/usr/bin/env bash|# shellcheck shell=bash)$$' | xargs -0 shellcheck --external-sources
	PYTHONPYCACHEPREFIX=.build/pycache python3 -m compileall -q testbed demo Benchmarks packaging proof systemd config drills
	PYTHONDONTWRITEBYTECODE=1 .venv/bin/python drills/check.py

format: ## Format the Swift sources in place
	swift format --in-place --recursive $(FORMATTED)

clean: ## Remove what was built and installed here
	rm -rf .build* .venv
