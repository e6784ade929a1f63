#!/bin/sh
# Every test, as a list of named steps. A step that fails stops the run.
set -eu
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$1"; }

step "formatting"
swift format lint --strict --parallel --recursive Package.swift Sources Tests

step "floors: imports against the manifest"
python3 scripts/check-arrows.py

step "secrets: none in the repository"
python3 scripts/check-secrets.py --self-test

step "development certificates"
python3 Tests/Scripts/test_certificates.py

step "build (cold: about ten minutes)"
swift build --explicit-target-dependency-import-check error --build-tests

step "Swift tests"
swift test --explicit-target-dependency-import-check error --skip-build
