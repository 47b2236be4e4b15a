# Two commands on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test test-full debian lint docs pictures clean

demo: $(VENV)/.installed
	$(BIN)/evolve run quickstart --archive $(VENV)/demo.db

test: lint
	$(BIN)/python -m pytest

# The slow and thorough rest, with a browser and bubblewrap, which `make debian` installs.
test-full: $(VENV)/.installed-full
	@command -v chromium chromedriver >/dev/null || { echo "needs chromium; see \`make debian\`"; exit 1; }
	@command -v bwrap >/dev/null || { echo "needs bubblewrap; see \`make debian\`"; exit 1; }
	$(BIN)/python -m pytest -m full

# The Debian packages that the full tests need; to be run as root.
debian:
	apt-get update -qq && apt-get install -y -qq bubblewrap chromium chromium-driver

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

$(VENV)/.installed-full: $(VENV)/.installed-dev
	$(PIP) -e '.[dev,full,datasets,math,mcp,mlflow,opentelemetry,peers,ray,search,wandb]'
	touch $@

# Draws the pictures of docs/ anew, from a real run; needs chromium.
pictures: $(VENV)/.installed-dev
	$(BIN)/python -m docs.pictures

clean:
	rm -rf $(VENV) build dist *.egg-info
