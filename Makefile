# `make run` and `make test` need Python 3.11 to 3.13 and make, nothing else.
PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3 2>/dev/null))
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 7860
WORKERS ?= 2
MODEL ?=
.DEFAULT_GOAL := help

.PHONY: help setup dev run test break lint types evals bench screenshots lock clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Install the locked dependencies and index the articles
	@$(BIN)/python -m corpus sync || [ $$? -eq 1 ]  # 1: done, but an article was refused, which it has said

dev: $(VENV)/.installed-dev setup ## The same, with the development tools

run: setup ## Serve the chat page (HOST=, PORT=; MODEL=openai:gpt-5-mini has answers written)
	@case "$(MODEL)" in anthropic:*|google:*|groq:*|huggingface:*|mistral:*) $(BIN)/python -m pip install --quiet \
		--disable-pip-version-check -c requirements.lock -e '.[$(firstword $(subst :, ,$(MODEL)))]' ;; esac
	@$(BIN)/python app.py --host $(HOST) --port $(PORT) $(if $(MODEL),--model '$(MODEL)')

test: dev lint types ## Lint, check types, run every test but those that measure or attack (WORKERS=, files at a time)
	$(BIN)/python -m pytest -m "not evaluation and not breaking and not alone" -n $(WORKERS) --dist loadfile
	$(BIN)/python -m pytest -m "alone and not evaluation and not breaking"

# At most ten minutes, on this machine alone: hostile documents, addresses, requests and lies, damage, kills, a soak.
break: dev ## Attack the advisor, load it with 200 askers, stop and kill it; fail where something gives
	$(BIN)/python -m pytest tests/test_break_*.py tests/test_web_fuzz.py tests/test_privacy.py -n $(WORKERS) --dist loadfile
	$(BIN)/python -m evals soak --seconds 30
	$(BIN)/python -m evals soak --seconds 20 --askers 50 --written

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

evals: dev ## Score the advisor on every case, break it on purpose; fail under the thresholds or below the baseline
	$(BIN)/python -m evals --baseline evals/baselines/quote.json
	$(BIN)/python -m evals written --baseline evals/baselines/written.json
	$(BIN)/python -m pytest -m evaluation

bench: dev ## Measure speed and memory beside LangChain's stock pipeline
	$(BIN)/python -m evals bench

screenshots: dev ## Picture every state of the page, into build/screenshots
	PYTHONPATH=tests:. $(BIN)/python tests/screenshots.py

# GPU libraries are left out: on Linux the registry's torch names gigabytes of them, and nothing here needs one.
lock: $(VENV)/.installed-dev ## Pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade --no-header \
		--no-annotate --quiet | grep -vE '^(nvidia-|cuda-|triton=|career-advisor)' \
		| sed -E "s/ ; python_full_version < '3.14' and sys_platform != 'emscripten'$$//" > requirements.lock

clean: ## Remove what make has installed
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed; install one, or run: make PYTHON=/path/to/python3.11 ..."; exit 2; }
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(VENV)/.installed-dev: requirements.lock pyproject.toml | $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@touch $@
