# Two commands on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test test-full lint docs clean

demo: $(VENV)/.installed
	$(BIN)/evolve run quickstart --archive $(VENV)/demo.db

test: lint
	$(BIN)/python -m pytest

# The slow and thorough rest. Needs no Debian package and no extra yet.
test-full: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m full

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Writes the generated parts of docs/ anew.
docs: $(VENV)/.installed-dev
	$(BIN)/python -m docs.generate

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(PIP) -e .
	touch $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml
	$(PIP) -e '.[dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist *.egg-info
