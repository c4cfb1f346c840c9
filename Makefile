# The two commands that matter: `make report` and `make test`; while you work on the code,
# `make check` and `make test-one T=tests/test_door.py`. See README.md.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: report test check test-one security lab serve bench-models clean

report: .venv/.installed
	@$(BIN)/workbench run weekly

lab: .venv/.installed
	@$(BIN)/jupyter lab notebooks

serve: .venv/.installed
	@$(BIN)/workbench serve

# A process for each processor; a file's tests stay together, for they share what is slow to make.
PARALLEL := --numprocesses logical --dist loadfile --no-loadscope-reorder

define house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
endef

test: .venv/.installed-test
	$(house)
	$(BIN)/python -m pytest $(PARALLEL)

check: .venv/.installed-test
	$(house)
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow"

test-one: .venv/.installed-test
	$(if $(T),,$(error which one? make test-one T=tests/test_door.py))
	$(BIN)/python -m pytest $(T)

security: .venv/.installed-test
	$(BIN)/python -m pytest -m security -q

# Every model of churn beside its rivals, on real data (WORKBENCH_DATA) and the demo.
bench-models: .venv/.installed-test
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/models.py

clean:
	rm -rf .venv

.venv/.uv: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, '$(PYTHON)' is older: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv || echo "uv cannot be had here: installing with pip, which takes longer"
	@touch $@

# uv installs in seconds; bytecode is compiled once here, not at each start. Plain pip is the fallback.
define install
	@echo "installing the pinned dependencies into .venv ..."
	@if [ -x $(BIN)/uv ]; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --constraint constraints.txt --editable '$(1)'; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --compile --constraint constraints.txt --editable '$(1)'; \
	fi
	@touch $@
endef

.venv/.installed: .venv/.uv pyproject.toml constraints.txt
	$(call install,.)

.venv/.installed-test: .venv/.installed
	$(call install,.[test])
