# Latchkey. `make` alone prints this list.
SHELL := /bin/sh
.DEFAULT_GOAL := help
SWIFT_FLAGS := --explicit-target-dependency-import-check error

MINUTES := 30

.PHONY: help run test check format lint arrows build release certs docs bench faults faults-keys fuzz prepare

help: ## print this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: prepare ## install what is missing, build, and start the gateway with the stand-in Zendesk
	@echo "Building (the first time takes about ten minutes)"
	swift build $(SWIFT_FLAGS) --product latchkey-demo
	@exec .build/debug/latchkey-demo

test: ## install what is missing and run every test
	@sh scripts/prepare.sh test
	@sh scripts/test.sh

check: lint arrows test ## formatting, floors, then every test

format: ## rewrite sources in the project's format
	swift format --in-place --parallel --recursive Package.swift Sources Tests

lint: ## complain about formatting
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

arrows: ## every import of ours is declared in the manifest
	@python3 scripts/check-arrows.py

build: prepare ## debug build of everything
	swift build $(SWIFT_FLAGS) --build-tests

release: prepare ## optimised build of the product, with the Swift runtime inside
	swift build $(SWIFT_FLAGS) -c release --static-swift-stdlib --product latchkey

certs: ## a development authority and a server certificate for localhost, in certs/
	@sh certs/make-development-certificates.sh

docs: prepare ## docs/preflight.md, made from the checks
	swift build $(SWIFT_FLAGS) --product latchkey
	.build/debug/latchkey preflight --describe >docs/preflight.md

prepare:
	@sh scripts/prepare.sh run

fuzz: prepare ## half an hour of calls made up from the API's description; LATCHKEY_FUZZ_SECONDS=N for another time
	swift build $(SWIFT_FLAGS) --product latchkey
	swift build $(SWIFT_FLAGS) --product zendesk-emulator
	@sh scripts/prepare-python.sh
	LATCHKEY_FUZZ_SECONDS=$${LATCHKEY_FUZZ_SECONDS:-1800} .venv/bin/python Tests/Scripts/test_openapi_fuzz.py

faults: prepare ## kills, stops and faults against two running gateways, for MINUTES (30); writes faults.json
	swift build $(SWIFT_FLAGS) --product latchkey
	swift build $(SWIFT_FLAGS) --product zendesk-emulator
	@sh scripts/prepare-python.sh
	.venv/bin/python Tests/Scripts/test_faults.py --minutes $(MINUTES) --connections 200 --report faults.json $(if $(SEED),--seed $(SEED))

faults-keys: prepare ## kills a reseal 200 times at random moments; some minutes
	LATCHKEY_KEY_KILLS=200 swift test $(SWIFT_FLAGS) --filter 'A reseal that is killed'

bench: prepare ## what it costs, measured with optimised builds; not part of the tests
	swift build $(SWIFT_FLAGS) -c release --product latchkey
	swift build $(SWIFT_FLAGS) -c release --product gateway-benchmarks
	.build/release/gateway-benchmarks .build/release/latchkey
	@echo "openssl speed, the same cipher and size, and the derivation's HMAC (thousands of bytes a second)"
	@openssl speed -seconds 1 -bytes 300 -evp aes-256-gcm 2>/dev/null | tail -1
	@openssl speed -seconds 1 -bytes 300 -hmac sha512 2>/dev/null | tail -1
