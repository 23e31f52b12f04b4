# Two commands are enough: `make demo` and `make test`. Each sets itself up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

.PHONY: help
help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit("Mobilize needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV); the first time takes a minute."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.PHONY: install
install: $(STAMP) ## Install Mobilize and its tools into .venv

.PHONY: demo
demo: $(STAMP) ## See a whole campaign on made-up people (ARGS="--no-serve --json")
	@$(BIN)/mobilize demo $(ARGS)

.PHONY: test
test: $(STAMP) ## Run the checks and all tests (ARGS="-k words")
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

.PHONY: faults
faults: $(STAMP) ## Run the fault tests at their full counts
	@MOBILIZE_FAULT_RUNS=100 $(BIN)/python -m pytest -m faults $(ARGS)

.PHONY: bench
bench: $(STAMP) ## Measure, each figure beside its yardstick (ARGS="--json --only AREA")
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: wheel
wheel: $(STAMP) ## Build the wheel into dist/
	@$(BIN)/python -m build --wheel --outdir dist .

.PHONY: texts
texts: $(STAMP) ## Collect the interface's texts for translation, and compile them
	@$(BIN)/pybabel -q extract -F babel.cfg --no-location --sort-output -o /dev/stdout . \
	  | $(BIN)/pybabel -q update -i /dev/stdin -d mobilize/translations --no-fuzzy-matching --ignore-obsolete
	@$(BIN)/pybabel -q compile -d mobilize/translations

.PHONY: lock
lock: ## Pin what we depend on; names no registry
	@uv pip compile --universal --no-header --no-annotate --all-extras --python-version 3.11 pyproject.toml \
	  | grep -v '^-e' > constraints.txt

.PHONY: clean
clean: ## Remove what was built
	@rm -rf $(VENV) build dist *.egg-info
