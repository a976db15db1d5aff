"""The ten-minute path: docs/authorization-servers/node-oidc-provider.md, typed as it stands. See guide.py."""

import subprocess

from guide import Guide, STEP_S, free_ports, holds, run

PAGE = "authorization-servers/node-oidc-provider.md"


def check():
    api, admin, issuer = free_ports(3)
    swaps = [(":8700", f":{api}"), (":8701", f":{admin}"), (":3000", f":{issuer}")]
    guide = Guide(PAGE, beside="authorization-servers/node-oidc-provider", swaps=swaps)
    try:
        # As the guide has it, and nothing else from outside: the one step that needs the network.
        subprocess.run(["npm", "ci", "--ignore-scripts", "--loglevel=error"], cwd=guide.folder, check=True, timeout=STEP_S,
                       stdin=subprocess.DEVNULL)
        holds("the guide holds from its first line to its last", guide.follow())
    finally:
        guide.close()


run(check)
