#!/usr/bin/env bash
# The guides for clients, typed as they stand, and the clients in them against every answer that they must understand.
# SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
SHAREHOLD=$(realpath -- "$SHAREHOLD")
export SHAREHOLD
# shellcheck source=guides/python.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/guides/python.sh"
exec "$python" -BX utf8 "$(dirname -- "${BASH_SOURCE[0]}")/guides/clients.py" </dev/null
