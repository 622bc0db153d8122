# `make help` lists what can be made.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.1{4,3,2,1}; do \
	$$python -c '$(RECENT)' 2>/dev/null && echo $$python && break; done)
VENV := .venv
READY := $(VENV)/.ready
SANDBOX := $(VENV)/bin/python -m sandbox
INSIDE := eval "$$($(SANDBOX) env)";

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 16

up: sandbox ## Install, build and start what is missing, then run `pulumi up` on the stack dev
	@$(INSIDE) pulumi stack select --create dev
	@$(INSIDE) pulumi up --yes --skip-preview --suppress-outputs --stack dev
	@$(INSIDE) $(SANDBOX) summary

preview: sandbox ## Show what `make up` would change
	@$(INSIDE) pulumi stack select --create dev
	@$(INSIDE) pulumi preview --diff --stack dev

destroy: sandbox ## Delete what the stack dev made; the sandbox goes on
	@$(INSIDE) pulumi stack select --create dev
	@$(INSIDE) pulumi destroy --yes --stack dev

doctor: sandbox ## Look at all that the stack dev counts on, and say what is in its way
	@$(INSIDE) pulumi stack select --create dev
	@$(INSIDE) python -m checks --stack dev

demo: mesh ## Tell the article's story with Bookinfo in a real mesh, and leave it standing
	@$(INSIDE) python -m demo

pictures: mesh ## Tell it again, and write the pictures of the page that the README shows
	@$(INSIDE) python -m demo --refresh-pictures

picture: sandbox ## Draw the wiring of the stack dev, from its state: wiring.svg
	@$(INSIDE) python -m picture --stack dev --output wiring.svg

test: check mesh ## Start what the tests need, then run all of them
	@$(INSIDE) pytest

check: $(READY) ## Lint and type-check, without the sandbox
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy .

bench: mesh ## Measure the program against the same resources written flat, a sidecar's cost, memory
	@$(INSIDE) python -m bench

status: $(READY) ## Show what runs, since when and where
	@$(SANDBOX) status

env: $(READY) ## Print the variables for a shell in the sandbox: eval "$(make -s env)"
	@$(SANDBOX) env

down: $(READY) ## Stop the sandbox: no process, namespace, mount, cgroup or route stays
	@$(SANDBOX) down

clean: $(READY) ## Stop the sandbox and delete its data; what was built stays in the cache
	@$(SANDBOX) clean

mesh: $(READY) ## Start the sandbox with Istio in its cluster
	@$(SANDBOX) up --mesh

sandbox: $(READY)
	@$(SANDBOX) up

$(READY): requirements.txt requirements-dev.txt
	@[ -n "$(PYTHON)" ] || { echo "error: no Python 3.11 or newer found; name one: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "installing from Debian: python3-venv" >&2; \
		{ apt-get -qq update && apt-get -qq install --yes python3-venv; } >/dev/null || \
		{ echo "error: $(PYTHON) cannot make virtual environments; install python3-venv" >&2; exit 1; }; }
	@echo "installing Python packages into $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.PHONY: help up preview destroy doctor test demo pictures picture check bench mesh status env down clean sandbox
