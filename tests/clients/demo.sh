#!/usr/bin/env bash
# The first thing anyone tries: `sharehold demo` and the lines that it prints. SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
exec timeout --foreground --kill-after=10 120 python3 -X utf8 "$(dirname -- "${BASH_SOURCE[0]}")/demo.py" "$(realpath -- "$SHAREHOLD")" </dev/null
