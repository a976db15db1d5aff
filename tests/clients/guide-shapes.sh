#!/usr/bin/env bash
# The guides about authorization servers that cannot be had here: tokens of their documented shapes against their settings; and the
# examples of your-own.md. SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
SHAREHOLD=$(realpath -- "$SHAREHOLD")
export SHAREHOLD
# shellcheck source=guides/python.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/guides/python.sh"
exec "$python" -BX utf8 "$(dirname -- "${BASH_SOURCE[0]}")/guides/shapes.py" </dev/null
