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
# Where the neural voice lives, and what it is.
VOICE ?= $${XDG_DATA_HOME:-$$HOME/.local/share}/retake/voice
VOICE_PACKAGE = hibari-tts==0.2.1

ENGINE = run --release --quiet $(FLAGS) -p retake-engine --features sim --example

.DEFAULT_GOAL := help
.PHONY: help ready tracer player speakers browser voice film test client fuzz lint fmt doc check crash sim bench

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

speakers: # Two voices that speak on any machine; one is enough.
	@command -v flite >/dev/null && command -v espeak-ng >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends flite espeak-ng >&2; fi; }; \
	command -v flite >/dev/null || command -v espeak-ng >/dev/null || { \
	  echo 'flite and espeak-ng are missing; hint: sudo apt-get install flite espeak-ng' >&2; exit 1; }

browser: # What people see is tried in a browser; the tests that need one say so where there is none.
	@command -v chromedriver >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium chromium-driver >&2; \
	  else echo 'chromedriver is missing: the page is not tried in a browser; hint: sudo apt-get install chromium chromium-driver' >&2; fi; }

voice: # The neural voice, in a Python of its own. It is whole when the mark is there, which is written last.
	@voice="$(VOICE)"; mark="$$voice/$(VOICE_PACKAGE)"; \
	if [ -e "$$mark" ] && "$$voice/bin/python" -I -c 'import hibari' 2>/dev/null; then exit 0; fi; \
	python=/usr/bin/python3; [ -x $$python ] || python=python3; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! $$python -c 'import ensurepip' 2>/dev/null; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-venv; } >&2 || true; fi; \
	if [ -e "$$voice" ] && [ ! -e "$$voice/.retake" ] && [ -n "$$(ls -A "$$voice")" ]; then \
	  echo "$$voice is no folder of ours and is left alone; hint: make voice VOICE=another/folder" >&2; \
	elif rm -rf "$$voice" && mkdir -p "$$voice" && : >"$$voice/.retake" && $$python -m venv "$$voice" >&2 \
	  && "$$voice/bin/python" -m pip install --quiet --disable-pip-version-check '$(VOICE_PACKAGE)' >&2 \
	  && "$$voice/bin/python" -I -c 'import hibari' >&2; then : >"$$mark"; exit 0; \
	else \
	  rm -rf "$$voice"; \
	fi; \
	echo 'the neural voice could not be installed (see above): the film will speak with flite or espeak-ng instead; hint: make voice' >&2; \
	$(MAKE) --no-print-directory speakers || echo 'no local voice is left: what is to be said needs a paid one' >&2

film: ready player speakers voice ## Make examples/lighthouse.yaml, and kill it once on the way
	@$(CARGO) build $(FLAGS) --package retake
	@sh examples/film.sh target/debug/retake examples/lighthouse.yaml

test: ready tracer player speakers browser client ## All tests
	@export PROPTEST_RNG_SEED=$(DRAW); \
	if $(CARGO) nextest --version >/dev/null 2>&1; then $(CARGO) nextest run $(FLAGS) --workspace; \
	else $(CARGO) build $(FLAGS) --workspace --examples && $(CARGO) test $(FLAGS) --workspace --lib --bins --tests; fi

# Its tools are fetched once, as package-lock.json says.
client: ready player ## The TypeScript client against the real server
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then \
	  echo 'node is missing: the TypeScript client is not tested; hint: install Node 18 or later, with npm' >&2; exit 0; fi; \
	$(CARGO) build $(FLAGS) --package retake && cd clients/typescript && { \
	  [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error; } && npm test --silent

fuzz: ready player ## Every answer of the real service against its description: EXAMPLES=30 SEED=1
	$(CARGO) build $(FLAGS) --package retake
	@sh clients/fuzz/run.sh target/debug/retake

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

bench: ready player speakers voice ## What the engine, films and the service cost: docs/benchmarks.md
	$(CARGO) bench $(FLAGS) -p retake-engine
	$(CARGO) bench $(FLAGS) -p retake --bench film
	$(CARGO) bench $(FLAGS) -p retake --bench paid
	$(CARGO) bench $(FLAGS) -p retake --bench service
