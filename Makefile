# Two commands on a bare machine with Python >= 3.11: `make reproduce` and `make test`.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
JOBS ?= 2
export PYBAMM_DISABLE_TELEMETRY = true

.PHONY: reproduce test check oracles bench slow shipped constraints clean

reproduce: $(VENV)/.installed
	$(BIN)/honeycell reproduce $(ARGS)

# a file's tests in one process: what they share is made, and what they compile is compiled, once
test: $(VENV)/.installed
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not slow and not oracle"

slow: $(VENV)/.installed
	$(BIN)/python -m pytest -m slow

check: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright

oracles: $(VENV)/.installed
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[oracles]"
	$(BIN)/python -m pytest -m oracle

# ours against the peers, interleaved: `make bench` or `make bench ONLY=fit`; writes build/bench.json
bench: $(VENV)/.installed
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[oracles]"
	$(BIN)/python benchmarks/run.py $(if $(ONLY),--only $(ONLY))

# the quench library and what its maps conduct, which ship with the package
shipped: $(VENV)/.installed
	$(BIN)/python -m honeycell.properties.shipped --quenches --jobs $(JOBS)

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[twin,files,dev]"
	touch $@

clean:
	rm -rf build .pytest_cache .ruff_cache
