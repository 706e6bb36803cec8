# Two commands matter: `make demo` and `make test`. Each does all the set-up it needs, once.
SHELL := /bin/sh
.DEFAULT_GOAL := help
ARGS ?=
JOBS ?= 2
export PYTHON

.PHONY: help setup demo test torture lint format lock wheel clean

help: ## Says what there is
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18
	@echo '  ARGS="…" is passed on:  make demo ARGS="--port 9000"   make test ARGS="-k worklist"'

demo: .venv/.runtime ## The whole service with invented patients, on this machine, no account needed
	@exec .venv/bin/python -m followup demo $(ARGS)

test: .venv/.everything ## Every test, with a private PostgreSQL and a real browser
	@sh scripts/chromium
	.venv/bin/python -m pytest -n $(JOBS) $(ARGS)

torture: .venv/.everything ## The long runs: kills, crashes, power cuts, floods (an hour); figures in docs/reliability.md
	.venv/bin/python -m pytest -m torture tests/torture $(ARGS)

lint: .venv/.everything ## What a change has to pass besides its tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: .venv/.everything ## Formats the code and sorts its imports
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

setup: .venv/.everything ## Only the set-up: .venv with everything, and Chromium where that needs no question
	@sh scripts/chromium

COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

lock: .venv/.everything ## Pins what pyproject.toml asks for; UPGRADE=1 takes the newest allowed
	$(COMPILE) pyproject.toml --extra postgres --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra postgres --group dev --constraints requirements.lock \
		--output-file requirements-dev.lock

wheel: .venv/.everything ## A wheel in dist/
	.venv/bin/python -m build --wheel --no-isolation --outdir dist

clean: ## Removes .venv and everything made
	rm -rf .venv dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.runtime: requirements.lock scripts/venv
	@sh scripts/venv runtime

.venv/.everything: requirements-dev.lock pyproject.toml scripts/venv
	@sh scripts/venv everything
