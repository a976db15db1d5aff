#!/usr/bin/env bash
# What operators see: /metrics against the traffic that was sent, by promtool and a real Prometheus; the alert rules and their unit
# tests; the Grafana dashboard against Grafana's schema. SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
binary=$(realpath -- "$SHAREHOLD")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/metrics"
# No install scripts: everything in the lock file is plain JavaScript.
timeout --foreground --kill-after=10 120 npm ci --ignore-scripts --loglevel=error </dev/null
exec timeout --foreground --kill-after=10 200 python3 -X utf8 run.py "$binary" ../../../docs/operations </dev/null
