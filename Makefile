# Two commands are enough for a newcomer: `make demo` and `make test`.
.PHONY: help setup demo test bench bench-mrz clean lint format
.DEFAULT_GOAL := help

BIN := .venv/bin
BENCHMARKS := $(subst /,.,$(basename $(sort $(wildcard tests/benchmarks/bench_*.py))))
PEERS := .venv/peers
MRZ_PEERS := .venv/mrz-peers

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing (asks before it uses root rights)
	@./setup.sh run

demo: setup ## run the journey on sample papers, then the vault until Ctrl-C (ARGS=--exit ends after it)
	@VAULT_DATA_FOLDER="$${VAULT_DATA_FOLDER:-.demo}" $(BIN)/migrant-vault demo $(ARGS)

lint: ## formats, lints, types, import rules
	@./setup.sh test
	@echo '== formats (ruff format --check)' && $(BIN)/ruff format --check .
	@echo '== lints (ruff check)' && $(BIN)/ruff check .
	@echo '== types (mypy --strict)' && $(BIN)/mypy
	@echo '== import rules (lint-imports)' && $(BIN)/lint-imports --no-cache

# Work-stealing hands each process its share of the list in its order, so that a file's fixtures are mostly made once.
test: lint ## everything the code is held to, on the real parts
	@echo '== tests (pytest)' && $(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

format: ## put the code into its one format
	@./setup.sh test
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: ## print the measurements
	@./setup.sh test
	@$(MAKE) --no-print-directory $(PEERS)/stamp
	@for bench in $(BENCHMARKS); do echo "== $$bench"; $(BIN)/python -m "$$bench" || exit 1; done

bench-mrz: ## read passports, beside every peer
	@./setup.sh test
	@$(MAKE) --no-print-directory $(MRZ_PEERS)/stamp
	@$(BIN)/python -m tests.benchmarks.mrz.measure

# What others use, to be measured beside us: in a folder of its own, so that neither vault nor tests ever load it.
$(PEERS)/stamp: requirements-bench.lock
	@echo 'bench: installing the peers into $(PEERS)'
	@rm -rf $(PEERS)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: \
		--target $(PEERS) -r requirements-bench.lock
	@touch $@

# Likewise. Two of them are published as source only: their build tools are fetched for the purpose.
$(MRZ_PEERS)/stamp: requirements-bench-mrz.lock
	@echo 'bench-mrz: installing the peers into $(MRZ_PEERS)'
	@rm -rf $(MRZ_PEERS)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --prefer-binary \
		--target $(MRZ_PEERS) -r requirements-bench-mrz.lock
	@touch $@

# Stops first and removes only then: a running vault must not lose its folder under its feet. Of data only .demo, where
# `make demo` alone keeps its own: a real vault, in .data or wherever VAULT_DATA_FOLDER says, is nobody's to clean.
clean: ## stop the demonstration; remove its data (.demo), .venv, npm packages and caches
	@if [ -d .demo/store ] && [ -x $(BIN)/python ]; then \
		$(BIN)/python -c 'from pathlib import Path; from api.embedded_store import end; end(Path(".demo/store"))'; \
	fi
	rm -rf .demo .venv build migrant_vault.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache .pytest_cache \
		tests/peers/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
