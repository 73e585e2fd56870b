# Everything sets itself up: a virtual environment, the dependencies, the weights.
#
#   make demo                 a sample day, three questions, then the web app
#   make demo VIDEO=walk.mp4  the same with a recording of yours
#   make demo SERVE=0         stop after the answers
#   make test                 the tests, those of the web app's scripts first
#   make check                lint and types, of Python and of the scripts
#   make docs                 the documentation as a site, in site/

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
SERVE  ?= 1
PORT   ?= 7860
VIDEO  ?=
HOME_FOLDER ?=
NODE         := PATH="$(abspath $(BIN)):$$PATH"
PIP_INSTALL  := $(BIN)/pip install --disable-pip-version-check --progress-bar off -q
TEST_WEIGHTS := whisper-tiny.en yolox-nano efficientnet-lite3 face hands face-identity voice e5 qwen-0.5b

.PHONY: demo test check docs setup setup-dev weights-test clean

# Debian and Ubuntu packages that pip cannot bring. Where they are there already, apt is not touched.
define need
	@command -v $(1) >/dev/null 2>&1 || { \
	  echo "Installing the system package $(2), since $(3); apt-get does it, once …"; \
	  SUDO=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
	  $$SUDO apt-get update -qq && $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(2) >/dev/null; \
	} || echo "$(2) could not be installed: $(3)"
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "EgoButler needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); SUDO=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
	  $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); }

$(VENV)/installed: pyproject.toml | $(BIN)/python
	@echo "Installing EgoButler into $(VENV), with the libraries that it runs on (PyTorch, Gradio …)."
	@echo "This is done once and takes some minutes; nothing outside $(VENV) is changed."
	@$(PIP_INSTALL) -e '.[demo]'
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing EgoButler into $(VENV), with what its tests and checks need …"
	@$(PIP_INSTALL) -e '.[demo,dev]'
	@touch $@ $(VENV)/installed

# What lints and types the scripts; node and npm came with the virtual environment.
node_modules/installed: package.json package-lock.json | $(VENV)/installed-dev
	$(NODE) npm ci --silent --no-audit --no-fund
	@touch $@

setup: $(VENV)/installed
setup-dev: $(VENV)/installed-dev

demo: $(VENV)/installed
	$(call need,espeak-ng,espeak-ng,the sample day is spoken by it)
	@$(BIN)/egobutler demo --serve $(SERVE) --port $(PORT) $(if $(VIDEO),--video '$(VIDEO)') $(if $(HOME_FOLDER),--home '$(HOME_FOLDER)')

weights-test: $(VENV)/installed-dev
	$(BIN)/egobutler models fetch $(TEST_WEIGHTS)

# Three at once also on two cores: browsers and processes that are started wait more than they work.
test: $(VENV)/installed-dev weights-test
	$(call need,espeak-ng,espeak-ng,tests that need speech will skip)
	$(call need,chromium,chromium,tests that drive a browser will skip)
	$(NODE) npm test --silent
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --maxfail=10 -rfEs $(ARGS)

check: $(VENV)/installed-dev node_modules/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NODE) npm run --silent lint
	$(NODE) npm run --silent types

docs: $(VENV)/installed
	@$(PIP_INSTALL) -e '.[docs]'
	$(BIN)/python docs/site.py

clean:
	rm -rf $(VENV) node_modules build *.egg-info
