"""python mint.py SUBJECT SCOPE: an access token, signed (RS256) and encrypted (RSA-OAEP-256, A256GCM)"""

import json
import sys
import time
import urllib.request
import uuid
from pathlib import Path

from joserfc import jwe, jwt
from joserfc.jwk import RSAKey

subject, scope = sys.argv[1:]
signing = RSAKey.import_key(Path("authority/private.pem").read_text())
kid = json.loads(Path("authority/jwks.json").read_text())["keys"][0]["kid"]  # what the authority publishes of that key

# The first key that Sharehold publishes. A server caches it for minutes, not for ever: it is rotated.
with urllib.request.urlopen("http://127.0.0.1:8700/.well-known/jwks.json", timeout=5) as answer:
    recipient = RSAKey.import_key(json.load(answer)["keys"][0])

# Inside: the claims, signed (RFC 9068).
now = int(time.time())
claims = {"iss": "https://as.example", "sub": subject, "aud": "http://127.0.0.1:8700", "client_id": "my-site", "scope": scope,
          "iat": now, "exp": now + 3600, "jti": str(uuid.uuid4()), "email": "ann@example.org", "email_verified": True}
signed = jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": kid}, claims, signing)

# Outside: the signed token, encrypted (RFC 7519 §5.2). `cty` says that a JWT is inside.
header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT", "kid": recipient.kid}
print(jwe.encrypt_compact(header, signed, recipient, algorithms=["RSA-OAEP-256", "A256GCM"]))
