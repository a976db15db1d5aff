#!/usr/bin/env bash
# What a photo tells: uploaded by plain HTTP clients of two languages, it comes back bit for bit with Photos.Location.Read; without it the
# same pixels come, and exiftool (Debian libimage-exiftool-perl) finds neither place, serial number, owner, preview nor maker's note in
# them, nor in any rendition. SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
binary=$(realpath -- "$SHAREHOLD")
command -v exiftool >/dev/null || { echo 'exiftool is missing; install libimage-exiftool-perl (tests/run brings it)' >&2; exit 1; }
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/clients/support/venv.sh
. tests/clients/support/venv.sh
venv=$(venv photos-private tests/clients/photos-private/requirements.txt)
exec timeout --foreground --kill-after=10 300 "$venv/bin/python" -B -X utf8 tests/clients/photos-private/run.py "$binary" </dev/null
