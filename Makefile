# One command each. `make` or `make help` lists them; the first one that needs it sets up .venv.

PY := .venv/bin/python
# What the environment was made from: this folder, the project file and the lock.
KEY := $(shell (pwd; cat pyproject.toml constraints.txt) | cksum | cut -d' ' -f1)
READY := .venv/.ready-$(KEY)
PYTHONS := $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14
FIT := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --only-binary :all: --constraint constraints.txt

# What make run trains; it goes on with what is there.
RUN ?= runs/first

.PHONY: help setup run test check slow coverage bench golden docs audit clean

help:
	@echo "make setup      create .venv from the lock, wheels only"
	@echo "make run        train a mind for ten minutes, measure it, record out/house.mp4"
	@echo "make test       run all quick checks: lint, format, types, imports, tests"
	@echo "make check      run the quick checks without the tests"
	@echo "make slow       run the long tests"
	@echo "make coverage   measure which lines of the rules the tests reach"
	@echo "make docs       build the site, out/docs/index.html; its tutorials run"
	@echo "make audit      ask for known weaknesses of the locked packages; fails if any is known or nobody answers"
	@echo "make golden     write the hashes of the golden episodes anew, after a rule was changed on purpose"
	@echo "make bench      measure speed on this machine"
	@echo "make clean      remove caches and outputs, keep .venv and runs"

setup: $(READY)

$(READY):
	@$(PY) -c "$(FIT)" 2>/dev/null || { \
	  found=; \
	  for python in $(PYTHONS); do \
	    if $$python -c "$(FIT)" 2>/dev/null; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "social-rl needs Python 3.11 or newer with its venv module; none of these is: $(strip $(PYTHONS))."; \
	    echo "Install one (Debian, Ubuntu: apt install python3 python3-venv), or name yours: make PYTHON=/path/to/python3.11"; \
	    exit 1; \
	  fi; \
	  echo "Creating .venv with $$($$found --version)"; \
	  $$found -m venv .venv; \
	}
	@echo "Installing the locked packages (some minutes the first time)"
	@rm -f .venv/.ready-* .venv/.docs-*
	@$(PIP) "setuptools>=77"
	@$(PIP) --no-build-isolation --editable ".[dev]"
	@touch $@
	@echo "Ready: .venv/bin/social-rl --help"

run: $(READY)
	@mkdir -p out
	@if [ -d $(RUN) ]; then .venv/bin/social-rl train instruct --resume $(RUN); \
	else .venv/bin/social-rl train instruct --runs $(dir $(RUN)) --name $(notdir $(RUN)) \
	  --frames 16000000 --set clauses=1,1 --episodes 256; fi
	.venv/bin/social-rl evaluate $(RUN) --split S1 --set clauses=1,1 --episodes 256 --seeds 1 --no-cannot \
	  --json out/first.json
	.venv/bin/social-rl curves $(RUN) --out out/curves.png
	.venv/bin/social-rl run house --worlds 64 --episodes 128 --cast ann=mind:$(RUN) bob=mind:$(RUN) \
	  --set clauses=1,1 --instruction "put the orange on the bed" "bring the cup to the kitchen" --video out/house.mp4 --json out/house.json
	@echo "Watch it, tell it what to do: .venv/bin/social-rl play house --cast ann=mind:$(RUN) bob=mind:$(RUN)"
	@echo "Let it learn what you prefer: .venv/bin/social-rl rlhf quickstart"

test: check
	$(PY) -m pytest -n 2

check: $(READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/basedpyright
	.venv/bin/lint-imports --no-logo --no-cache

slow: $(READY)
	$(PY) -m pytest -m slow

coverage: $(READY)
	NUMBA_DISABLE_JIT=1 $(PY) -m coverage run -m pytest tests/worlds
	$(PY) -m coverage report

golden: $(READY)
	$(PY) -m tests.worlds.test_golden

bench: $(READY)
	@for file in benchmarks/[a-z]*.py; do echo "$$file"; $(PY) "$$file" || exit 1; done

docs: .venv/.docs-$(KEY)
	$(PY) docs/site/gather.py out/docs-source
	$(PY) -m sphinx --fail-on-warning --keep-going --quiet -b html out/docs-source out/docs
	@echo "Ready: out/docs/index.html"

.venv/.docs-$(KEY): $(READY)
	@$(PIP) --no-build-isolation --editable ".[dev,docs]"
	@touch $@

audit: out/.audit/ready
	@out/.audit/bin/pip-audit --requirement constraints.txt --strict --no-deps --disable-pip --progress-spinner off || { \
	  echo "make audit: not passed. Above: weaknesses found, or why the advisories were not reached."; exit 1; }

# In an environment of its own: what audits the lock is not part of it.
out/.audit/ready:
	@test -x $(PY) || { echo "make audit needs .venv; run: make setup"; exit 1; }
	@$(PY) -m venv out/.audit
	@out/.audit/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: pip-audit
	@touch $@

clean:
	rm -rf build dist out *.egg-info .pytest_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -not -path "./.venv/*" -prune -exec rm -rf {} +
