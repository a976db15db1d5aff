"""Tokens of the shapes that other authorization servers document open with the settings that the guides give for them, and each
setting is needed. What is written in docs/authorization-servers/{auth0,keycloak,duende,entra}.md is what is tried here. Then
your-own.md, typed as it stands."""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from joserfc import jwe, jwt
from joserfc.jwk import RSAKey

from guide import DOCS, FENCE, STEP_S, Guide, free_ports, holds, run
from server import Server, ask, sharehold

# Lines that any entry has; every other one relaxes something, and is shown to be needed.
PLAIN = ("issuer", "jwks_uri", "audience", "signature_algorithms")
# What the token is refused for without the line.
NEEDED = {"accept_unencrypted": "unencrypted", "accept_typ": "jws_typ", "client_id_claim": "claim_missing",
          "token_id_claim": "claim_missing", "key_management_algorithms": "jwe_alg"}


class Shape:
    """One entry of a guide and the token that it opens: blocks in the order in which they stand, the last of each name counting."""

    def __init__(self, name, settings, outer, header, claims):
        self.name, self.settings, self.outer, self.header, self.claims = name, settings, outer, header, claims


def shapes(page):
    text = (DOCS / "authorization-servers" / f"{page}.md").read_text()
    seen, found, entries = {}, [], []
    for language, words, block in FENCE.findall(text):
        if (language, words) == ("toml", "try"):
            entries.append(block)
            seen.pop("outer", None)
        elif language == "json" and words in ("outer", "header", "claims"):
            seen[words] = json.loads(block)
        else:
            continue
        if entries and {"header", "claims"} <= set(seen) and words in ("claims", "outer"):
            found = [one for one in found if one.settings != entries[-1]]
            found.append(Shape(f"{page} {len(entries)}", entries[-1], seen.get("outer"), seen["header"], seen["claims"]))
    return found


class Authority:
    """Signs as the server of a guide, encrypts as it would."""

    def __init__(self, folder):
        sharehold("keys", "new", "keys", folder=folder)
        sharehold("keys", "new", "authority", folder=folder)
        jwks = sharehold("keys", "show", "authority/private.pem", "--jwks", "--signing", folder=folder)
        Path(folder, "authority.json").write_text(jwks)
        self.kid = json.loads(jwks)["keys"][0]["kid"]
        self.key = RSAKey.import_key(Path(folder, "authority/private.pem").read_text())
        self.recipient = RSAKey.import_key(json.loads(sharehold("keys", "show", "keys/certificate.pem", "--jwks", folder=folder))["keys"][0])

    def token(self, shape):
        """The token as documented, but of now."""
        claims, now = dict(shape.claims), int(time.time())
        shift = now - claims["iat"]
        claims.update({name: claims[name] + shift for name in ("exp", "iat", "nbf", "auth_time") if name in claims})
        signed = jwt.encode({**shape.header, "kid": self.kid}, claims, self.key)
        if not shape.outer:
            return signed
        outer = {**shape.outer, "kid": self.recipient.kid}
        return jwe.encrypt_compact(outer, signed, self.recipient, algorithms=[outer["alg"], outer["enc"]])


def configuration(settings):
    """The guide's entry behind the rest of a configuration. Its key set is read from a file: nobody is at its address here."""
    settings = re.sub(r'^jwks_uri = "https://.*$', 'jwks_file = "authority.json"', settings, flags=re.MULTILINE)
    return f'public_url = "https://people.example"\n[keys]\ndecryption = ["keys/private.pem"]\n{settings}'


def setting(line):
    return line.split("=")[0].strip() if "=" in line else ""


def try_shape(folder, authority, shape):
    token = authority.token(shape)
    with Server(folder, configuration(shape.settings)) as server:
        checked = sharehold("check", "--config", str(server.config), "--set", "listen=127.0.0.1:0", folder=folder)
        holds(f"{shape.name}: the configuration is in order", "in order" in checked, checked)
        answer = ask(f"{server.url}/v1.0/me", token)
        holds(f"{shape.name}: the documented token opens", answer.status == 200, f"{answer} {server.logged(answer)}")
    lines = shape.settings.splitlines()
    for at, line in enumerate(lines):
        if not setting(line) or setting(line) in PLAIN:
            continue
        with Server(folder, configuration("\n".join(lines[:at] + lines[at + 1:]))) as server:
            answer = ask(f"{server.url}/v1.0/me", token)
            reason = server.logged(answer).get("deny_reason")
            holds(f"{shape.name}: without {setting(line)} it is refused ({reason})",
                  answer.status == 401 and reason == NEEDED[setting(line)], f"{answer} {reason}")


def your_own():
    api, admin = free_ports(2)
    guide = Guide("authorization-servers/your-own.md", beside="authorization-servers/your-own", swaps=[(":8700", f":{api}"), (":8701", f":{admin}")])
    try:
        subprocess.run(["npm", "ci", "--ignore-scripts", "--loglevel=error"], cwd=guide.folder, check=True, timeout=STEP_S, stdin=subprocess.DEVNULL)
        (guide.folder / "venv").symlink_to(Path(sys.prefix))
        holds("your-own.md holds from its first line to its last", guide.follow())
    finally:
        guide.close()


def check():
    with tempfile.TemporaryDirectory(prefix="sharehold-shapes-") as folder:
        authority = Authority(folder)
        every = [shape for page in ("auth0", "keycloak", "duende", "entra") for shape in shapes(page)]
        holds("the guides have five entries to try", len(every) == 5, [shape.name for shape in every])
        for shape in every:
            try_shape(folder, authority, shape)
    your_own()


run(check)
