# `make demo` and `make test` set up what they need in .venv on their first run (PyPI is asked then, never after).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup docs demo test lint format types unit test-slow fuzz mutants bench figures soak lock dist clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## the virtual environment, from the lock

$(READY): pyproject.toml requirements/lock.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or later is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	@echo "setting up $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/lock.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## start the mock, run the cookbook's five cases against it, show the answers
	@$(BIN)/python -m conformance.demo

test: lint types unit  ## everything that must pass before a commit (under five minutes)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

unit: $(READY)
	@$(BIN)/pytest -n auto -m "not slow"

test-slow: $(READY)  ## what takes longer: every broken endpoint and client, long random runs, other Python versions
	@$(BIN)/pytest -n auto -m slow

mutants: $(READY)  ## change the rules and see whether the tests notice (up to an hour; MUTANTS="--minutes 10 --seed 1" draws a sample)
	@nice $(BIN)/python -m tests.mutants $(MUTANTS)

fuzz: $(READY)  ## mutated and hostile messages, 100000 of them (COUNT=... for another number)
	@$(BIN)/python -m tests.fuzz.fuzz $(if $(COUNT),--count $(COUNT))

bench: $(READY)  ## what a request costs, by stage and under load, beside a floor (five minutes; writes bench-results; BENCH="--requests 1000000")
	@$(BIN)/python -m tests.bench $(BENCH)

figures: $(READY)  ## start to first answered request, resident memory, size of image and wheel (IMAGE=... for another name)
	@$(BIN)/python -m tests.bench.figures $(if $(IMAGE),--image $(IMAGE))

soak: $(READY)  ## mixed traffic for an hour, then whether anything leaked (MINUTES=... for another length)
	@nice $(BIN)/python -m tests.bench.soak $(if $(MINUTES),--minutes $(MINUTES))

docs: $(READY)  ## the generated pages: catalogue of rules, register of requirements, mistakes of the X-ray
	@$(BIN)/python -m mockserver.catalogue
	@$(BIN)/python -m tests.xray.page

format: $(READY)  ## let ruff rewrite
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(READY)  ## pin again what pyproject.toml asks for
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --universal --python-version 3.11 --group dev --upgrade --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml --output-file requirements/lock.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --extra postgres --constraint requirements/lock.txt --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml --output-file requirements/runtime.txt

dist: $(READY)  ## wheel, sdist and software bill of materials, in dist/ (docs/releases.md)
	@rm -rf dist
	@$(BIN)/hatchling build -t sdist -t wheel -d dist
	@sed "s/^dynamic = \[\"version\"\]/version = \"$$($(BIN)/hatchling version)\"/" pyproject.toml > dist/pyproject.toml
	@$(BIN)/cyclonedx-py requirements requirements/runtime.txt --pyproject dist/pyproject.toml --mc-type application --output-reproducible --output-format JSON --output-file dist/sbom.cdx.json
	@rm dist/pyproject.toml

clean:  ## forget the environment and what tests left
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist mutants demo-out bench-results
