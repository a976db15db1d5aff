#!/usr/bin/env bash
# Reloading and rotating keys, as docs/operations/reload-and-rotation.md has it. SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
exec python3 -BX utf8 "$(dirname -- "${BASH_SOURCE[0]}")/guides/reload.py" </dev/null
