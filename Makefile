# Two commands on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PINNED := $(PIP) -c constraints.txt
EXTRAS := dev,full,datasets,local,math,mcp,mlflow,opentelemetry,peers,ray,search,socks,wandb

.PHONY: demo demo-simulated test test-full test-newest constraints debian lint docs pictures clean

# A search on a real language model on this machine, in minutes.
demo: $(VENV)/.installed
	$(BIN)/evolve models pull smollm2
	$(BIN)/evolve run quickstart --archive $(VENV)/demo.db

# The same on simulated models, in seconds.
demo-simulated: $(VENV)/.installed
	$(BIN)/evolve run quickstart_simulated --archive $(VENV)/demo-simulated.db

test: lint
	$(BIN)/python -m pytest

# The slow and thorough rest, with a browser and bubblewrap, which `make debian` installs.
test-full: $(VENV)/.installed-full
	@command -v chromium chromedriver >/dev/null || { echo "needs chromium; see \`make debian\`"; exit 1; }
	@command -v bwrap >/dev/null || { echo "needs bubblewrap; see \`make debian\`"; exit 1; }
	$(BIN)/python -m pytest -m full

# The fast tests with the newest versions that pyproject.toml allows, in an environment of its own.
test-newest:
	$(PYTHON) -m venv --clear $(VENV)-newest
	$(VENV)-newest/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(VENV)-newest/bin/python -m pytest

# Writes constraints.txt anew, with the newest versions that pyproject.toml allows.
constraints:
	$(PYTHON) -m venv --clear $(VENV)-newest
	$(VENV)-newest/bin/python -m pip install --quiet --disable-pip-version-check -e '.[$(EXTRAS)]'
	sed -n '/^#/p' constraints.txt > $(VENV)-newest/constraints.txt
	$(VENV)-newest/bin/python -m pip freeze --exclude-editable >> $(VENV)-newest/constraints.txt
	mv $(VENV)-newest/constraints.txt constraints.txt

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

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	$(PINNED) -e '.[local]'
	touch $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml constraints.txt
	$(PINNED) -e '.[dev]'
	touch $@ $(VENV)/.installed

$(VENV)/.installed-full: $(VENV)/.installed-dev
	$(PINNED) -e '.[$(EXTRAS)]'
	$(BIN)/evolve models pull smollm2
	touch $@

# Draws the pictures of docs/ anew, from a real run; needs chromium.
pictures: $(VENV)/.installed-dev
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m docs.pictures

clean:
	rm -rf $(VENV) $(VENV)-newest build dist *.egg-info
