#!/usr/bin/env bash
# Discovery: a site finds which of a person's contacts are its members, against `sharehold demo`. SHAREHOLD: the server's binary
# (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
exec timeout --foreground --kill-after=10 120 python3 -BX utf8 "$(dirname -- "${BASH_SOURCE[0]}")/discovery/run.py" "$(realpath -- "$SHAREHOLD")" </dev/null
