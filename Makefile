# A short name for what start.py and the tools do; nothing here is needed to run the service.
PYTHON ?= python3
UV ?= uv
COMPILE = $(UV) pip compile --quiet pyproject.toml --python-version 3.11 --universal --generate-hashes --no-header --no-annotate

.PHONY: run live test check format requirements ci

run live test:
	$(PYTHON) start.py $@

check:  # style and types, as .ci/run asks
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format:
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

# Pin what pyproject.toml asks for. Pins that still fit stay; `make requirements UPGRADE=--upgrade` takes the newest.
# The files hold names, versions, markers and hashes, and no address: any index that has the same files will do.
requirements:
	$(COMPILE) $(UPGRADE) --output-file requirements.txt
	$(COMPILE) $(UPGRADE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

ci:
	.ci/run
