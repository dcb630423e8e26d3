# make serve   everything from nothing to a running server
# make test    everything from nothing to every test run
# make help    the rest

LISTEN ?= 127.0.0.1:8080
DATA   ?= ./data
PYTHON ?= python3
CARGO  ?= cargo
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc

BINARY := $(or $(CARGO_TARGET_DIR),target)/release/facegate
SAMPLE := .cache/photos/face_recognition/obama2.jpg

# Tests talk to servers on this machine, past any proxy.
comma := ,
direct := $(or $(no_proxy),$(NO_PROXY))
direct := $(if $(direct),$(direct)$(comma))127.0.0.1
export no_proxy := $(direct)
export NO_PROXY := $(direct)

.DEFAULT_GOAL := help
.PHONY: help serve build install deb docs test-docs console models photos postgres test test-browser test-setup test-supply test-training test-rust test-fuzz test-postgres test-api test-clients test-benches fuzz bench bench-peers bench-instructions lint soak train advisories release release-twice clean prerequisites prerequisites-test

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  LISTEN=$(LISTEN) and DATA=$(DATA) can be set, for example: make serve LISTEN=127.0.0.1:9000"

prerequisites:
	@sh setup/prerequisites.sh "$(PYTHON)" "$(CARGO)"

prerequisites-test:
	@sh setup/prerequisites.sh "$(PYTHON)" "$(CARGO)" test

models: prerequisites ## fetch, check and convert the weights, and put the inference runtimes beside them
	@$(PYTHON) -m setup

photos: prerequisites ## fetch the photographs that the tests and the first request use
	@$(PYTHON) -m setup --photos

postgres: prerequisites ## fetch the PostgreSQL with pgvector that the tests start by themselves (13 MiB)
	@$(PYTHON) -m setup --postgres

# npm runs only when a page, or what it is built with, is newer than what was built.
PAGES := $(shell find console/src console/pages -type f) console/vite.config.ts console/tsconfig.json
console: console/dist/.built ## the pages that the binary embeds: the operator's console, the capture page
	@:

console/dist/.built: $(PAGES) console/node_modules/.done
	@npm run --silent --prefix console build
	@touch $@

console/node_modules/.done: console/package.json console/package-lock.json
	@echo "fetching what the pages are built with (npm) …"
	@npm ci --prefix console --ignore-scripts --loglevel=error
	@touch $@

build: models console ## the release binary, $(BINARY)
	@test -x "$(BINARY)" || echo "building facegate (about ten minutes the first time, in silence) …"
	@$(CARGO) build --release --quiet --locked -p facegate

serve: build photos ## serve on LISTEN with the data in DATA; creates the first app on the first start
	@exec "$(BINARY)" serve --listen "$(LISTEN)" --data "$(DATA)" --models models --first-app --first-app-photo $(SAMPLE)

