# One target folder and the same flags for everything, so that little is built twice. Builds and tests
# share all libraries; clippy alone only checks, and shares with them the procedural macros and build
# scripts, so the compiler that builds the tests lints as well; the browser's half is another target.

# Where rustup puts cargo, and tools/setup a newer Node where the system's is too old.
export PATH := $(HOME)/.cargo/bin:$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/medconnect/node/node_modules/node/bin:$(PATH)

.PHONY: run test check form bench release

# The server unoptimised, because optimising it takes minutes and it is quick enough to look at; the
# browser's half optimised, because everyone waits for its size.
run:
	@tools/setup
	@cargo bundle --release
	@cargo build --package server
	@MEDCONNECT_DEMO=$${MEDCONNECT_DEMO:-1} exec target/debug/medconnect serve

test:
	@tools/setup --tests
	@$(MAKE) --no-print-directory form
	cargo bundle --release
	tools/test
	tools/end2end

check: form
	cargo clippy --quiet --workspace --all-targets -- -D warnings

# What is seen without compiling.
form:
	cargo fmt --check
	tools/check-layout
	@if command -v cargo-deny >/dev/null; then cargo deny --log-level error check bans licenses sources; fi

bench:
	@tools/setup
	@cargo bundle --release
	cargo build --release --package server
	tools/bench
	cargo bench --quiet --package domain --bench availability
	cargo bench --quiet --package services --bench argon2
	tools/lighthouse

# One folder that runs anywhere: dist/medconnect/medconnect serve
release:
	@tools/setup
	@cargo bundle --release
	cargo build --release --package server
	rm -rf dist/medconnect && mkdir -p dist/medconnect
	cp target/release/medconnect target/site/hash.txt dist/medconnect/
	cp -R target/site dist/medconnect/site
