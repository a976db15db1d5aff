#!/usr/bin/env bash
# Backup, restore and verify, as docs/operations/backup.md has it. SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
exec python3 -BX utf8 "$(dirname -- "${BASH_SOURCE[0]}")/guides/backup.py" </dev/null