install: build ## install binary, models, configuration and systemd unit under PREFIX and SYSCONFDIR (DESTDIR in front)
	@install -Dsm755 "$(BINARY)" "$(DESTDIR)$(PREFIX)/bin/facegate"
	@install -d "$(DESTDIR)$(PREFIX)/lib/facegate/models" "$(DESTDIR)$(PREFIX)/share/doc/facegate/docs"
	@cp -RL models/. "$(DESTDIR)$(PREFIX)/lib/facegate/models"
	@cp README.md SECURITY.md LICENSE NOTICE "$(DESTDIR)$(PREFIX)/share/doc/facegate"
	@cp docs/*.md "$(DESTDIR)$(PREFIX)/share/doc/facegate/docs"
	@test -e "$(DESTDIR)$(SYSCONFDIR)/facegate/facegate.toml" || { \
	  install -d "$(DESTDIR)$(SYSCONFDIR)/facegate" && \
	  "$(BINARY)" config default | sed 's#^data = .*#data = "/var/lib/facegate"#; s#^models = .*#models = "$(PREFIX)/lib/facegate/models"#' \
	  > "$(DESTDIR)$(SYSCONFDIR)/facegate/facegate.toml"; }
	@"$(BINARY)" man "$(DESTDIR)$(PREFIX)/share/man/man1"
	@install -d "$(DESTDIR)$(PREFIX)/share/bash-completion/completions" "$(DESTDIR)$(PREFIX)/share/zsh/site-functions" \
	  "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d"
	@"$(BINARY)" completions bash > "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/facegate"
	@"$(BINARY)" completions zsh > "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_facegate"
	@"$(BINARY)" completions fish > "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/facegate.fish"
	@install -d "$(DESTDIR)$(PREFIX)/lib/systemd/system"
	@sed 's#@PREFIX@#$(PREFIX)#g; s#@SYSCONFDIR@#$(SYSCONFDIR)#g' packaging/facegate.service \
	  > "$(DESTDIR)$(PREFIX)/lib/systemd/system/facegate.service"
	@install -Dm644 packaging/sysusers.conf "$(DESTDIR)$(PREFIX)/lib/sysusers.d/facegate.conf"
	@echo "installed; docs/OPERATIONS.md says how to start it as a service and how to make the first app"

deb: build ## a Debian package in target/debian; needs dpkg-dev
	@sh packaging/deb.sh "$(MAKE)" "$(dir $(BINARY))../debian"

test: prerequisites-test models photos console lint test-supply test-setup test-training test-rust test-fuzz test-postgres test-api test-clients test-browser test-docs test-benches ## every test

lint: prerequisites console
	@echo "== formatting and lints"
	@$(CARGO) fmt --all --check
	@$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check
	@$(CARGO) clippy --workspace --all-targets --quiet --locked -- -D warnings

test-supply: prerequisites
	@echo "== dependencies: licences, sources, duplicates (builds cargo-deny the first time, two minutes)"
	@$(PYTHON) -m unittest discover -q -t . -s release/tests
	@$(PYTHON) -m release dependencies

test-setup: models
	@echo "== set-up program"
	@$(PYTHON) -m setup --tools
	@$(PYTHON) -m unittest discover -q setup

test-training: prerequisites
	@echo "== training program (installs numpy and scipy into .cache the first time)"
	@$(PYTHON) -m unittest discover -q -t . -s training/tests

# The server that test programs start, as the tests' own build makes it: built alone it would have other features, and everything
# would be built twice.
BUILD_TESTED = $(CARGO) test --workspace --locked --no-run --quiet

test-rust: models photos postgres console
	@echo "== building the server and the tests (several minutes the first time)"
	@$(CARGO) test --workspace --locked

# What a store could change. Not: evaluation and accuracy (no store, or any), the way files are kept (a store of files);
# the clients and the API's document see the same answers, which these suites compare with the contract.
ON_POSTGRES := attempts audit_log capture cli console contract enroll_codes family_codes gates hostile overload quota retention rust_client shutdown slow_urls soak tenants

test-fuzz: prerequisites console
	@echo "== fuzz targets: kept inputs and a few seconds of new ones each (builds three minutes the first time)"
	@$(PYTHON) -m unittest discover -q -t . -s fuzz/tests
	@$(PYTHON) -m fuzz

SECONDS ?= 3600
fuzz: prerequisites console ## fuzz for SECONDS a target with a corpus that grows; TARGETS="image archive" chooses
	@$(PYTHON) -m fuzz --long --seconds $(SECONDS) --record target/fuzz.jsonl $(TARGETS)

test-postgres: models photos postgres
	@echo "== the suites again, on PostgreSQL (two minutes)"
	@$(BUILD_TESTED)
	@FACEGATE_TEST_DATABASE=postgres $(CARGO) test --workspace --locked $(addprefix --test ,$(ON_POSTGRES))

test-api: models photos
	@echo "== the whole API against its OpenAPI document (a few minutes)"
	@$(BUILD_TESTED)
	@$(PYTHON) tests/schemathesis/run.py

test-clients: models photos
	@echo "== clients in Python and TypeScript against a real server"
	@$(BUILD_TESTED)
	@$(PYTHON) tests/clients/run.py

test-browser: models photos console
	@echo "== the console in a real browser, with a camera that shows a photograph"
	@$(BUILD_TESTED)
	@$(PYTHON) tests/browser/run.py

docs: prerequisites ## docs/API.md, and the documentation as a site in target/site
	@$(PYTHON) -m documentation

test-docs: prerequisites
	@echo "== documentation: API.md is of today, every page and link of the site (installs mkdocs into .cache the first time)"
	@$(PYTHON) -m unittest discover -q -t . -s documentation/tests
	@$(PYTHON) -m documentation --check

test-benches: models photos bench-instructions
	@$(PYTHON) -m unittest discover -q -t . -s benches/tests

bench: models photos ## measure every stage and the whole server (half an hour); writes docs/PERFORMANCE.md
	@$(PYTHON) -m benches

bench-peers: build photos ## measure other servers at the same job beside ours; installs them first
	@$(PYTHON) -m benches.peers
	@$(PYTHON) -m benches.report

bench-instructions: models photos ## count the instructions of each stage; more than 5 % off the baseline fails
	@echo "== instruction counts (builds an optimised program the first time)"
	@$(PYTHON) -m benches.instructions

# Minutes, or parts of one; DATABASE=postgres runs it on PostgreSQL. The report as JSON is in target/soak.json.
MINUTES ?= 30
DATABASE ?=
soak: models photos console postgres ## real server, mixed load at 80 %, random kills for MINUTES (30); fails on any loss or leak
	@$(CARGO) build --release --quiet --locked -p facegate
	@mkdir -p target
	@FACEGATE_TEST_DATABASE=$(DATABASE) $(CARGO) run --release --quiet --locked -p facegate-tests --example soak -- $(MINUTES) target/soak.json

train: models ## train the attribute heads anew (needs ../shared/data)
	@$(PYTHON) -m training

advisories: prerequisites ## ask the RustSec database for known holes in the dependencies
	@$(PYTHON) -m release advisories

release: prerequisites ## binary, bill of materials and hashes of the last commit in target/dist, to be made again bit by bit
	@$(PYTHON) -m release build

release-twice: prerequisites ## build the last commit twice in different places and compare
	@$(PYTHON) -m release twice

clean: ## remove what was built and downloaded; DATA stays
	rm -rf target .cache models/weights models/runtime console/dist console/node_modules tests/browser/node_modules
