# make start | test | build | setup | demo | bench | parity | moto | asan | tsan | format | howto N=19
SHELL := /bin/bash
export FOGBANK_CACHE ?= $(HOME)/.cache/fogbank
export FOGBANK_DEPS := $(FOGBANK_CACHE)/deps
export FOGBANK_MODELS := $(FOGBANK_CACHE)/models
export CCACHE_DIR ?= $(FOGBANK_CACHE)/ccache
JOBS ?= $(shell nproc)
PRESET ?= release

.PHONY: start setup build test demo bench parity moto asan tsan format howto coverage
start: build
	@build/release/fogbank start

setup:
	@tools/setup

build: setup
	@cmake --preset $(PRESET) > build-$(PRESET).log 2>&1 || { cat build-$(PRESET).log; exit 1; }; rm -f build-$(PRESET).log
	@cmake --build build/$(PRESET) -j $(JOBS) $(if $(TARGETS),--target $(TARGETS))

test: build
	@tools/run-tests build/$(PRESET)

asan tsan:
	@$(MAKE) --no-print-directory test PRESET=$@

demo: TARGETS = fogbank
demo: build
	@demo/run $(if $(ORDERS),--orders "$(ORDERS)")

bench: build
	@bench/run

parity: build
	@tests/parity/run $(S)

moto: build
	@tests/moto/run $(S)

coverage: build
	@cmake --build build/$(PRESET) --target coverage

format:
	@command -v clang-format >/dev/null || { echo "format: clang-format is not installed (Debian's package clang-format)"; exit 2; }
	@git ls-files 'src/*.cc' 'src/*.h' | xargs -r clang-format -i

howto: build
	@test -n "$(N)" || { echo "usage: make howto N=19"; exit 2; }
	@set -- howtos/$(N)-*/run; test -x "$$1" || { echo "howto $(N) is not built yet; see howtos/README.md"; exit 2; }; "$$1"
