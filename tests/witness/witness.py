"""A second witness for the token fixtures: joserfc, an implementation that shares no code with ours or with the mint.

  --mint   writes fixtures/tokens/witness.json: tokens by joserfc for every algorithm of every server in config.toml
  --check  opens every valid row of index.json and compares its claims, and sees every row fail whose fault is
           cryptographic (undecryptable, jws_signature)

Needs Python 3.9 or later and the packages of requirements.txt. Exit status 0: all as it must be.
"""

import json
import pathlib
import sys
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from joserfc import jwe, jws
from joserfc.errors import BadSignatureError, DecodeError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

# joserfc warns of `RSA-OAEP` and `EdDSA`, which are here on purpose.
warnings.simplefilter("ignore")

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"
KEYS, TOKENS = FIXTURES / "keys", FIXTURES / "tokens"
NOW = 1767268800  # 2026-01-01T12:00:00Z, as in index.json
ENCS = ["A256GCM", "A128GCM", "A128CBC-HS256", "A256CBC-HS512"]
SIGS = ["RS256", "PS256", "ES256", "EdDSA"]
KIND = {"RS256": "rsa", "PS256": "rsa", "ES256": "p256", "EdDSA": "ed25519"}
KTY = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
CRV = {"RS256": None, "PS256": None, "ES256": "P-256", "EdDSA": "Ed25519"}

# name: issuer, typ, the client's claim, alg, enc, signatures; as in config.toml
SERVERS = {
    "strict": ("https://strict.as.example", "at+jwt", "client_id", ["RSA-OAEP-256"], ["A256GCM", "A128CBC-HS256"], SIGS),
    "wide": ("https://wide.as.example/realms/one", "at+jwt", "client_id", ["RSA-OAEP-256", "RSA-OAEP"], ENCS, SIGS),
    "lenient": ("https://lenient.as.example", "JWT", "azp", ["RSA-OAEP-256"], ["A256GCM", "A128CBC-HS256"], SIGS),
    "certified": (
        "https://certified.as.example", "at+jwt", "client_id", ["RSA-OAEP-256"], ["A256GCM", "A128CBC-HS256"],
        ["RS256", "PS256"],
    ),
    "twin": ("https://twin.as.example", "at+jwt", "client_id", ["RSA-OAEP-256"], ["A128GCM"], SIGS),
}
OURS = {
    key.thumbprint(): key
    for key in (RSAKey.import_key((KEYS / f"{name}.pem").read_text()) for name in ["ours-2048", "ours-3072"])
}
JWE_REGISTRY = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "RSA-OAEP", *ENCS], strict_check_header=False)
JWS_REGISTRY = jws.JWSRegistry(algorithms=SIGS, strict_check_header=False)
# A row must fail for its signature, not because its header is long.
JWS_REGISTRY.max_header_length = JWE_REGISTRY.max_protected_header_length = 8192


class Refused(Exception):
    """The token fails cryptographically."""


def server_keys(name):
    """The JWKs that the server publishes, or that of its certificate."""
    if name == "certified":
        certificate = x509.load_pem_x509_certificate((KEYS / "certified.certificate.pem").read_bytes())
        pem = certificate.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return [RSAKey.import_key(pem).as_dict(private=False)]
    return json.loads((KEYS / f"{name}.jwks.json").read_text())["keys"]


PUBLISHED = {name: server_keys(name) for name in SERVERS}
ISSUERS = {issuer: name for name, (issuer, *_) in SERVERS.items()}


