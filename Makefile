# `make help` lists what can be made.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.1{4,3,2,1}; do \
	$$python -c '$(RECENT)' 2>/dev/null && echo $$python && break; done)
VENV := .venv
READY := $(VENV)/.ready
POLICY := policy/.venv/.ready
PACK := policy/pulumi-analyzer-external-mysql
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

policy: sandbox $(POLICY) ## Show what `make up` would change, and what the policy pack says of it
	@$(INSIDE) pulumi stack select --create dev
	@$(INSIDE) pulumi preview --stack dev --policy-pack $(PACK)

destroy: sandbox ## Delete what the stack dev made; the sandbox goes on
	@$(INSIDE) pulumi stack select --create dev
	@$(INSIDE) pulumi destroy --yes --stack dev

unlock: $(READY) ## Remove the lock that a run on the stack dev left, if that run has ended
	@$(INSIDE) python -m recover unlock --stack dev
doctor: sandbox ## Look at all that the stack dev counts on, and say what is in its way
	@$(INSIDE) pulumi stack select --create dev
	@$(INSIDE) python -m checks --stack dev

demo: mesh ## Tell the article's story with Bookinfo in a real mesh, and leave it standing
	@$(INSIDE) python -m demo

pictures: mesh ## Tell it again, and write the pictures of the page that the README shows
	@$(INSIDE) python -m demo --refresh-pictures

picture: sandbox ## Draw the wiring of the stack dev, from its state: wiring.svg
	@$(INSIDE) python -m picture --stack dev --output wiring.svg

pr-preview: sandbox $(POLICY) ## Write the comment that a pull request gets: the preview of the stack dev
	@$(INSIDE) pulumi stack select --create dev
	@$(INSIDE) python -m pull_request preview --stack dev --policy-pack $(PACK)

drift: sandbox ## Say what was changed by hand in what the stack dev made, and in its program
	@$(INSIDE) pulumi stack select --create dev
	@$(INSIDE) python -m pull_request drift --stack dev

pr-checks: $(READY) ## Check as for everybody's pull request: no cluster, no database, no secret
	@$(VENV)/bin/python -m pull_request checks

test: check mesh $(POLICY) ## Start what the tests need, then run all of them
	@$(INSIDE) pytest --numprocesses=2 --no-loadscope-reorder tests/engine/alone tests/unit
	@$(INSIDE) pytest --numprocesses=3 --no-loadscope-reorder tests/mesh tests/engine --ignore=tests/engine/alone

faults: mesh ## Try what takes an hour and rarely breaks: changes under load, killed runs, lost parts
	@$(INSIDE) pytest tests/faults
	@$(INSIDE) python -m bench.faults changes
	@$(INSIDE) python -m bench.faults kills
	@$(INSIDE) python -m bench.faults outages

check: $(READY) $(POLICY) ## Lint and type-check, without the sandbox
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy .
	@cd policy && ../$(VENV)/bin/mypy --config-file=../pyproject.toml --python-executable=.venv/bin/python .
	@RUST_LOG=error $(VENV)/bin/zizmor --quiet --no-progress --offline .github
	@$$($(VENV)/bin/python -m sandbox.toolchain actionlint)

bench: mesh ## Measure the program against the same resources written flat, a comment, a sidecar, memory
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

$(POLICY): policy/requirements.txt $(READY)
	@echo "installing the policy pack's Python packages into policy/.venv" >&2
	@$(VENV)/bin/python -m venv policy/.venv
	@policy/.venv/bin/pip install --quiet --disable-pip-version-check -r policy/requirements.txt
	@touch $@

.PHONY: help up preview policy unlock destroy doctor pr-preview drift pr-checks test faults demo pictures picture check bench mesh status env down clean sandbox
