# Everything a developer runs. `make help` lists it; `make test` is what must pass.

CARGO ?= cargo
PYTHON ?= python3
# Where cargo builds; the virtual environment and what the Python package needs stand beside it.
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
export CARGO_TARGET_DIR := $(TARGET)
VENV := $(TARGET)/venv
BIN := $(VENV)/bin
# The native module, under the name by which every Python from 3.10 on loads it.
MODULE := python/parquetframe/_rustic.abi3.so
export PYTHONPATH := $(abspath python)
# Runs of workflows in tests leave their records here.
export PARQUETFRAME_HISTORY := $(TARGET)/history
# Every folder with Python in it.
PYTHONS := python benches tests/fuzz tests/tpcds
SUITE := $(CARGO) test --release --package parquetframe-tests --test slt --

.DEFAULT_GOAL := help
.PHONY: help test build fmt fmt-check lint rust slt suite graphar module python python-lint docs deny conformance fuzz tpcds probes graphs bench compare clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# In order of what fails fastest; each part can be run by itself.
test: fmt-check lint rust suite python-lint python docs ## everything that must pass
	@echo "make test: everything passed"

build: ## the pframe binary
	$(CARGO) build --release

fmt: $(VENV)/installed ## format Rust and Python
	$(CARGO) fmt --all
	$(BIN)/black --quiet $(PYTHONS)
	$(BIN)/ruff check --quiet --fix $(PYTHONS)

fmt-check:
	$(CARGO) fmt --all --check

lint: ## clippy, warnings are errors
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

rust: ## Rust tests, ours and the sqllogictests among them
	$(CARGO) test --release --workspace

slt: ## the sqllogictests, scripts and pages; FILTER=words of a path, UPDATE=1 accepts the answers
	$(SUITE) $(FILTER) $(if $(UPDATE),--update)

suite: ## DataFusion's own sqllogictests through our session; FILTER and UPDATE as above
	$(SUITE) --datafusion $(FILTER) $(if $(UPDATE),--update)

$(VENV)/installed: python/requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement python/requirements-dev.txt
	touch $@

module: ## the native Python module
	$(CARGO) build --release --package parquetframe-python
	rm -f $(MODULE)
	cp "$$(ls $(TARGET)/release/lib_rustic.so $(TARGET)/release/lib_rustic.dylib 2>/dev/null | head -n 1)" $(MODULE)

python: module $(VENV)/installed ## the Python package's tests
	$(BIN)/pytest --quiet python

python-lint: module $(VENV)/installed ## ruff, black, mypy, and the stubs against the module
	$(BIN)/ruff check $(PYTHONS)
	$(BIN)/black --check --quiet $(PYTHONS)
	$(BIN)/mypy --config-file python/pyproject.toml python/parquetframe python/tests
	cd tests/fuzz && $(BIN)/mypy --config-file ../pyproject.toml .
	cd tests/tpcds && MYPYPATH=../../benches/compare $(BIN)/mypy --config-file ../pyproject.toml .
	$(BIN)/stubtest --mypy-config-file python/pyproject.toml parquetframe._rustic

docs: $(VENV)/installed ## the documentation, broken links are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file docs/mkdocs.yml --site-dir $(TARGET)/site

deny: ## licences, sources and advisories of all dependencies; installs cargo-deny, needs the network
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	$(CARGO) deny check

conformance: suite fuzz tpcds probes graphs graphar compare ## what compares us with other engines and takes long

# Statements with DuckDB's answers that may stand beside the checkout. How many agree never falls.
PROBES := $(wildcard ../shared/suites/friendly-sql)
PROBES_AGREE := 127

probes: build $(VENV)/installed ## statements of DuckDB's SQL with its answers, where the collection is at hand
ifeq ($(PROBES),)
	@echo "probes: skipped, there is no ../shared/suites/friendly-sql"
else
	$(BIN)/python $(PROBES)/make_data.py $(TARGET)/probes
	$(BIN)/python $(PROBES)/score.py $(TARGET)/release/pframe $(TARGET)/probes --failed | tee $(TARGET)/probes.txt
	@awk 'END { if ($$1 < $(PROBES_AGREE)) { print "probes: fewer agree than $(PROBES_AGREE)"; exit 1 } }' $(TARGET)/probes.txt
endif

# The official library is a pre-release that is not there for every platform.
graphar: build ## graphs that we write, read by the official library of Apache GraphAr
	$(PYTHON) -m venv $(TARGET)/venv-graphar
	-$(TARGET)/venv-graphar/bin/pip install --quiet --disable-pip-version-check --pre graphar==0.13.0.dev1
	$(TARGET)/venv-graphar/bin/python tests/graphar/official.py $(TARGET)/release/pframe

fuzz: build $(VENV)/installed ## random queries against DuckDB; SECONDS=60
	$(BIN)/python tests/fuzz/main.py --binary $(TARGET)/release/pframe --seconds $(or $(SECONDS),60)

# The validation cases of LDBC Graphalytics that may stand beside the checkout.
GRAPHALYTICS := $(wildcard ../shared/suites/graphalytics/example-data-sets/graphs)

graphs: build ## graph functions against NetworkX and igraph, and LDBC Graphalytics where it is at hand; ROUNDS=3
	$(PYTHON) -m venv $(TARGET)/venv-graphs
	$(TARGET)/venv-graphs/bin/pip install --quiet --disable-pip-version-check --requirement tests/graphs/requirements.txt
	$(TARGET)/venv-graphs/bin/python tests/graphs/main.py --binary $(TARGET)/release/pframe --rounds $(or $(ROUNDS),3)
ifeq ($(GRAPHALYTICS),)
	@echo "graphs: Graphalytics is skipped, there is no ../shared/suites/graphalytics"
else
	$(PYTHON) tests/graphs/graphalytics.py --binary $(TARGET)/release/pframe $(GRAPHALYTICS)
endif

bench: ## criterion benches
	$(CARGO) bench --package parquetframe-benches

compare: module ## TPC-H against DataFusion, DuckDB and Polars; SCALE=0.1
	$(PYTHON) -m venv $(TARGET)/venv-compare
	$(TARGET)/venv-compare/bin/pip install --quiet --disable-pip-version-check --requirement benches/compare/requirements.txt
	$(TARGET)/venv-compare/bin/python benches/compare/main.py --scale $(or $(SCALE),0.1)

clean: ## what the tests and benches leave behind, not the compiled dependencies
	rm -rf $(TARGET)/tmp $(TARGET)/site $(TARGET)/compare $(VENV) $(TARGET)/venv-compare $(TARGET)/venv-graphs $(MODULE)