def candidates(server, header):
    """The server's keys that may have signed under this header (RFC 7517 section 4.2 to 4.5)."""
    alg, kid = header.get("alg"), header.get("kid")
    for jwk in PUBLISHED[server]:
        fits = (
            jwk.get("kty") == KTY[alg]
            and jwk.get("crv") == CRV[alg]
            and jwk.get("use", "sig") == "sig"
            and "verify" in jwk.get("key_ops", ["verify"])
            and jwk.get("alg", alg) == alg
            and (kid is None or jwk.get("kid", kid) == kid)
        )
        if not fits or (jwk["kty"] == "RSA" and len(jwk["n"]) < 342):
            continue
        numbers = {name: jwk[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in jwk}
        yield import_key(numbers, jwk["kty"])


def decrypt(token):
    """The content of an envelope for us."""
    header = jwe.extract_compact(token.encode(), registry=JWE_REGISTRY).headers()
    keys = [OURS[header["kid"]]] if "kid" in header else list(OURS.values())
    for key in keys:
        try:
            return jwe.decrypt_compact(token, key, registry=JWE_REGISTRY).plaintext.decode("ascii")
        except (DecodeError, ValueError):
            continue
    raise Refused("undecryptable")


def verify(token):
    """The claims of a signed token, if its issuer's key signed it."""
    signed = jws.extract_compact(token.encode(), registry=JWS_REGISTRY)
    server = ISSUERS[json.loads(signed.payload)["iss"]]
    for key in candidates(server, signed.headers()):
        try:
            return json.loads(jws.deserialize_compact(token, key, registry=JWS_REGISTRY).payload)
        except BadSignatureError:
            continue
    raise Refused("jws_signature")


def opened(token):
    return verify(decrypt(token) if token.count(".") == 4 else token)


def check():
    rows = json.loads((TOKENS / "index.json").read_text())["tokens"]
    valid = [row for row in rows if row.get("opens")]
    faults = []
    for row in valid:
        try:
            if opened(row["token"]) != row["claims"]:
                faults.append(f"{row['name']}: other claims")
        except Exception as error:  # whatever it is, the row did not open
            faults.append(f"{row['name']}: {error!r}")
    broken = [row for row in rows if row.get("refusal") in ("undecryptable", "jws_signature")]
    for row in broken:
        try:
            text = decrypt(row["token"]) if row["token"].count(".") == 4 else row["token"]
            if row["refusal"] == "undecryptable":
                faults.append(f"{row['name']}: decrypts")
                continue
            verify(text)
            faults.append(f"{row['name']}: verifies")
        except Refused:
            continue
        except Exception as error:  # it fails, but not for its fault
            faults.append(f"{row['name']}: {error!r}")
    print(f"witness: {len(valid)} valid rows open, {len(broken)} broken ones do not, {len(faults)} differ")
    return faults


def signing_key(server, sig):
    text = (KEYS / f"{server}.{KIND[sig]}.pem").read_text()
    return {"rsa": RSAKey, "p256": ECKey, "ed25519": OKPKey}[KIND[sig]].import_key(text)


def published_kid(server, key):
    """The name under which the server publishes the key, if it has one."""
    mine = key.as_dict(private=False)
    for jwk in PUBLISHED[server]:
        if all(jwk.get(part) == mine.get(part) for part in ("kty", "n", "x", "y")):
            return jwk.get("kid")
    return None


def signed_token(server, sig, jti):
    issuer, typ, client, *_ = SERVERS[server]
    key = signing_key(server, sig)
    claims = {
        "iss": issuer, "sub": "ann", "aud": ["https://sharehold.example"], client: "site-a", "jti": jti,
        "iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 3590, "scope": "User.Read Calendars.Read",
    }
    header = {"alg": sig, "typ": typ}
    if kid := published_kid(server, key):
        header["kid"] = kid
    return jws.serialize_compact(header, json.dumps(claims), key, registry=JWS_REGISTRY), claims


def row(name, token, claims):
    return {
        "name": f"witness/{name}", "group": "witness", "token": token, "opens": True, "claims": claims,
        "scopes": claims["scope"].split(" "), "why": "minted by joserfc",
    }


def mint():
    rows, ours = [], list(OURS.values())
    for server, (_, _, _, algs, encs, sigs) in SERVERS.items():
        for alg, enc, sig in ((a, e, s) for a in algs for e in encs for s in sigs):
            name = f"{server}-{alg}-{enc}-{sig}"
            signed, claims = signed_token(server, sig, name)
            key = ours[len(rows) % 2]
            header = {"alg": alg, "enc": enc, "kid": key.thumbprint(), "cty": "JWT"}
            rows.append(row(name, jwe.encrypt_compact(header, signed, key, registry=JWE_REGISTRY), claims))
    for sig in SIGS:
        name = f"lenient-unencrypted-{sig}"
        rows.append(row(name, *signed_token("lenient", sig, name)))
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in rows)
    (TOKENS / "witness.json").write_text(f'{{"now": {NOW}, "tokens": [\n{lines}\n]}}\n')
    print(f"witness: {len(rows)} rows minted")


if __name__ == "__main__":
    if sys.argv[1:] == ["--mint"]:
        mint()
    elif sys.argv[1:] == ["--check"]:
        found = check()
        print("\n".join(found))
        sys.exit(1 if found else 0)
    else:
        sys.exit(__doc__)
