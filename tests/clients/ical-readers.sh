#!/usr/bin/env bash
# Sharehold's feeds as others read them: FullCalendar's own plugin and ical.js (npm), which Thunderbird reads by, and icalendar with
# recurring-ical-events (PyPI) find in them what calendarView has, instance by instance. SHAREHOLD: the server's binary (tests/run
# sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
binary=$(realpath -- "$SHAREHOLD")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/clients/support/venv.sh
. tests/clients/support/venv.sh
venv=$(venv recurrence tests/recurrence/requirements.txt)
cd tests/clients/ical-readers
# No install scripts: everything in the lock file is plain JavaScript.
timeout --foreground --kill-after=10 180 npm ci --ignore-scripts --loglevel=error </dev/null
exec timeout --foreground --kill-after=10 180 node run.mjs "$binary" "$venv/bin/python" </dev/null
