PYTHON ?= python3
BIN := .venv/bin
EXTRAS := --extra server --extra lsp --extra trainer --extra engine-cpu --extra dev

.PHONY: setup demo serve extension test check bench lock schema

setup:  ## everything this checkout needs, into .venv
	@$(PYTHON) requirements/install.py

demo: setup  ## complete holes of this repository's own files, streamed from vLLM
	@$(BIN)/understudy demo

serve: setup  ## the gateway, vLLM and the embedded model, until Ctrl-C
	@$(BIN)/understudy serve

extension: setup  ## the VS Code extension, as extension/dist/understudy.vsix
	@npm run --silent package

test: check  ## every check and every test
	@$(BIN)/python -m pytest

check: setup  ## lint, types, direction of imports, generated files
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@npx pyright && $(BIN)/lint-imports && $(BIN)/understudy schema --check
	@npm run --silent check && npm run --silent test

bench: setup  ## every benchmark, one table each
	@$(BIN)/understudy bench all

schema: setup  ## write docs/schema.json and docs/openapi.json
	@$(BIN)/understudy schema

lock: setup  ## pin again what pyproject.toml asks for
	@$(BIN)/uv pip compile pyproject.toml requirements/torch.in $(EXTRAS) \
	  --override requirements/overrides.txt --override requirements/no-torch.txt --python-version 3.11 \
	  --python-platform x86_64-unknown-linux-gnu --generate-hashes --quiet -o requirements/cpu.txt
