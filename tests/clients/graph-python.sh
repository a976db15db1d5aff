#!/usr/bin/env bash
# Microsoft's Graph client for Python (PyPI: msgraph-core and Kiota, unpatched) against Sharehold over TLS. With --full the whole
# msgraph-sdk (400 MB when it is installed) and its typed builders and models: for tests/long. SHAREHOLD: the server's binary
# (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
binary=$(realpath -- "$SHAREHOLD")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
kind=core
[[ ${1-} != --full ]] || kind=full
# shellcheck source=tests/clients/support/venv.sh
. tests/clients/support/venv.sh
venv=$(venv "graph-python-$kind" "tests/clients/graph-python/$kind.txt")
exec timeout --foreground --kill-after=10 300 "$venv/bin/python" -B -X utf8 tests/clients/graph-python/run.py "$binary" "$kind" </dev/null
