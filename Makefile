# What people and machines type. Everything longer than a few lines is a test or a Rust program.

CARGO ?= cargo
# More for cargo, such as --locked.
FLAGS ?=
# Which simulated lives to run: SEEDS of them, from FROM on.
SEEDS ?= 100000
FROM ?= 0
# What the properties draw their cases from: the same in every run of the tests; `make test DRAW=$$RANDOM` seeks further.
DRAW ?= 1
# How much of the crash sweep to run: all of it, or one point as a failure names it.
RETAKE_CRASH ?= whole

ENGINE = run --release --quiet $(FLAGS) -p retake-engine --features sim --example

.DEFAULT_GOAL := help
.PHONY: help ready tracer player film test lint fmt doc check crash sim bench

help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

ready: # What a fresh machine lacks is installed, or named.
	@command -v $(CARGO) >/dev/null || { echo 'cargo is missing; hint: install Rust with rustup' >&2; exit 1; }
	@command -v cc >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends gcc libc6-dev >&2; \
	  else echo 'a C linker is missing; hint: sudo apt-get install gcc libc6-dev' >&2; exit 1; fi; }

tracer: # The tests that kill a process watch it by its system calls; other systems than Linux do without them.
	@test "$$(uname)" != Linux || command -v strace >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends strace >&2; \
	  else echo 'strace is missing; hint: sudo apt-get install strace' >&2; exit 1; fi; }

player: # Films are cut, joined and measured by ffmpeg.
	@command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends ffmpeg >&2; \
	  else echo 'ffmpeg is missing; hint: sudo apt-get install ffmpeg' >&2; exit 1; fi; }

film: ready ## A run with faults and crashes, in virtual time (until there is a film)
	@$(CARGO) $(ENGINE) demonstration

test: ready tracer player ## All tests
	@export PROPTEST_RNG_SEED=$(DRAW); \
	if $(CARGO) nextest --version >/dev/null 2>&1; then $(CARGO) nextest run $(FLAGS) --workspace; \
	else $(CARGO) build $(FLAGS) --workspace --examples && $(CARGO) test $(FLAGS) --workspace --lib --bins --tests; fi

lint: ready ## Formatting, lints and documentation, all warnings fatal
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(FLAGS) --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc $(FLAGS) --no-deps --workspace

fmt: ready ## Format the source
	$(CARGO) fmt --all

doc: ready ## Build the documentation of the crates
	$(CARGO) doc $(FLAGS) --no-deps --workspace

check: lint test ## All that must pass before a commit

crash: ready tracer ## Kill a process at every write it makes, fail every write, on Linux: RETAKE_CRASH=whole
	$(CARGO) build $(FLAGS) -p retake-engine --examples
	RETAKE_CRASH="$(RETAKE_CRASH)" $(CARGO) test $(FLAGS) -p retake-engine --test it crash:: -- --nocapture --test-threads=1

sim: ready ## Simulated lives of the engine: SEEDS=100000 FROM=0
	@$(CARGO) $(ENGINE) simulate -- $(FROM) $(SEEDS)

bench: ready ## What the engine costs: docs/benchmarks.md
	$(CARGO) bench $(FLAGS) -p retake-engine
