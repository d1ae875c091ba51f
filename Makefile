# Parley's commands. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: setup setup-dev demo test check format bench bench-growth bench-wire soak promises lock clean

# Two stamps: running needs the run lock only, the tests the whole dev lock.
$(VENV)/run.stamp: requirements/run.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Parley needs Python 3.11 or later: make PYTHON=/path/to/python3.11 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	touch $@

setup: $(VENV)/run.stamp
setup-dev: $(VENV)/dev.stamp

demo: setup
	@$(BIN)/parley demo

# With its bytecode kept, wherever that is turned off: the tests start some hundreds of processes of Parley.
test: setup-dev
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) test

bench: setup-dev
	$(BIN)/python -m tests.bench

# What grows with a workspace, at these numbers of contacts. A million takes some twenty minutes and 8 GB of disk.
SIZES ?= 1000,100000
bench-growth: setup-dev
	$(BIN)/python -m tests.bench --grow $(SIZES)

# What goes over the wire, on both databases; `make bench-wire SECONDS=300` is the five minutes of the promise.
SECONDS ?= 15
bench-wire: setup-dev
	$(BIN)/python -m tests.bench --wire --seconds $(SECONDS)

soak: setup-dev
	PARLEY_SOAK=1 $(BIN)/python -m pytest -n 2 --timeout 3600 tests/kill tests/fuzz tests/acceptance/test_shuffled.py \
		tests/acceptance/test_state_machine.py tests/handlers/chat/test_reading.py tests/handlers/chat/test_binding.py \
		tests/models/test_search.py tests/bot/test_plans_of_many.py tests/test_kinds.py

promises: setup-dev
	$(BIN)/python -m tests.promises

lock:
	uv pip compile pyproject.toml requirements/build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o requirements/run.lock
	uv pip compile pyproject.toml requirements/build.in --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o requirements/dev.lock

clean:
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
