#!/usr/bin/env bash
# The page of docs/clients/javascript.md in Debian's Chromium. SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
exec python3 -BX utf8 "$(dirname -- "${BASH_SOURCE[0]}")/guides/page.py" </dev/null
