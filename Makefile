# Everything runs in .venv, which is made on first use from requirements.lock.
#
#   PYTHON   interpreter that makes .venv (3.11 to 3.14)
#   CORES    how many cores to use
#   STUDY    a study: the file config/STUDY.yaml, whose `name` is STUDY too
#   SCALE    full, or reduced: smaller grids, of studies that say which

PYTHON ?= python3
CORES ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
STUDY ?= quick
SCALE ?= full
FOLDER = $(STUDY)$(if $(filter reduced,$(SCALE)),-reduced)

BIN := .venv/bin
STAMP := .venv/.installed
# Rules and tests find the tools of .venv first.
ACTIVE := PATH="$(CURDIR)/$(BIN):$$PATH"
# Parallel work is done by processes: BLAS and XLA keep to one thread in each.
SINGLE := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 NPROC=1 \
	XLA_FLAGS=--xla_cpu_multi_thread_eigen=false JAX_PLATFORMS=cpu

.PHONY: help bench paper publish test system cluster diff lint docs dist perf strip lock clean
.DEFAULT_GOAL := help

help:  ## List what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 16

bench: $(STAMP)  ## Run a study (STUDY=quick) and say where its report is
	@$(ACTIVE) snakemake --cores $(CORES) --config study=config/$(STUDY).yaml scale=$(SCALE)
	@echo "report: $(CURDIR)/results/$(FOLDER)/report.html"

paper: $(STAMP)  ## Regenerate the papers' figures on smaller grids (hours)
	@$(ACTIVE) snakemake paper --cores $(CORES) --config scale=reduced

publish:  ## Keep a study's table and pictures in results/published
	@mkdir -p results/published/$(FOLDER)
	@cd results/$(FOLDER) && cp table.parquet table.csv study.json ../published/$(FOLDER)/
	@cd results/$(FOLDER) && cp figures/*.png figures/figures.json ../published/$(FOLDER)/
	@echo "results/published/$(FOLDER)"

test: $(STAMP)  ## Run the tests on all cores
	@$(ACTIVE) $(SINGLE) pytest -n $(CORES)

system: $(STAMP)  ## Run the tests of whole systems: workflows, browsers, MPI, kills
	@$(ACTIVE) $(SINGLE) pytest -m system -n $$(($(CORES) + 1)) --dist loadscope

cluster: $(STAMP)  ## Run studies on a Slurm of one node, and compare (needs root; half an hour)
	@$(ACTIVE) $(SINGLE) MTDBENCH_QUICK=1 pytest -m "system or long" tests/cluster

long: $(STAMP)  ## Run the tests that take minutes
	@$(ACTIVE) $(SINGLE) pytest -m long -n $(CORES) --dist loadscope

lint: $(STAMP)  ## Check style, types, the way of the imports and the workflow
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/snakefmt --check Snakefile workflow/Snakefile
	@$(ACTIVE) snakemake --lint

diff: $(STAMP)  ## Run a corner of two published studies and compare
	@rm -rf results/grid-heterogeneity results/grid-paper-2d-reduced
	@mkdir -p results/grid-studies
	@$(ACTIVE) python tools/published_grid.py heterogeneity one-signal two-signals \
		> results/grid-studies/1d.yaml
	@$(ACTIVE) python tools/published_grid.py paper-2d-reduced size > results/grid-studies/2d.yaml
	@$(ACTIVE) snakemake --quiet all --cores $(CORES) --config study=results/grid-studies/1d.yaml \
		-- results/grid-heterogeneity/table.parquet
	@$(ACTIVE) snakemake --quiet all --cores $(CORES) --config study=results/grid-studies/2d.yaml \
		-- results/grid-paper-2d-reduced/table.parquet
	@$(ACTIVE) mtdbench diff results/published/heterogeneity results/grid-heterogeneity
	@$(ACTIVE) mtdbench diff results/published/paper-2d-reduced results/grid-paper-2d-reduced

docs: $(STAMP)  ## Build the site into site/, strictly and without a network
	@$(ACTIVE) $(SINGLE) NO_MKDOCS_2_WARNING=1 mkdocs build --strict --quiet
	@echo "site: $(CURDIR)/site/index.html"

dist: $(STAMP)  ## Build the wheel and the source archive into dist/ and check them
	@rm -rf dist
	@$(BIN)/hatchling build
	@$(BIN)/twine check --strict dist/*

perf: $(STAMP)  ## Measure the kernels; writes results/perf/perf.json
	@$(ACTIVE) $(SINGLE) python -m mtdbench.perf

strip: $(STAMP)  ## Draw the strip at the top of the README
	@$(ACTIVE) $(SINGLE) python docs/strip.py docs/images

lock: .venv/bin/python  ## Resolve the newest versions into requirements.lock
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --extra dev --output-file requirements.lock --upgrade \
		--universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet
	@if grep -nE '://|^-' requirements.lock; then \
		echo "requirements.lock holds an address or an option: see above" >&2; exit 1; fi

clean:  ## Remove .venv, caches and generated results (results/published stays)
	@rm -rf .venv .snakemake .pytest_cache .mypy_cache .ruff_cache .hypothesis .cache logs site dist
	@find results -mindepth 1 -maxdepth 1 ! -name published -exec rm -rf {} + 2>/dev/null || true
	@find src tests -name __pycache__ -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { \
		echo "$(PYTHON) is not Python 3.11 to 3.14: give one with 'make PYTHON=python3.12 ...'" >&2; \
		exit 1; }
	@$(PYTHON) -m venv .venv

$(STAMP): requirements.lock pyproject.toml environment.post-deploy.sh | .venv/bin/python
	@echo "installing the locked dependencies into .venv (once; a minute or two)"
	@$(ACTIVE) sh environment.post-deploy.sh
	@touch $(STAMP)
