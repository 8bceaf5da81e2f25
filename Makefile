# Needs nothing but make and Python 3.11 or newer. `make` lists what there is.

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(if \
	$(shell $(p) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(p))))
BIN := .venv/bin
STAMP := .venv/.set-up
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV := $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python
# A lock is whole: what it leaves out was left out on purpose (requirements/overrides.txt).
LOCKED := --no-deps --require-hashes -r
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header

# Debian's packages are installed by root; a container has no sudo and needs none.
AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo)

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test test-browser test-ops check proof openapi dashboards fuzz docs \
	lock bench soak sizing sbom audit

help:  ## list the targets; options pass as ARGS="--exit"
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name does; \
		do printf '  make %-13s %s\n' "$$name" "$$does"; done

setup: $(STAMP)  ## make .venv and install the hash-locked packages

demo: $(STAMP)  ## start everything, play real checkouts over the vendor sandbox, keep serving
	@$(BIN)/tillsaga demo $(ARGS)

dev: $(STAMP)  ## start everything on this machine and keep its data
	@$(BIN)/tillsaga dev $(ARGS)

# What starts whole stacks of processes comes last and one at a time: beside other tests its
# servers would starve. Of either kind there may be none where ARGS names files (5 says so).
TESTS := $(BIN)/pytest --ignore tests/browser --ignore tests/ops
test: check  ## check, then run all tests
	$(TESTS) -n 3 --dist loadgroup -m "not alone" $(ARGS) || test $$? = 5
	$(TESTS) -m alone $(ARGS) || test $$? = 5

test-browser: $(STAMP)  ## run the tests of the pages in a real browser; pictures in build/
	@command -v $${CHROMIUM:-chromium} >/dev/null || { $(AS_ROOT) apt-get update -qq && \
		$(AS_ROOT) apt-get install -y -qq --no-install-recommends chromium; }
	$(BIN)/pytest -n 2 --dist loadfile tests/browser $(ARGS)

test-ops: $(STAMP)  ## run the tests that need a real Prometheus
	@command -v promtool >/dev/null || { $(AS_ROOT) apt-get update -qq && \
		$(AS_ROOT) apt-get install -y -qq --no-install-recommends prometheus; }
	$(BIN)/pytest tests/ops $(ARGS)

check: $(STAMP)  ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

proof: $(STAMP)  ## the long form of the proof that nothing is lost; ends with a table
	$(BIN)/python -m tests.proof $(ARGS)

openapi: $(STAMP)  ## write openapi/v1.json, docs/api.md and docs/errors.md anew
	@$(BIN)/python -m tests.support.publish $(ARGS)

dashboards: $(STAMP)  ## draw deploy/observability/dashboards/*.json anew
	@$(BIN)/python deploy/observability/draw.py

fuzz: $(STAMP)  ## the long form of the search for answers that the API does not document
	TILLSAGA_FUZZ_EXAMPLES=100 $(BIN)/pytest tests/api/test_fuzzing.py --timeout 7200 -s $(ARGS)

docs: $(STAMP)  ## build the documentation as a site that needs no network: build/site
	@$(BIN)/zensical build --clean --strict $(ARGS)
	@echo "build/site/index.html is where it begins."

bench: $(STAMP)  ## measure ourselves against a floor, a plain program and a peer; ends with a table
	$(BIN)/python -m bench $(ARGS)

soak: $(STAMP)  ## run for long, the vendor going wrong; nothing may break or grow
	$(BIN)/python -m bench.soak $(ARGS)

sizing: $(STAMP)  ## reckon what so many stores need: ARGS="--stores 1000"
	@$(BIN)/python -m bench.sizing $(ARGS)

sbom: $(STAMP)  ## list what is shipped, with its hashes: dist/sbom.json, CycloneDX
	@mkdir -p dist
	@$(BIN)/cyclonedx-py requirements requirements/runtime.txt --pyproject pyproject.toml \
		--output-reproducible --of JSON -o dist/sbom.json
	@echo "dist/sbom.json lists what is shipped."

# No part of `check`: what is known to be wrong changes without us, and asking needs the network.
# A report is written only when the database has answered: 1 means findings, 3 that nobody knows.
audit: $(STAMP)  ## ask the advisory database about everything that is shipped
	@mkdir -p dist && rm -f dist/audit.json
	@$(BIN)/pip-audit --requirement requirements/runtime.txt --require-hashes --disable-pip \
		--progress-spinner off --format json --output dist/audit.json $(ARGS) 2> dist/audit.log; \
	code=$$?; test -s dist/audit.json || { tail -n 1 dist/audit.log >&2; \
		echo "NOT AUDITED: the advisory database cannot be reached." >&2; exit 3; }; \
	cat dist/audit.log; exit $$code

lock: $(STAMP)  ## choose package versions anew; hashes and no index names in the lock
	cd requirements && ../$(BIN)/$(COMPILE) --upgrade -o runtime.txt runtime.in
	cd requirements && ../$(BIN)/$(COMPILE) --upgrade --override overrides.txt -c runtime.txt \
		-o dev.txt dev.in

# uv is ten times faster than pip; pip installs it, and stands in for it where only pip knows
# the way to an index. All is compiled here, once: else four processes do it at the same time when
# they first start, and where Python is told to write no bytecode each of them at every start.
# The stamp comes last, so an interrupted set-up is taken up again.
$(STAMP): requirements/runtime.txt requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Tillsaga needs Python 3.11 or newer; none was found." >&2; \
		echo "Try: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || { \
		echo "Python cannot make a virtual environment." >&2; \
		echo "Try: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing the locked packages into .venv ..."
	@awk '/^[^ #]/ { wanted = /^uv==/ } wanted' requirements/dev.txt > .venv/uv.txt
	@$(PIP) --require-hashes -r .venv/uv.txt
	@$(UV) --compile-bytecode $(LOCKED) requirements/dev.txt 2>/dev/null || $(PIP) $(LOCKED) requirements/dev.txt
	@$(PIP) --no-build-isolation --no-deps -e .
	@$(BIN)/python -m compileall -q -j 0 tillsaga api worker workflows activities
	@touch $@
