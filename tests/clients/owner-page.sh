#!/usr/bin/env bash
# The owner's page in Debian's Chromium. SHAREHOLD: the server's binary (tests/run sets it). A path as argument: a screenshot of
# the demonstration's page is written there.
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
binary=$(realpath -- "$SHAREHOLD")
screenshot=${1:+$(realpath -- "$1")}
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/owner-page"
# No install scripts: no browser is downloaded.
timeout --foreground --kill-after=10 120 npm ci --ignore-scripts --loglevel=error </dev/null
exec timeout --foreground --kill-after=10 170 node run.mjs "$binary" ${screenshot:+"$screenshot"} </dev/null
