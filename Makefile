# The commands of the project. Needs Python 3.11 or newer, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ONLY ?=
PORT ?=
RUNS ?= 50
SEED ?=
SLOW ?=
DATABASES ?=

.PHONY: setup run test lint explore browser readers faults bench screens pictures dist dev lock clean platform

setup: $(VENV)/.ready hub/static/.built

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本，可写 make PYTHON=python3.12 …  Python 3.11 or newer is needed."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.ready: $(VENV)/.python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.ready requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

dev: $(VENV)/.dev hub/static/.built

FRONT := $(shell find frontend -type f -not -path '*/node_modules/*' 2>/dev/null) $(shell find hub/translations -name '*.po' 2>/dev/null)
hub/static/.built: $(VENV)/.ready $(FRONT)
	cd frontend && PATH="$(abspath $(BIN)):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd frontend && PATH="$(abspath $(BIN)):$$PATH" node build.mjs
	$(BIN)/pybabel --quiet compile --directory hub/translations
	@touch $@

run: setup
	@exec $(BIN)/yigao up --sample $(if $(PORT),--port $(PORT))

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m tests.need
	$(BIN)/pytest --numprocesses 2 --dist loadgroup -m "not long"

# The properties with other random examples at every call.
explore: dev
	HYPOTHESIS_PROFILE=explore $(BIN)/pytest --numprocesses 2 --dist loadgroup tests/channels tests/publishing tests/editorial tests/hub tests/audit

browser: dev
	$(BIN)/python -m tests.need
	$(BIN)/pytest --numprocesses 2 --dist loadgroup -m browser

# Real readers' programs and a calendar on the real site, all of their story.
readers: dev
	$(BIN)/python -m tests.need
	$(BIN)/pytest --numprocesses 2 --dist loadgroup tests/readers

# Every story against the simulated WeChat platform, also those that `make test` leaves out.
platform: dev
	$(BIN)/python -m tests.need
	$(BIN)/pytest --numprocesses 2 --dist loadgroup tests/posting tests/channels/wechat

# Randomised fault runs with real processes; docs/faults.md says how to read them.
faults: dev
	@$(BIN)/python -m tests.faults --runs $(RUNS) $(if $(SEED),--seed $(SEED)) $(if $(SLOW),--slow) $(if $(DATABASES),--databases $(DATABASES))

bench: dev
	@$(BIN)/python -m benchmarks $(ONLY)

# Every screen, in both languages, light and dark, on a desktop and a phone; ONLY=desk-zh-phone for some.
screens: dev
	$(BIN)/python -m tests.browser.screens --to build/screens $(if $(ONLY),--only $(ONLY))

# The pictures that are kept with the documentation.
pictures: dev
	$(BIN)/python -m tests.browser.pictures --to docs/pictures
	$(BIN)/python -m tests.browser.screens --curated --to docs/screens

dist: dev
	rm -rf dist
	$(BIN)/python -m build --no-isolation --wheel --outdir dist .

# Resolves the lock files anew; needs uv (pip install uv).
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --group build --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --extra postgresql --extra s3 --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf dist build hub/static frontend/node_modules .mypy_cache .ruff_cache .pytest_cache
