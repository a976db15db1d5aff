#!/usr/bin/env bash
# The token fixtures before a second witness, joserfc from PyPI: see tests/witness/run. Uses no server.
set -euo pipefail
exec "$(dirname -- "${BASH_SOURCE[0]}")/../witness/run" </dev/null
