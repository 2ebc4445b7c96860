# Two commands for a new machine: `make demo` and `make test`. Everything is installed into .venv, nothing outside it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help install demo test static check bench bench-quick lock clean

help:           ## say what there is
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

install: $(VENV)/.installed   ## make .venv with everything that demo and test need

demo: $(VENV)/.installed      ## MovieLens-100K from nothing: read, train, compare, recommend
	$(BIN)/instructrec demo

test: $(VENV)/.installed      ## all tests, the doctests and the snippets of the docs among them, on as many cores as there are
	$(BIN)/python -m pytest -q --numprocesses logical --maxprocesses 4 --dist worksteal

static: $(VENV)/.installed    ## format, lint and types, checked
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyrefly check

check: static test            ## what has to pass before a commit lands

bench: $(VENV)/.installed     ## speed of the stages and of serving, printed
	$(BIN)/python bench/speed.py stages --out .bench
	$(BIN)/python bench/speed.py stages --rows 10000000 --out .bench
	$(BIN)/instructrec bench --workspace .instructrec/demo

bench-quick: $(VENV)/.installed   ## ranking on MovieLens-100K beside baselines, and latency: some ten minutes
	$(BIN)/python bench/ranking.py ml-100k --limit 1000 --out .bench
	$(BIN)/python bench/speed.py latency --requests 100 --out .bench

lock:                         ## renew requirements.lock (needs uv); CUDA parts stay out: they belong to some torch builds only
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-header --no-annotate \
	  --no-emit-index-url --quiet --constraint lock.constraints -o requirements.lock
	sed -i -E '/^(nvidia|cuda|triton)/d' requirements.lock

clean:                        ## remove what was built, not what was fetched or trained
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis dist

# One marker file: a changed pyproject or lock installs again, anything else does not.
$(VENV)/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	@$(PYTHON) -c 'import venv, ensurepip' || { echo "this Python has no venv module; on Debian: apt install python3-venv"; exit 1; }
	@echo "installing into $(VENV); the first time this fetches some 400 MB"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --constraint requirements.lock --editable '.[train,lm,plot,dev]'
	@touch $@
