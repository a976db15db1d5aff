#!/usr/bin/env bash
# The API as a Bruno collection, generated from OpenAPI, and the example suite of docs/api-test-scripts.md, against `demo`.
# SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
binary=$(realpath -- "$SHAREHOLD")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/bruno"
# No install scripts: everything that is used is plain JavaScript.
timeout --foreground --kill-after=10 180 npm ci --ignore-scripts --loglevel=error </dev/null
exec timeout --foreground --kill-after=10 210 node run.mjs "$binary" </dev/null
