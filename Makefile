# Every target builds what it needs; `make demo` or `make test` may be the first command after a
# clone. Needs from the system: git, make, python3 (3.11 or newer) with python3-venv.
# Options go through ARGS, e.g.  make demo ARGS="--once --cards 5 --out out"

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
ROOMS := $(wildcard printstation drivers layouts simulator bench)
# No resolver, no source builds, nothing whose hash is not in the lock.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCKED := --no-deps --require-hashes --only-binary :all:
COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.11 --quiet

.PHONY: venv demo test check format bench soak lock
.DELETE_ON_ERROR:

venv: .venv/.dev

# The station itself: what an office installs.
.venv/.run: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("printstation needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
		rm -rf .venv; echo 'no environment: install the package python3-venv' >&2; exit 1; }
	@echo 'installing the locked packages into .venv'
	$(PIP) install $(LOCKED) -r requirements.txt
	$(PIP) install --no-deps --no-index --no-build-isolation \
		--config-settings editable_mode=compat --editable .
	@touch $@

# Beside it, what tests, checks and maintainers need.
.venv/.dev: requirements-dev.txt .venv/.run
	$(PIP) install $(LOCKED) -r requirements-dev.txt
	@touch $@

demo: .venv/.run
	$(BIN)/printstation demo $(ARGS)

test: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(ROOMS)
	$(BIN)/lint-imports

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.dev
	env $$(sed -n 's/^Environment=\(MALLOC_.*\)/\1/p' docs/service/printstation.service) $(BIN)/python -m bench $(ARGS)

soak: .venv/.dev
	$(BIN)/python -m tests.crash.soak $(ARGS)

# Maintainers only: uv ignores pip's settings, so no host of this machine gets into the locks.
lock: .venv/.dev
	$(COMPILE) $(ARGS) pyproject.toml -o requirements.txt
	$(COMPILE) $(ARGS) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
