#!/usr/bin/env bash
# The ten-minute path from clone to a 200, as the guide has it: docs/authorization-servers/node-oidc-provider.md.
# SHAREHOLD: the server's binary (tests/run sets it).
set -euo pipefail
: "${SHAREHOLD:?set SHAREHOLD to the path of the server binary}"
exec python3 -BX utf8 "$(dirname -- "${BASH_SOURCE[0]}")/guides/oidc_provider.py" </dev/null
