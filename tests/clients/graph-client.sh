#!/usr/bin/env bash
# Microsoft's client for Graph (npm) against Sharehold over TLS. SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
binary=$(realpath -- "$SHAREHOLD")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/graph-client"
# No install scripts: everything in the lock file is plain JavaScript.
timeout --foreground --kill-after=10 180 npm ci --ignore-scripts --loglevel=error </dev/null
exec timeout --foreground --kill-after=10 270 node run.mjs "$binary" </dev/null
