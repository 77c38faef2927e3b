# Every command a developer needs. Everything is installed into .venv/, except what a bare
# Debian or Ubuntu lacks (python3-venv, Chromium for the browser tests): that comes from apt.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo check test golden bench bench-deploy bench-env bench-faults bench-kills bench-kit lock clean \
	lint chromium programs

VENV := .venv
TOOLS := .venv-tools
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq
SAY := @printf '==> %s\n'

export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(VENV)/.runtime-installed ## status, costs, gaps and the document of examples/floyo
	$(SAY) 'demo: one strategy, from its usage to its document'
	@scripts/demo.sh

check: lint ## the fast tier: style, types, layers, unit tests
	$(SAY) 'check: unit tests'
	@$(BIN)/pytest -q -n auto --dist loadgroup tests/unit

# pytest comes last: its summary is the last word. Golden tests compare every generated file
# with what the code writes now, the JSON Schema included, so a stale one fails here.
test: lint chromium programs ## everything that CI runs
	$(SAY) 'test: the whole suite'
	@$(BIN)/pytest -n auto --dist loadgroup --durations 20 --durations-min 5

golden: $(VENV)/.dev-installed ## rewrite golden files and the JSON Schema; then read the diff
	$(SAY) 'golden: rewriting the files that golden tests compare with'
	@$(BIN)/pytest -q tests/golden --update-golden

bench: $(VENV)/.dev-installed ## measure the benchmarks
	$(SAY) 'bench: commands and whole stages, beside their targets'
	@$(BIN)/python benchmarks/bench_outgrow.py
	$(SAY) 'bench: 100,000 items, beside bare arithmetic'
	@$(BIN)/python benchmarks/bench_pricing.py
	$(SAY) 'bench: init on a repository of 3,000 files'
	@PYTHONPATH=src $(BIN)/python benchmarks/bench_discovery.py
	$(SAY) 'bench: all targets of every example'
	@$(BIN)/python benchmarks/bench_render.py
	$(SAY) 'bench: in one process, so that nothing runs beside it'
	@$(BIN)/pytest -q tests/bench --benchmark-enable

bench-faults: $(VENV)/.dev-installed programs ## seed faults into rendered files; rewrite docs/render/seeded-faults.md
	$(SAY) 'bench-faults: some minutes, through every validator'
	@PYTHONPATH=src:. $(BIN)/python benchmarks/bench_seeded_faults.py

bench-kit: $(VENV)/.dev-installed programs ## measure the kit beside its peers; rewrite docs/kit/benchmarks.md
	$(SAY) 'bench-kit: some minutes, on real servers'
	@$(BIN)/python benchmarks/bench_kit.py

bench-deploy: $(VENV)/.dev-installed programs ## deploys under load, beside their peers; rewrite docs/deploy/benchmarks.md
	$(SAY) 'bench-deploy: a quarter of an hour, on real HAProxy and Docker'
	@$(BIN)/python benchmarks/bench_deploy.py

bench-kills: $(VENV)/.dev-installed programs ## kill outgrow at random moments of deploys; rewrite docs/deploy/kills.md
	$(SAY) 'bench-kills: a quarter of an hour, on real HAProxy'
	@$(BIN)/python benchmarks/bench_kills.py

bench-env: $(VENV)/.runtime-installed ## measure switching environments, checks included
	$(SAY) 'bench-env: each command in a process of its own'
	@$(BIN)/python benchmarks/bench_env_switch.py

# The index comes from the environment (UV_DEFAULT_INDEX), never from these files.
# The lock serves every platform and every Python from 3.11 on.
COMPILE := --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
LOCK := $(BIN)/uv --no-config --quiet pip compile pyproject.toml $(COMPILE)
LOCK_TOOLS := $(BIN)/uv --no-config --quiet pip compile requirements-tools.in $(COMPILE)

lock: $(VENV)/.created ## resolve the lock files again; `make lock UPGRADE=--upgrade` for newer versions
	$(SAY) 'lock: resolving requirements.lock and requirements-dev.lock'
	@$(PIP) uv==0.13.8
	@$(LOCK) $(UPGRADE) --group build -o requirements.lock
	@$(LOCK) $(UPGRADE) --group build --extra dev -c requirements.lock -o requirements-dev.lock
	$(SAY) 'lock: resolving requirements-tools.lock and tests/node/package-lock.json'
	@$(LOCK_TOOLS) $(UPGRADE) -o requirements-tools.lock
	@cd tests/node && npm install --silent --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

clean: ## remove everything that these targets made
	rm -rf $(VENV) $(TOOLS) .tools build dist out .cache .benchmarks .hypothesis .pytest_cache .mypy_cache \
		.ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the steps behind them ----------------------------------------------------------------

lint: $(VENV)/.dev-installed
	$(SAY) 'lint: ruff format, ruff check, mypy, import-linter'
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >$(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }

chromium:
	@scripts/install-chromium.sh

# The servers and the checkers that tests of rendered files run.
programs: $(TOOLS)/.installed .tools/.installed
	@scripts/install-system-packages.sh

$(TOOLS)/.installed: requirements-tools.lock
	$(SAY) 'install: programs that check rendered files, as requirements-tools.lock says'
	@scripts/create-venv.sh $(TOOLS)
	@$(TOOLS)/bin/python -m pip install -qq --require-hashes -r requirements-tools.lock
	@touch $@

.tools/.installed: tests/node/package.json tests/node/package-lock.json
	@scripts/install-system-packages.sh
	$(SAY) 'install: checkers from npm, as tests/node/package-lock.json says'
	@mkdir -p .tools && cp tests/node/package.json tests/node/package-lock.json .tools/
	@cd .tools && npm ci --silent --ignore-scripts --no-audit --no-fund || \
		echo 'npm failed, so the tests that need its checkers will fail.' >&2
	@touch $@

$(VENV)/.created:
	$(SAY) 'install: a virtual environment in $(VENV)'
	@scripts/create-venv.sh $(VENV)
	@touch $@

$(VENV)/.runtime-installed: $(VENV)/.created requirements.lock pyproject.toml
	$(SAY) 'install: what outgrow runs on, as requirements.lock says'
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# The runtime lock is part of the development lock, so its stamp is set as well.
$(VENV)/.dev-installed: $(VENV)/.created requirements-dev.lock pyproject.toml kit/pyproject.toml
	$(SAY) 'install: what its developers need, as requirements-dev.lock says'
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation -e . -e kit
	@touch $(VENV)/.runtime-installed $@
