#!/usr/bin/env bash
# schemathesis (PyPI) against a running server and its own OpenAPI document: whatever it makes up, no answer is a 5xx, and each is
# one that the document describes. SHAREHOLD: the server's binary (tests/run sets it).
#   schemathesis.sh [--cases N] [--database sqlite|postgres] [--seed N]
# 20 cases an operation on SQLite, if not told otherwise; postgres is that of TEST_POSTGRES_URL, in a schema of its own.
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
binary=$(realpath -- "$SHAREHOLD")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/clients/support/venv.sh
. tests/clients/support/venv.sh
venv=$(venv schemathesis tests/clients/schemathesis/requirements.txt)
exec "$venv/bin/python" -X utf8 tests/clients/schemathesis/run.py "$binary" "$venv/bin/schemathesis" "$@" </dev/null
