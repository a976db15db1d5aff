"""docs/clients/javascript.md, typed as it stands; then its page in Chromium, as a person uses it: signs in at npm oidc-provider, comes
back, sees the profile, changes it."""

import subprocess
from pathlib import Path

from guide import Guide, STEP_S, free_ports, holds, run

SEEN = "saw Nobody is signed in.\nsaw Hello ann@example.org, in no city.\nsaw Hello ann@example.org, in Lisbon.\nat {}\n"


def npm(folder):
    subprocess.run(["npm", "ci", "--ignore-scripts", "--loglevel=error"], cwd=folder, check=True, timeout=STEP_S, stdin=subprocess.DEVNULL)


def check():
    api, admin, issuer, site = free_ports(4)
    swaps = [(":8700", f":{api}"), (":8701", f":{admin}"), (":3000", f":{issuer}"), (":8080", f":{site}"), (" 8080 ", f" {site} ")]
    guide = Guide("clients/javascript.md", beside="authorization-servers/node-oidc-provider", shows="clients/javascript", swaps=swaps)
    here = Path(__file__).parent
    try:
        npm(guide.folder)
        npm(here)
        if holds("javascript.md holds from its first line to its last", guide.follow()):
            address = f"http://127.0.0.1:{site}/"
            done = subprocess.run(["node", "page.mjs", address], cwd=here, capture_output=True, text=True, timeout=STEP_S, check=False)
            holds("a person signs in, comes back, sees the profile and changes it", done.stdout == SEEN.format(address), done.stdout + done.stderr)
    finally:
        guide.close()


run(check)
